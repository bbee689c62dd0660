import type { Identity } from '@entraguard/core'

import {
  readAcquireOptions,
  readGetTokenOptions,
  type AcquireOptions,
  type Authorization,
  type GetTokenOptions,
} from './acquire-options.ts'
import { fetchWith } from './api-fetch.ts'
import { readOptions, type DownstreamOptions } from './options.ts'
import type { CachedToken } from './token-cache.ts'
import { appRequest, requireTenant, userRequest } from './token-requests.ts'
import { Tokens } from './tokens.ts'

/** The `TokenCredential` of `@azure/core-auth`, for the Azure SDKs and the Microsoft Graph client. */
export interface TokenCredential {
  /**
   * Returns a token for these scopes on behalf of the user. `expiresOnTimestamp` is in milliseconds since the epoch.
   *
   * When `abortSignal` aborts, this call stops waiting and rejects with an `AbortError`. The tenant is that of the
   * user's token: `tenantId` may name it, but cannot choose another one. Of the other options of an Azure SDK,
   * `claims` counts and the rest is ignored.
   *
   * @throws {TypeError} for the `tenantId` of another tenant, among others.
   */
  getToken(
    scopes: string | string[],
    options?: GetTokenOptions,
  ): Promise<{ token: string; expiresOnTimestamp: number }>
}

/**
 * Calls other APIs on behalf of the users of this one. Created by {@link onBehalfOf}. It holds tokens, so create it
 * once and keep it.
 */
export interface Downstream<Name extends string = string> {
  /**
   * Returns a token for another API on behalf of the user (the idea of RFC 8693 in Microsoft's on-behalf-of form). It
   * comes from the cache if possible, and concurrent calls share one exchange.
   *
   * The identity must be the one that a verifier returned for this header: someone else's token is refused.
   *
   * @throws {EntraGuardError} a claims challenge that the client of this API can answer; `token_expired`;
   * `check_unavailable`, 503, if the token endpoint cannot be reached.
   * @throws {DownstreamError} if an administrator must act.
   * @throws {TypeError} for an app, which has no user: use {@link tokenForApp}. Also for options that are unknown or
   * malformed.
   */
  tokenFor(
    identity: Identity,
    authorization: Authorization,
    scopes: readonly string[],
    options?: AcquireOptions,
  ): Promise<string>
  /**
   * Returns a token for another API with this API's own permissions (client credentials). `tenantId` is a tenant id or
   * a domain name of the tenant; `scopes` is a single `…/.default`.
   *
   * @throws {TypeError} for anything else.
   */
  tokenForApp(tenantId: string, scopes: readonly string[], options?: AcquireOptions): Promise<string>
  /**
   * Returns a `fetch` for one of the configured APIs. It adds the user's token, and sends it only to the origins of
   * that API.
   *
   * It answers a claims challenge by requesting one more token and repeating the request; if that needs the user, it
   * throws a claims challenge of this API. A body that can be read only once is not sent again, and the challenge comes
   * back as the answer. Such a body is a stream, an async iterable, and that of a `Request`, which shows a stream
   * whatever it was made of.
   *
   * By default, redirects of GET and HEAD within the origins are followed, and all others come back as the answer.
   * `redirect: 'manual'` and `redirect: 'error'` mean what they mean to `fetch`. `signal` ends the wait for the token,
   * too.
   */
  fetchFor(identity: Identity, authorization: Authorization, api: Name): typeof globalThis.fetch
  /** Returns a credential for the Azure SDKs and the Microsoft Graph client, on behalf of the user. */
  credentialFor(identity: Identity, authorization: Authorization): TokenCredential
}

/**
 * Calls other APIs on behalf of the users who call this one, with the on-behalf-of flow of `@azure/msal-node`.
 *
 * It does not check the user's token; a verifier has done that. It makes no request before the first call. Tokens stay
 * in memory and, if you set `store`, sealed in that store.
 *
 * @throws {TypeError} for options that are missing, unknown or malformed.
 * @see https://learn.microsoft.com/entra/identity-platform/v2-oauth2-on-behalf-of-flow
 *
 * @example
 * ```ts
 * const downstream = onBehalfOf({
 *   clientId,
 *   credential: { secret },
 *   apis: { invoices: { scopes: ['api://invoices/.default'], origins: ['https://invoices.contoso.com'] } },
 * })
 * const answer = await downstream.fetchFor(identity, authorization, 'invoices')('https://invoices.contoso.com/mine')
 * ```
 */
export function onBehalfOf<const Name extends string = string>(
  options: DownstreamOptions<Name>,
): Downstream<Name> {
  const settings = readOptions(options)
  const tokens = new Tokens(settings)
  const acquireForUser: (...call: Parameters<Downstream['tokenFor']>) => Promise<CachedToken> = async (
    identity,
    authorization,
    scopes,
    more,
  ) => {
    const { claims, leaving } = readAcquireOptions(more)
    return await tokens.acquire(userRequest(identity, authorization, scopes, claims), leaving)
  }
  return Object.freeze<Downstream<Name>>({
    tokenFor: async (...call) => (await acquireForUser(...call)).token,
    tokenForApp: async (tenantId, scopes, more) => {
      const { claims, leaving } = readAcquireOptions(more)
      return (await tokens.acquire(appRequest(settings, tenantId, scopes, claims), leaving)).token
    },
    fetchFor: (identity, authorization, name) => {
      const api = settings.apis.get(name)
      if (api === undefined) throw new TypeError(`fetchFor: "${name}" is not one of the configured apis`)
      return fetchWith(settings.fetch, api, async (signal, claims) => {
        const { token } = await acquireForUser(identity, authorization, api.scopes, { signal, claims })
        return token
      })
    },
    credentialFor: (identity, authorization) => ({
      getToken: async (scopes, more) => {
        const { claims, leaving, tenantId } = readGetTokenOptions(more)
        const list = typeof scopes === 'string' ? [scopes] : scopes
        const request = userRequest(identity, authorization, list, claims)
        requireTenant(tenantId, request)
        const { token, expiresAt } = await tokens.acquire(request, leaving)
        return { token, expiresOnTimestamp: expiresAt }
      },
    }),
  })
}
