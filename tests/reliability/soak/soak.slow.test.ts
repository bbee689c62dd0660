import { beforeAll, describe, expect, it } from 'vitest'

import { heapGrowth } from './readings.ts'
import { soak, type SoakReport } from './soak.ts'

describe('thirty simulated hours of rotations, outages and forged key ids', () => {
  let report: SoakReport
  beforeAll(async () => {
    report = await soak({ hours: 30, users: 100, step: 300, forged: 20, tokenCache: 100 })
  })

  it('went as planned', () => {
    expect(report).toMatchObject({ rotations: 5, outages: 5 })
    expect(report.readings).toHaveLength(30)
    expect(report.valid).toBeGreaterThan(5000)
    expect(report.forged).toBeGreaterThan(5000)
  })

  it('no valid request is refused, but for a key that signs before it can be known', () => {
    expect(report.validRefused).toBe(0)
    expect(report.refusedInWindow).toBeLessThan(report.valid / 1000)
  })

  it('no forged one is accepted', () => {
    expect(report.wrongAccepts).toBe(0)
  })

  it('asks the provider a bounded number of times, however many key ids are forged', () => {
    // One request for keys in each round, which is longer than minRefreshInterval; metadata once an hour.
    expect(report.providerRequests).toBeLessThan((30 * 3600) / 300 + 150)
  })

  it('leaves heap and handles where they were', () => {
    expect(heapGrowth(report.readings)).toBeLessThan(4 * 1_048_576)
    const handles = report.readings.slice(3).map((reading) => reading.handles)
    expect(Math.max(...handles) - Math.min(...handles)).toBeLessThanOrEqual(12)
  })
})
