import { setTimeout as sleep } from 'node:timers/promises'

/** What the caller ought to be told: `valid` gets in; `fresh-key` when its key can be known; `forged` never. */
export type Kind = 'valid' | 'fresh-key' | 'forged'

export interface Sample {
  readonly kind: Kind
  /** 0: no answer. */
  readonly status: number
  readonly startedAt: number
  readonly milliseconds: number
}

export type Tokens = Readonly<Record<Kind, readonly string[]>>

/** No answer for so long counts as none: far beyond every time limit of the API. */
const patience = 60_000

/** Callers that send one request after the other, until they are told to stop. */
export class Load {
  readonly samples: Sample[] = []
  readonly #url: string
  readonly #tokens: Tokens
  readonly #workers: readonly Promise<void>[]
  readonly #stop = new AbortController()

  constructor(url: string, tokens: Tokens, callers: number) {
    this.#url = url
    this.#tokens = tokens
    this.#workers = Array.from({ length: callers }, (_, caller) => this.#work(caller))
  }

  /** Waits for a sample that fits, from now on. Gives `undefined` after so many milliseconds. */
  async waitFor(fits: (sample: Sample) => boolean, limit: number): Promise<Sample | undefined> {
    const from = this.samples.length
    const deadline = performance.now() + limit
    for (let next = from; performance.now() < deadline; await sleep(10)) {
      for (; next < this.samples.length; next++) {
        const sample = this.samples[next]
        if (sample !== undefined && fits(sample)) return sample
      }
    }
    return undefined
  }

  async stop(): Promise<readonly Sample[]> {
    this.#stop.abort()
    await Promise.all(this.#workers)
    return this.samples
  }

  async #work(caller: number): Promise<void> {
    const kinds = ['valid', 'forged', 'valid', 'fresh-key', 'valid'] as const
    for (let turn = caller; !this.#stop.signal.aborted; turn++) {
      const kind = kinds[turn % kinds.length] ?? 'valid'
      const tokens = this.#tokens[kind]
      const token = tokens[turn % Math.max(1, tokens.length)]
      if (token !== undefined) this.samples.push(await this.#send(kind, token))
      await sleep(4)
    }
  }

  async #send(kind: Kind, token: string): Promise<Sample> {
    const startedAt = performance.now()
    const status = await fetch(this.#url, {
      headers: { authorization: `Bearer ${token}` },
      signal: AbortSignal.timeout(patience),
    }).then(
      async (response) => {
        await response.arrayBuffer()
        return response.status
      },
      () => 0,
    )
    return { kind, status, startedAt, milliseconds: performance.now() - startedAt }
  }
}
