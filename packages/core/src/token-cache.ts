import { andThen, type Awaitable } from './async/awaitable.ts'
import { isWorkerd } from './documents/fetch-document.ts'
import type { Identity } from './access/identity.ts'
import type { Metadata } from './keys/metadata.ts'
import type { SigningKey } from './keys/signing-key.ts'
import type { KeySource } from './keys/signing-keys.ts'

/** A token that passed every rule which depends on nothing but the token, the key and the clock. */
export interface AcceptedToken {
  readonly token: string
  readonly identity: Identity
  readonly metadata: Metadata
  readonly key: SigningKey
  readonly source: KeySource
  /** Milliseconds since the epoch between which the time rules hold. */
  readonly validFrom: number
  readonly validUntil: number
}

/**
 * Remembers accepted tokens, because a client sends the same one for an hour.
 *
 * The last 43 characters of the signature *select* an entry and the whole token is compared: what only selects may
 * collide, what decides may not. Nothing is derived from claims, and no caller supplies a key (CVE-2026-35039). The
 * suffix is a sixth of the cost of hashing the whole token.
 *
 * Two generations bound it without work for each hit: when the young one is full it becomes the old one.
 */
export class TokenCache {
  readonly #generationSize: number
  #young: Map<string, AcceptedToken> = new Map()
  #old: Map<string, AcceptedToken> = new Map()
  /** What is being accepted right now. */
  readonly #pending: Map<string, { readonly token: string; readonly work: Promise<AcceptedToken> }> =
    new Map()

  constructor(size: number) {
    this.#generationSize = Math.ceil(size / 2)
  }

  /** The entry of exactly this token. Whether it still holds (time, key) is the caller's to check. */
  find(token: string): AcceptedToken | undefined {
    const suffix = token.slice(-43)
    const young = this.#young.get(suffix)
    if (young?.token === token) return young
    const old = this.#old.get(suffix)
    if (old?.token !== token) return undefined
    // Once a generation: a token in use must not be forgotten because others came.
    this.#remember(suffix, old)
    return old
  }

  /**
   * Accepts a token that was not found and remembers it. Concurrent calls with one token share the work, except in
   * workerd, where promises belong to a request.
   */
  acceptOnce(token: string, accept: () => Awaitable<AcceptedToken>): Awaitable<AcceptedToken> {
    const suffix = token.slice(-43)
    const running = this.#pending.get(suffix)
    if (running?.token === token) return running.work
    const work = andThen(accept(), (accepted) => this.#remember(suffix, accepted))
    if ('then' in work && running === undefined && !isWorkerd) {
      const forget = (): unknown => this.#pending.delete(suffix)
      this.#pending.set(suffix, { token, work })
      work.then(forget, forget)
    }
    return work
  }

  #remember(suffix: string, accepted: AcceptedToken): AcceptedToken {
    if (this.#young.size >= this.#generationSize) {
      this.#old = this.#young
      this.#young = new Map()
    }
    this.#young.set(suffix, accepted)
    return accepted
  }

  forget(token: string): void {
    const suffix = token.slice(-43)
    if (this.#young.get(suffix)?.token === token) this.#young.delete(suffix)
    if (this.#old.get(suffix)?.token === token) this.#old.delete(suffix)
  }
}
