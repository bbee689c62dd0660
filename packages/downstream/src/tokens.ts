import { hash } from 'node:crypto'

import { EntraGuardError } from '@entraguard/core'

import type { Settings } from './options.ts'
import { requireOwnToken } from './own-token.ts'
import { unavailable } from './refusals.ts'
import { SharedStore } from './shared-store.ts'
import { isFresh, TokenCache, type CachedToken } from './token-cache.ts'
import { TokenEndpoint, type TokenRequest } from './token-endpoint.ts'
import { until, type Leaving } from './until.ts'
import { Waits } from './waits.ts'

/** Tokens of other APIs: from memory, from the store, or by an exchange that all who ask at once share. */
export class Tokens {
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

  async acquire(request: TokenRequest, leaving: Leaving | undefined): Promise<CachedToken> {
    if (leaving?.signal.aborted === true) throw leaving.reason()
    const key = keyOf(this.#settings, request)
    if (request.claims !== undefined)
      return await until(
        leaving,
        this.#cache.once(`${key} ${request.claims}`, () => this.#ask(request, key)),
      )
    const found = this.#cache.find(key, this.#settings.now())
    return (
      found ??
      (await until(
        leaving,
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
