import { median } from './measure.ts'

/** What pairs of measurements say together: the middle, and between what it lies with a confidence of 95 %. */
export interface Estimate {
  readonly middle: number
  readonly low: number
  readonly high: number
}

/**
 * The estimate from several processes, of which each has one value: rounds of one process share its luck (where its code lies,
 * what was optimized when). The interval is the one of the sign test, which assumes nothing about how the values are
 * distributed. Fewer than six give no interval of 95 %.
 */
export function estimate(values: readonly number[]): Estimate {
  const sorted = values.toSorted((a, b) => a - b)
  const left = leftOut(sorted.length)
  return {
    middle: median(sorted),
    low: left === undefined ? Number.NEGATIVE_INFINITY : (sorted[left] ?? Number.NaN),
    high: left === undefined ? Number.POSITIVE_INFINITY : (sorted[sorted.length - 1 - left] ?? Number.NaN),
  }
}

/**
 * The mean without the tenth at either end. A median would leave out the garbage collector, which runs in a few of the rounds
 * and is part of the cost; a mean would take in what else the machine did.
 */
export function trimmedMean(values: readonly number[]): number {
  const left = Math.floor(values.length / 10)
  const kept = values.toSorted((a, b) => a - b).slice(left, values.length - left)
  return kept.reduce((sum, value) => sum + value, 0) / kept.length
}

/** How many values at each end the interval leaves out: as many as a fair coin allows in 5 % of the cases. */
function leftOut(count: number): number | undefined {
  let ways = 1
  let below = 0
  let left: number | undefined
  for (let heads = 0; heads < count / 2; heads++) {
    below += ways / 2 ** count
    if (2 * below > 0.05) break
    left = heads
    ways = (ways * (count - heads)) / (heads + 1)
  }
  return left
}

/** Whether a goal is met: `undefined` where the interval holds both answers. */
export function decide({ low, high }: Estimate, isMet: (value: number) => boolean): boolean | undefined {
  return isMet(low) === isMet(high) ? isMet(low) : undefined
}

/** `9.7 (9.1 to 10.4)`, or the middle alone where there is no interval. */
export function withSpread({ middle, low, high }: Estimate, text: (value: number) => string): string {
  return Number.isFinite(low) ? `${text(middle)} (${text(low)} to ${text(high)})` : text(middle)
}
