import { describe, expect, it } from 'vitest'

import { BackOff } from '../../src/documents/back-off.ts'

/** Delays in seconds after 1 to `failures` failures in a row. */
function delays(failures: number): readonly number[] {
  const backOff = new BackOff()
  return Array.from({ length: failures }, () => backOff.failed(0) / 1000)
}

describe('the back-off', () => {
  it('lets the first retry go at once, also one whose clock was read before the failure was noted', () => {
    const backOff = new BackOff()
    const readBefore = 1_000_000
    backOff.failed(readBefore + 1)
    expect(backOff.remaining(readBefore)).toBe(0)
  })

  it('allows the first retry at once, then waits 1 s, doubling to 60 s', () => {
    const runs = Array.from({ length: 400 }, () => delays(12))
    const means = runs[0]?.map((_, index) => runs.reduce((sum, run) => sum + (run[index] ?? 0), 0) / 400)
    const expected = [0, 1, 2, 4, 8, 16, 32, 60, 60, 60, 60, 60]
    expected.forEach((seconds, index) => {
      // The standard error of these means is 0.6 %.
      expect(means?.[index]).toBeGreaterThanOrEqual(seconds * 0.96)
      expect(means?.[index]).toBeLessThanOrEqual(seconds * 1.04)
    })
  })

  it('spreads every delay evenly over ± 20 %', () => {
    for (const failures of [2, 5, 12]) {
      const seconds = Math.min(60, 2 ** (failures - 2))
      const parts = Array.from({ length: 4000 }, () => (delays(failures)[failures - 1] ?? 0) / seconds)
      const tenths = Array.from({ length: 10 }, () => 0)
      for (const part of parts) {
        expect(part).toBeGreaterThanOrEqual(0.8)
        expect(part).toBeLessThanOrEqual(1.2)
        const tenth = Math.min(9, Math.floor((part - 0.8) / 0.04))
        tenths[tenth] = (tenths[tenth] ?? 0) + 1
      }
      // 400 on average with a standard deviation of 19: six of them.
      for (const count of tenths) expect(Math.abs(count - 400)).toBeLessThan(115)
    }
  })

  it('waits no longer after a million failures, and not at all after a success', () => {
    const backOff = new BackOff()
    for (let failure = 0; failure < 1_000_000; failure++) backOff.failed(0)
    expect(backOff.remaining(0)).toBeLessThanOrEqual(72_000)
    expect(backOff.remaining(0)).toBeGreaterThanOrEqual(48_000)
    backOff.succeeded()
    expect(backOff.remaining(0)).toBe(0)
    expect(backOff.failed(0)).toBe(0)
  })

  it('waits at most one longest delay after the clock went back', () => {
    const backOff = new BackOff()
    for (let failure = 0; failure < 12; failure++) backOff.failed(1_000_000_000)
    backOff.rebase(0)
    expect(backOff.remaining(0)).toBe(60_000)
  })
})
