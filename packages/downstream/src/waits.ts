/** Whom Entra ID told to wait, and until when: each by the hash of a token and scopes. As many as are worth keeping. */
export class Waits {
  readonly #atMost: number
  readonly #until: Map<string, number> = new Map()

  constructor(atMost: number) {
    this.#atMost = atMost
  }

  /** Seconds that are left; nothing where nobody has to wait. */
  left(key: string, now: number): number | undefined {
    const until = this.#until.get(key)
    if (until === undefined) return undefined
    if (until > now) return Math.ceil((until - now) / 1000)
    this.#until.delete(key)
    return undefined
  }

  note(key: string, seconds: number, now: number): void {
    const [oldest] = this.#until.keys()
    if (this.#until.size >= this.#atMost && oldest !== undefined) this.#until.delete(oldest)
    this.#until.set(key, now + seconds * 1000)
  }
}
