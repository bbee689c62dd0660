/** The time of one emulator, which a test may move. */
export interface Clock {
  /** Milliseconds since the epoch. */
  readonly now: () => number
  readonly advance: (seconds: number) => void
}

export function createClock(base: () => number = Date.now): Clock {
  let offset = 0
  return {
    now: () => base() + offset,
    advance(seconds) {
      if (!Number.isFinite(seconds)) throw new TypeError('advance: seconds must be a number')
      offset += seconds * 1000
    },
  }
}
