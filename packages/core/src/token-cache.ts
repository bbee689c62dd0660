import { andThen, type Awaitable } from './async/awaitable.ts'
import { isWorkerd } from './documents/fetch-document.ts'
import type { Access } from './access/access.ts'
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
  /**
   * The access that admitted this caller last. It always will: the identity is frozen, and an access is compiled once. Asking
   * again would read what the rest of a request has driven out of the processor's caches.
   */
  admittedBy: Access | undefined
}

/**
 * A number out of the end of the signature, which tells tokens apart well enough to select one of them. A number of 30
 * bits, because every engine compares those without a call; no text, because that would have to be hashed, and a slice
 * of the token would keep all of it in memory.
 */
export function markOf(token: string): number {
  let mark = 0
  for (let index = token.length - 8; index < token.length; index++)
    mark = (Math.imul(mark, 31) + token.charCodeAt(index)) | 0
  return mark & 0x3fff_ffff
}

/**
 * Remembers accepted tokens, because a client sends the same one for an hour.
 *
 * A mark out of the signature *selects* an entry and the whole token is compared: what only selects may collide, what
 * decides may not. Of two tokens with one mark, which nobody can make without Entra's key, one is checked each time.
 * Nothing is derived from claims, and no caller supplies a key (CVE-2026-35039).
 *
 * Two generations bound it without work for each hit: when the young one is full it becomes the old one.
 */
export class TokenCache {
  readonly #generationSize: number
  #young: Map<number, AcceptedToken> = new Map()
  #old: Map<number, AcceptedToken> = new Map()
  /** What is being accepted right now. */
  readonly #pending: Map<number, { readonly token: string; readonly work: Promise<AcceptedToken> }> =
    new Map()

  constructor(size: number) {
    this.#generationSize = Math.ceil(size / 2)
  }

  /** The entry of exactly this token. Whether it still holds (time, key) is the caller's to check. */
  find(token: string): AcceptedToken | undefined {
    const mark = markOf(token)
    const young = this.#young.get(mark)
    if (young?.token === token) return young
    const old = this.#old.get(mark)
    if (old?.token !== token) return undefined
    // Once a generation: a token in use must not be forgotten because others came.
    this.#remember(mark, old)
    return old
  }

  /**
   * Accepts a token that was not found and remembers it. Concurrent calls with one token share the work, except in
   * workerd, where promises belong to a request.
   */
  acceptOnce(token: string, accept: () => Awaitable<AcceptedToken>): Awaitable<AcceptedToken> {
    const mark = markOf(token)
    const running = this.#pending.get(mark)
    if (running?.token === token) return running.work
    const work = andThen(accept(), (accepted) => this.#remember(mark, accepted))
    if ('then' in work && running === undefined && !isWorkerd) {
      const forget = (): unknown => this.#pending.delete(mark)
      this.#pending.set(mark, { token, work })
      work.then(forget, forget)
    }
    return work
  }

  #remember(mark: number, accepted: AcceptedToken): AcceptedToken {
    if (this.#young.size >= this.#generationSize) {
      this.#old = this.#young
      this.#young = new Map()
    }
    this.#young.set(mark, accepted)
    return accepted
  }

  forget(token: string): void {
    const mark = markOf(token)
    if (this.#young.get(mark)?.token === token) this.#young.delete(mark)
    if (this.#old.get(mark)?.token === token) this.#old.delete(mark)
  }
}
