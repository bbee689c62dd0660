import { createHash } from 'node:crypto'

/** What an API is registered with: everything that the documentation recommends, and what was asked for. */
export interface Registration {
  readonly name: string
  /** Finds it again: the same command changes the registration instead of making another one. */
  readonly uniqueName: string
  /** Delegated permissions, for users. */
  readonly scopes: readonly Permission[]
  /** Application permissions, for apps. */
  readonly appRoles: readonly Permission[]
  readonly multiTenant: boolean
  /** Where an MCP server is reached: its Application ID URI. */
  readonly mcp: string | undefined
  /** Redirect addresses of a page in a browser. */
  readonly spaRedirects: readonly string[]
  /** Clients that need no consent of users. */
  readonly clients: readonly string[]
}

/** One permission. Its id is made of its name, so that the same command gives the same files. */
export interface Permission {
  readonly id: string
  readonly value: string
  readonly description: string
}

/** `idtyp` tells users from apps (of users only where it is asked for), `acct` guests; the others are for claims challenges. */
export const optionalClaims: ReadonlyArray<{
  readonly name: string
  readonly additionalProperties: readonly string[]
}> = [
  { name: 'idtyp', additionalProperties: ['include_user_token'] },
  { name: 'acct', additionalProperties: [] },
  { name: 'acrs', additionalProperties: [] },
  { name: 'xms_cc', additionalProperties: [] },
]

/** A GUID of version 5 (RFC 9562 §5.5). */
export function guidOf(...parts: readonly string[]): string {
  const bytes = createHash('sha1')
    .update(['entraguard register', ...parts].join('\n'))
    .digest()
    .subarray(0, 16)
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x50, 6)
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8)
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

export function permissionOf(kind: 'scope' | 'role', api: string, value: string): Permission {
  const description =
    kind === 'scope' ? `${value}, on behalf of the signed-in user` : `${value}, without a user`
  return { id: guidOf(kind, api, value), value, description }
}
