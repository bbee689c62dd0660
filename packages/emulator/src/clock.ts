/** The time of one emulator, which a test may move. */
export interface Clock {
  /** Milliseconds since the epoch. */
  readonly now: () => number
  readonly advance: (seconds: number) => void
}

export function createClock(base: () => number = Date.now): Clock {
  let offset = 0
  return {
    now() {
      const now = base()
      // A `Date` plus a number is a text, and every time in a token would be wrong.
      if (!Number.isFinite(now))
        throw new TypeError('now must give a number, the milliseconds since the epoch')
      return now + offset
    },
    advance(seconds) {
      if (!Number.isFinite(seconds)) throw new TypeError('advance: seconds must be a number')
      offset += seconds * 1000
    },
  }
}
