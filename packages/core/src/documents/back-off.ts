const longest = 60_000

/**
 * When something that failed may be tried again: the first retry at once, because most failures are one lost
 * connection; then after 1 s, doubling to 60 s, ± 20 %, so that a thousand processes do not come back together.
 */
export class BackOff {
  #failures = 0
  #until = 0

  /** Failures since the last success. */
  get failures(): number {
    return this.#failures
  }

  /** Milliseconds until the next try is allowed; 0 when it is. */
  remaining(now: number): number {
    // The first retry is at once, also for a caller that read its clock a moment before the failure was noted.
    return this.#failures < 2 ? 0 : Math.max(0, this.#until - now)
  }

  /** Notes a failure. Gives the milliseconds until the next try is allowed. */
  failed(now: number): number {
    this.#failures++
    // 2 ** 6 s is past the longest: the exponent must not grow to infinity in a week's outage.
    const doubled = this.#failures === 1 ? 0 : 1000 * 2 ** Math.min(this.#failures - 2, 6)
    const delay = Math.min(longest, doubled) * (0.8 + Math.random() * 0.4)
    this.#until = now + delay
    return delay
  }

  succeeded(): void {
    this.#failures = 0
  }

  /** The clock went back to `now`: nobody waits longer than the longest delay. */
  rebase(now: number): void {
    this.#until = Math.min(this.#until, now + longest)
  }
}
