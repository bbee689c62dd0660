import type { Emulator } from '@entraguard/emulator'
import { defaults } from '@entraguard/emulator'

export const { tenantId, otherTenantId, apiClientId: api, b2cTenantId, externalIdTenantId } = defaults

/** How a request is made, of a token and of what else it carries. */
export interface Sent {
  readonly token?: string
  /** The whole header, several for as many headers. Default `Bearer {token}`, where there is a token. */
  readonly authorization?: string | readonly string[]
  readonly path?: string
  /** A form or JSON; then the request is a POST. */
  readonly body?: URLSearchParams | object
}

/** What came of a request. */
export interface Received {
  /** `no answer` where none came, `the process ends` for an exception that nobody caught. */
  readonly status: number | 'no answer' | 'the process ends'
  readonly challenge: string | null
  readonly user: unknown
  readonly authInfo: unknown
  /** How often the handler behind the strategy ran. */
  readonly ran: number
}

// oxlint-disable-next-line typescript/no-explicit-any -- a verify function of either package, in each of its forms
export type Verify = (...parameters: any[]) => unknown

export type Send = (entra: Emulator) => Promise<Sent> | Sent

interface Same {
  readonly does: string
  /** Over `identityMetadata` of the tenant (v2.0) and `clientID`. */
  readonly options?: object | ((proxy: object) => object)
  /** For `passport.authenticate`. */
  readonly route?: object
  readonly verify?: Verify | undefined
  /** Default: a good token of a user. */
  readonly send?: Send
  /** What is compared. Default: the status. */
  readonly look?: (received: Received) => unknown
  /** With an emulator of its own, and what happens there between a first request and the one that counts. */
  readonly meanwhile?: (entra: Emulator) => Promise<unknown>
  /** No first request. */
  readonly cold?: true
  /** What comes of it with passport-azure-ad: a status, what was looked at, or `refused` at construction. */
  readonly was: string | number
}

/** One behaviour of both packages. Where the two differ the row says why. */
export type Row = Same | (Same & { readonly is: string | number; readonly why: string })

export const metadata = (tenant: string, version: '/v2.0' | '' = '/v2.0'): string =>
  `https://login.microsoftonline.com/${tenant}${version}/.well-known/openid-configuration`

export const v1 = { identityMetadata: metadata(tenantId, ''), audience: `api://${api}` }
export const v1Issuer = (tenant: string): string => `https://sts.windows.net/${tenant}/`
export const v2Issuer = (tenant: string): string => `https://login.microsoftonline.com/${tenant}/v2.0`

type UserToken = NonNullable<Parameters<Emulator['issueUserToken']>[0]>

export const user =
  (options: UserToken = {}) =>
  async (entra: Emulator): Promise<Sent> => ({ token: await entra.issueUserToken(options) })

export const stranger = user({ tenantId: otherTenantId })

/** A token changed after it was signed. */
export async function changed(entra: Emulator, part: 1 | 2): Promise<Sent> {
  const parts = (await entra.issueUserToken()).split('.')
  const text = parts[part] ?? ''
  const at = Math.floor(text.length / 2)
  parts[part] = `${text.slice(0, at)}${text[at] === 'A' ? 'B' : 'A'}${text.slice(at + 1)}`
  return { token: parts.join('.') }
}
