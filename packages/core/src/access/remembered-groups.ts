import { isWorkerd } from '../documents/fetch-document.ts'
import { EntraGuardError } from '../errors/errors.ts'
import { KnownProblem } from '../errors/reason.ts'

type Ids = readonly string[]

interface Answer {
  readonly ids?: Ids
  readonly failure?: unknown
  /** Milliseconds since the epoch. */
  readonly from: number
  readonly until: number
}

/**
 * Milliseconds for which a failure is remembered: an outage of Graph costs one lookup a person in that time and not one a
 * request, each of which could take the whole time limit. Shorter than the `Retry-After` that the caller gets.
 */
const failureFor = 3000

/**
 * The answers of Graph by the caller that they are about, for as long as they are valid. Concurrent calls wait for the
 * same answer.
 */
export class RememberedGroups {
  readonly #answers: Map<string, Answer> = new Map()
  readonly #pending: Map<string, Promise<Ids>> = new Map()
  /** Milliseconds; with 0 only failures are remembered. */
  readonly #rememberFor: number
  readonly #rememberAtMost: number
  readonly #now: () => number

  constructor(rememberFor: number, rememberAtMost: number, now: () => number) {
    this.#rememberFor = rememberFor
    this.#rememberAtMost = rememberAtMost
    this.#now = now
  }

  /** The remembered answer for a key, or the result of `read`, which runs once however many calls wait for it. */
  async get(key: string, read: () => Promise<Ids>): Promise<Ids> {
    const known = this.#answers.get(key)
    const at = this.#now()
    // A clock that went back must not make an answer live longer.
    if (known !== undefined && at >= known.from && at < known.until) return idsOf(known)
    const running = this.#pending.get(key)
    if (running !== undefined) return await running
    const work = this.#read(key, read)
    if (isWorkerd) return await work
    this.#pending.set(key, work)
    return await work.finally(() => this.#pending.delete(key))
  }

  async #read(key: string, read: () => Promise<Ids>): Promise<Ids> {
    const from = this.#now()
    try {
      const ids = await read()
      if (this.#rememberFor > 0) this.#remember(key, { ids, from, until: from + this.#rememberFor })
      else this.#answers.delete(key)
      return ids
    } catch (failure) {
      // A refusal that getGraphToken makes is an answer for this request, not a failure.
      if (!EntraGuardError.is(failure)) {
        const failedAt = this.#now()
        this.#remember(key, { failure, from: failedAt, until: failedAt + failureFor })
      }
      throw failure
    }
  }

  #remember(key: string, answer: Answer): void {
    this.#answers.delete(key)
    for (const oldest of this.#answers.keys()) {
      if (this.#answers.size < this.#rememberAtMost) break
      this.#answers.delete(oldest)
    }
    this.#answers.set(key, answer)
  }
}

function idsOf({ ids, failure }: Answer): Ids {
  // A new error for each request, because what one adds to it must not show up in another.
  if (ids === undefined) throw new KnownProblem('it failed a moment ago', { cause: failure })
  return ids
}
