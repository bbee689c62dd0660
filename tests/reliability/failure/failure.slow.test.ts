import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { startBench, type Bench } from './bench.ts'
import { faults } from './faults.ts'
import { brokenPromises } from './promises.ts'

/** The clock of the API runs three times as fast, so that back-off takes a third of its time. */
const speed = 3
const lasting = 1200

/** All of them through one way into the API, and some of each kind through the others. */
const some = new Set([
  'connection reset',
  'accepted, then silence',
  'status 503',
  'redirect to another host',
  'truncated',
])
const doors = [
  ['hono', faults],
  ...(['express', 'fastify', 'azure-functions', 'mcp'] as const).map(
    (door) => [door, faults.filter(({ name }) => some.has(name))] as const,
  ),
] as const

describe.each(doors)(
  'an identity provider that fails, over real sockets, while callers go on: %s',
  (door, chosen) => {
    let bench: Bench
    beforeAll(async () => {
      bench = await startBench({
        speed,
        keys: { timeout: 1, refreshAfter: 2, minRefreshInterval: 1, retainFor: 86_400 },
        door,
        lasting,
        callers: 4,
        patience: 90_000,
      })
    })
    afterAll(async () => bench?.close())

    it.each(chosen.map((fault) => [fault.name, fault] as const))(
      '%s: nobody forged gets in, nobody known is refused, and it recovers',
      async (_name, fault) => {
        const rows = await bench.measure(fault)
        expect(rows.map(({ situation }) => situation)).toEqual(['warm', 'cold'])
        expect(rows.flatMap((row) => brokenPromises(row))).toEqual([])
      },
    )

    it('follows no redirect', () => {
      expect(bench.strayed()).toBe(0)
    })
  },
)
