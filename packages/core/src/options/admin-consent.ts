import { clouds, isGuid, isHostName, type Cloud, type CloudName } from '../authority/clouds.ts'
import { readCloud } from './authority-options.ts'
import { isHttps, lowerCase, parsePlainUrl, readTexts, rejectUnknown, textProblem } from './option-values.ts'

/** Options of {@link adminConsentUrl}. */
export interface AdminConsentOptions {
  /** The client id of the application that needs consent. */
  readonly clientId: string
  /**
   * The scopes to consent to, in full: `['api://…/.default']` for every permission of that API that the registration
   * lists.
   */
  readonly scopes: readonly string[]
  /** The redirect URI to which the administrator returns. The registration must list it. */
  readonly redirectUri: string
  /**
   * Returned unchanged with the answer. Make it random and bind it to the administrator's session, so that an answer
   * from elsewhere is not accepted.
   */
  readonly state: string
  /**
   * The tenant, by id or verified domain, if it is known. Default `'organizations'`: the administrator's own tenant.
   */
  readonly tenant?: string | undefined
  /** Default `'public'`. */
  readonly cloud?: CloudName | Cloud | undefined
}

const names: ReadonlySet<string> = new Set(['clientId', 'scopes', 'redirectUri', 'state', 'tenant', 'cloud'])

/**
 * Returns the URL at which an administrator grants admin consent to an application, for the onboarding page of a
 * multitenant API. It makes no request. Anyone can forge the parameters that come back to `redirectUri`
 * (`admin_consent`, `tenant`, `state`, or `error`): compare `state`, and take the tenant from a token that a verifier
 * accepted, never from the parameters.
 *
 * @throws {TypeError} for options that are missing, unknown or malformed.
 * @see https://learn.microsoft.com/entra/identity-platform/v2-admin-consent
 *
 * @example
 * ```ts
 * const address = adminConsentUrl({ clientId, scopes: [`api://${clientId}/.default`], redirectUri, state: randomUUID() })
 * ```
 */
export function adminConsentUrl(options: AdminConsentOptions): string {
  rejectUnknown('adminConsentUrl option', options, names)
  const { clientId, scopes, redirectUri, state, tenant = 'organizations' } = options
  if (!isGuid(lowerCase(clientId))) throw new TypeError('clientId must be a client id (GUID)')
  const isTenant = tenant === 'organizations' || isGuid(lowerCase(tenant)) || isHostName(lowerCase(tenant))
  if (!isTenant) throw new TypeError("tenant must be a tenant id, a verified domain or 'organizations'")
  const problem = textProblem(state)
  if (problem !== undefined) throw new TypeError(`state ${problem}`)
  const wanted = readTexts('scopes', scopes, (scope) => (/\s/.test(scope) ? 'contains a space' : undefined))
  const { loginHost } = readCloud(options.cloud) ?? clouds.public
  const url = new URL(`https://${loginHost}/${tenant}/v2.0/adminconsent`)
  url.search = new URLSearchParams({
    client_id: clientId,
    scope: wanted.join(' '),
    redirect_uri: readRedirect(redirectUri),
    state,
  }).toString()
  return url.href
}

/** RFC 6749 §3.1.2: absolute, without a fragment; https, and http on this machine only. */
function readRedirect(redirectUri: unknown): string {
  const url = parsePlainUrl(redirectUri)
  if (url === undefined || !isHttps(url))
    throw new TypeError('redirectUri must be an https address without a fragment (http on localhost only)')
  return String(redirectUri)
}
