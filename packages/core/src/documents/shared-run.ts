import { readClock } from './clock.ts'
import type { EntraGuardError } from '../errors/errors.ts'

/**
 * How a run ended. Work that several calls wait for does not throw, because a rejection that nobody awaits would end
 * the process.
 */
export interface Outcome {
  readonly error?: EntraGuardError
}

export interface RunOptions {
  /** Milliseconds since the epoch. */
  readonly now: () => number
  /** Milliseconds after which the work has settled, if it still can. */
  readonly longest: number
  /** In workerd a promise of one request never settles in another, and a request that ends takes its timers along. */
  readonly workerd: boolean
}

/** The owner gives a sign of life this often, in milliseconds, and waiters look for the outcome. */
const heartbeat = 10
/** Without a sign of life for so long, the request that did the work is gone. */
const lostAfter = 1000

/** Work that one request does and many wait for. */
export class SharedRun {
  /** For the request that started it; others use {@link join}. */
  readonly done: Promise<Outcome>
  readonly #options: RunOptions
  readonly #startedAt: number
  #aliveAt: number
  #outcome: Outcome | undefined

  /** `work` never rejects. */
  constructor(work: () => Promise<Outcome>, startedAt: number, options: RunOptions) {
    this.#options = options
    this.#startedAt = startedAt
    this.#aliveAt = startedAt
    this.done = this.#run(work)
  }

  get hasEnded(): boolean {
    return this.#outcome !== undefined
  }

  /** True if a run that has not ended never will: who did the work is gone, or it is far past every time limit. */
  isLost(now: number): boolean {
    // Both ways, because clocks jump both ways.
    if (Math.abs(now - this.#startedAt) > this.#options.longest) return true
    return this.#options.workerd && Math.abs(now - this.#aliveAt) > lostAfter
  }

  /** Waits for what another request does. `undefined` when that request is gone. */
  async join(): Promise<Outcome | undefined> {
    if (!this.#options.workerd) return await this.done
    while (!this.hasEnded && !this.isLost(readClock(this.#options.now))) await pause(heartbeat)
    return this.#outcome
  }

  async #run(work: () => Promise<Outcome>): Promise<Outcome> {
    const pulse = this.#options.workerd ? setInterval(() => this.#beat(), heartbeat) : undefined
    try {
      this.#outcome = await work()
      return this.#outcome
    } finally {
      clearInterval(pulse)
    }
  }

  #beat(): void {
    try {
      this.#aliveAt = readClock(this.#options.now)
    } catch {
      // A clock that fails must not end the process from a timer.
    }
  }
}

async function pause(milliseconds: number): Promise<void> {
  await new Promise((resolve) => {
    setTimeout(resolve, milliseconds)
  })
}
