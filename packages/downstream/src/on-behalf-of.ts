import { hash } from 'node:crypto'

import { EntraGuardError, readBearerToken, type Identity } from '@entraguard/core'

import { fetchWith } from './api-fetch.ts'
import { isTenant, readScopes } from './option-values.ts'
import { readOptions, type DownstreamOptions, type Settings } from './options.ts'
import { requireOwnToken } from './own-token.ts'
import { unavailable } from './refusals.ts'
import { SharedStore } from './shared-store.ts'
import { isFresh, TokenCache, type CachedToken } from './token-cache.ts'
import { TokenEndpoint, type TokenRequest } from './token-endpoint.ts'
import { Waits } from './waits.ts'

/** Options of one call. */
export interface AcquireOptions {
  /** Makes this call stop waiting. An exchange that other calls wait for continues. */
  readonly signal?: AbortSignal | undefined
  /**
   * A claims challenge of the other API, as `readClaimsChallenge` returns it. A new token is requested, bypassing the
   * cache.
   */
  readonly claims?: string | undefined
}

/** The `TokenCredential` of `@azure/core-auth`, for the Azure SDKs and the Microsoft Graph client. */
export interface TokenCredential {
  /**
   * Returns a token for these scopes on behalf of the user. `expiresOnTimestamp` is in milliseconds since the epoch.
   */
  getToken(
    scopes: string | string[],
    options?: { readonly abortSignal?: unknown; readonly claims?: string },
  ): Promise<{ token: string; expiresOnTimestamp: number }>
}

/** The `Authorization` header that the user's token came in, or its token alone as `Bearer …`. */
type Authorization = string | readonly string[] | null | undefined

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
   * @throws {TypeError} for an app, which has no user: use {@link tokenForApp}.
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
   * that API. It answers a claims challenge by requesting one more token; if that needs the user, it throws a claims
   * challenge of this API.
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
  const forUser = (
    identity: Identity,
    authorization: Authorization,
    scopes: readonly string[],
    more?: AcquireOptions,
  ) => tokens.acquire(userRequest(identity, authorization, scopes, more?.claims), more)
  return Object.freeze<Downstream<Name>>({
    tokenFor: async (...call) => (await forUser(...call)).token,
    tokenForApp: async (tenantId, scopes, more) =>
      (await tokens.acquire(appRequest(settings, tenantId, scopes, more?.claims), more)).token,
    fetchFor: (identity, authorization, name) => {
      const api = settings.apis.get(name)
      if (api === undefined) throw new TypeError(`fetchFor: "${name}" is not one of the configured apis`)
      return fetchWith(settings.fetch, api, async (claims) => {
        const { token } = await forUser(identity, authorization, api.scopes, { claims })
        return token
      })
    },
    credentialFor: (identity, authorization) => ({
      getToken: async (scopes, { claims } = {}) => {
        const list = typeof scopes === 'string' ? [scopes] : scopes
        const { token, expiresAt } = await forUser(identity, authorization, list, { claims })
        return { token, expiresOnTimestamp: expiresAt }
      },
    }),
  })
}

class Tokens {
  readonly #settings: Settings
  readonly #cache: TokenCache
  readonly #store: SharedStore | undefined
  readonly #endpoint: TokenEndpoint
  readonly #waits: Waits

  constructor(settings: Settings) {
    this.#settings = settings
    this.#cache = new TokenCache(settings.cacheSize)
    this.#store = settings.store && new SharedStore(settings.store.store, settings.store.secret)
    this.#endpoint = new TokenEndpoint(settings)
    this.#waits = new Waits(settings.cacheSize)
  }

  async acquire(request: TokenRequest, { signal }: AcquireOptions = {}): Promise<CachedToken> {
    signal?.throwIfAborted()
    const key = keyOf(this.#settings, request)
    if (request.claims !== undefined)
      return await until(
        signal,
        this.#cache.once(`${key} ${request.claims}`, () => this.#ask(request, key)),
      )
    const found = this.#cache.find(key, this.#settings.now())
    return (
      found ??
      (await until(
        signal,
        this.#cache.once(key, () => this.#load(request, key)),
      ))
    )
  }

  async #load(request: TokenRequest, key: string): Promise<CachedToken> {
    const stored = await this.#store?.read(key)
    if (stored === undefined || !isFresh(stored, this.#settings.now())) return await this.#ask(request, key)
    this.#cache.remember(key, stored)
    return stored
  }

  async #ask(request: TokenRequest, key: string): Promise<CachedToken> {
    requireOwnToken(request)
    const left = this.#waits.left(key, this.#settings.now())
    if (left !== undefined) throw unavailable('the token endpoint said to wait', left)
    try {
      const entry = await this.#endpoint.ask(request)
      this.#cache.remember(key, entry)
      await this.#store?.write(key, entry, this.#settings.now())
      return entry
    } catch (error) {
      if (EntraGuardError.is(error) && error.challenge.retryAfter !== undefined)
        this.#waits.note(key, error.challenge.retryAfter, this.#settings.now())
      throw error
    }
  }
}

/**
 * SHA-256 of all that decides which token comes back, the whole token of the user among it: a hash of what a caller
 * chooses cannot be made to meet another one. Who asks is among it, too: APIs may share a store and its secret.
 */
function keyOf(
  { clientId }: Settings,
  { loginHost, tenantId, user, scopes, assertion = '' }: TokenRequest,
): string {
  const parts = [clientId, loginHost, tenantId, user?.key ?? '', scopes.toSorted().join(' '), assertion]
  return hash('sha256', parts.join('\n'))
}

/** A token whose key was proved came in a scheme of its own, and is handed over as it is. */
function asBearer(authorization: Authorization): Authorization {
  // The verifier takes a list of one header, too.
  return typeof authorization === 'string' ? renameScheme(authorization) : authorization?.map(renameScheme)
}

/** With blanks in front, as the verifier reads it. */
function renameScheme(header: string): string {
  return header.replace(/^[ \t]*(?:dpop|mtls_pop)(?= )/i, 'Bearer')
}

function userRequest(
  identity: Identity,
  authorization: Authorization,
  scopes: readonly string[],
  claims: string | undefined,
): TokenRequest {
  if (identity.kind !== 'user')
    throw new TypeError(
      'tokenFor needs a user: for an app, which has none, use tokenForApp(tenantId, scopes)',
    )
  if (identity.authority === 'b2c') throw new TypeError('Azure AD B2C has no on-behalf-of flow')
  const { loginHost, tenantId } = identity
  return {
    loginHost,
    tenantId,
    scopes: readScopes('scopes', scopes),
    user: identity,
    assertion: readBearerToken(identity.bound === undefined ? authorization : asBearer(authorization)),
    claims,
  }
}

function appRequest(
  { loginHost }: Settings,
  tenantId: string,
  scopes: readonly string[],
  claims: string | undefined,
): TokenRequest {
  if (!isTenant(tenantId))
    throw new TypeError('tokenForApp: tenantId must be a tenant id (GUID) or a domain name of the tenant')
  const list = readScopes('scopes', scopes)
  if (list.length !== 1 || list[0]?.endsWith('/.default') !== true)
    throw new TypeError(
      'tokenForApp: scopes must be a single "<Application ID URI>/.default", because an app gets all permissions that it was granted',
    )
  return { loginHost, tenantId: tenantId.toLowerCase(), scopes: list, claims }
}

/** Waits no longer than the caller; what others wait for goes on. */
async function until<T>(signal: AbortSignal | undefined, work: Promise<T>): Promise<T> {
  if (signal === undefined) return await work
  return await new Promise<T>((resolve, reject) => {
    const abort = (): void => {
      // oxlint-disable-next-line typescript/prefer-promise-reject-errors -- whatever the caller aborted with
      reject(signal.reason)
    }
    const leave = (): void => signal.removeEventListener('abort', abort)
    signal.addEventListener('abort', abort)
    work.then(resolve, reject).then(leave, leave)
  })
}
