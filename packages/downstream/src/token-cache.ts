/** A token of another API, and when it ends. */
export interface CachedToken {
  readonly token: string
  /** Milliseconds since the epoch. */
  readonly expiresAt: number
}

/** An entry ends this long before its token does: the other API has to be reached with it. Milliseconds. */
const margin = 120_000

/** True while a token is worth sending. */
export function isFresh({ expiresAt }: CachedToken, now: number): boolean {
  return expiresAt - margin > now
}

/**
 * Keeps tokens by a hash, at the same cost however many there are, and shares the work of those who ask for one at
 * once. Two generations bound it without work for each hit: when the young one is full it becomes the old one.
 */
export class TokenCache {
  readonly #generationSize: number
  #young: Map<string, CachedToken> = new Map()
  #old: Map<string, CachedToken> = new Map()
  readonly #pending: Map<string, Promise<CachedToken>> = new Map()

  constructor(size: number) {
    this.#generationSize = Math.ceil(size / 2)
  }

  find(key: string, now: number): CachedToken | undefined {
    const young = this.#young.get(key)
    if (young !== undefined) return isFresh(young, now) ? young : undefined
    const old = this.#old.get(key)
    if (old === undefined || !isFresh(old, now)) return undefined
    // Once a generation: a token in use must not be forgotten because others came.
    this.remember(key, old)
    return old
  }

  remember(key: string, entry: CachedToken): void {
    if (this.#young.size >= this.#generationSize) {
      this.#old = this.#young
      this.#young = new Map()
    }
    this.#young.set(key, entry)
  }

  /** The work that runs under this key already, or this work. What fails is not kept. */
  once(key: string, work: () => Promise<CachedToken>): Promise<CachedToken> {
    const running = this.#pending.get(key)
    if (running !== undefined) return running
    const started = work()
    this.#pending.set(key, started)
    const forget = (): unknown => this.#pending.delete(key)
    started.then(forget, forget)
    return started
  }
}
