/** What the emulator tells about itself, `GET /__emulator/status`. */
export interface Status {
  readonly now: number
  readonly offline: boolean
  readonly tenants: readonly Tenant[]
  readonly apps: readonly App[]
  readonly users: readonly User[]
  readonly groups: readonly Group[]
}

export interface Tenant {
  readonly id: string
  readonly name: string
  readonly domains: readonly string[]
  readonly kind: 'workforce' | 'b2c' | 'externalId'
  readonly host: string
  readonly cloud: 'public' | 'usgov' | 'china'
  readonly policies: readonly string[]
}

export interface App {
  readonly clientId: string
  readonly name: string
  readonly tenantId: string
  readonly appIdUri: string
  readonly scopes: readonly string[]
  readonly appRoles: readonly AppRole[]
}

export interface AppRole {
  readonly value: string
  readonly allowedMemberTypes: readonly ('User' | 'Application')[]
}

export interface User {
  readonly id: string
  readonly tenantId: string
  readonly name: string
  readonly userPrincipalName: string
  readonly guestFrom?: string
}

export interface Group {
  readonly id: string
  readonly tenantId: string
  readonly name: string
  readonly members: readonly string[]
}

/** Options of one registration, as JSON: the emulator checks them. */
export type Registration = Readonly<Record<string, unknown>>

/** The lists of registrations that can be changed here. */
export type RegistrationKind = 'tenants' | 'apps' | 'users' | 'groups'

export type Registrations = Readonly<Partial<Record<RegistrationKind, readonly Registration[]>>>

/** What one person agreed to. */
export interface Consent {
  readonly clientId: string
  readonly tenantId: string
  readonly user: string
  readonly resource: string
  readonly permissions: readonly string[]
}

export interface KeyState {
  readonly kid: string
  readonly ring: string
  readonly signs: boolean
  readonly published: boolean
  readonly events: readonly KeyEvent[]
}

export interface KeyEvent {
  readonly at: number
  readonly what: 'added' | 'rotated' | 'retired' | 'restored'
}

/** One request that the emulator answered. */
export interface TrafficRecord {
  readonly id: number
  readonly at: number
  readonly method: string
  readonly url: string
  readonly kind: 'metadata' | 'keys' | 'token' | 'graph' | 'other'
  readonly status: number
  readonly duration: number
  readonly why: string
  readonly form: Readonly<Record<string, string>>
  readonly answer?: unknown
  readonly userAgent: string
  readonly isOwn: boolean
}

/** An API on this machine that tokens are sent to. */
export interface LocalApi {
  readonly name?: string
  readonly url: string
  /** Where it tells which keys it knows. */
  readonly keysUrl?: string
}

/** What an API answered, or why there is no answer. */
export type ApiAnswer =
  | {
      readonly status: number
      readonly headers: Readonly<Record<string, string>>
      readonly body: string
    }
  | { readonly status: 0; readonly problem: string }

/** The emulator's own endpoints: the page is served by it, so there is no other address. */
async function ask<Answer>(path: string, init: RequestInit = {}): Promise<Answer> {
  let response: Response
  try {
    response = await fetch(path, init)
  } catch {
    throw new Error('The emulator does not answer. Was it stopped?')
  }
  const body: unknown = await response.json().catch(() => undefined)
  if (!response.ok) {
    const error: unknown = Reflect.get(Object(body), 'error')
    throw new Error(typeof error === 'string' ? error : `${path} answered with ${response.status}`)
  }
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the endpoint of the same build
  return body as Answer
}

/** Reads something below `/__emulator/`. */
export const read = <Answer>(name: string): Promise<Answer> => ask<Answer>(`/__emulator/${name}`)

/** Changes something below `/__emulator/`, or mints a token there. */
export const post = <Answer>(name: string, body: object = {}, prefix = '/__emulator/'): Promise<Answer> =>
  ask<Answer>(`${prefix}${name}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })

/** The key document of a tenant, as an API would get it. */
export async function readKeys(host: string, tenant: string, appId: string): Promise<string> {
  const query = appId === '' ? '' : `?appid=${encodeURIComponent(appId)}`
  // With the origin: of an empty tenant, `//discovery/` would be another host.
  const response = await fetch(
    `${location.origin}/${encodeURIComponent(tenant)}/discovery/v2.0/keys${query}`,
    {
      headers: { 'x-entraguard-host': host, 'x-entraguard-portal': 'inspector' },
      // The document may be kept for a day; whoever looks wants the keys of now.
      cache: 'no-store',
    },
  )
  return await response.text()
}
