/*
 * A process of its own, so that the heap is that of the memory for proofs: a million proofs in a thousand seconds, each
 * good for another 300, and then a million that are all good at once. Prints what it saw as JSON.
 *
 * node --expose-gc packages/core/test/support/replay-memory.ts
 */
import { randomFillSync } from 'node:crypto'

import { ReplayMemory } from '../../src/pop/replay.ts'

declare const gc: () => void

const maxAge = 300_000
const million = 1_000_000

function heap(): number {
  gc()
  gc()
  return process.memoryUsage().heapUsed
}

const id = new Uint8Array(32)

/** Proofs that come one after the other, `perSecond` of them. */
function pass(memory: ReplayMemory, count: number, perSecond: number, seen: (index: number) => void): void {
  for (let index = 0; index < count; index++) {
    const now = 1_800_000_000_000 + (index * 1000) / perSecond
    randomFillSync(id)
    if (!memory.isNew(id, now + maxAge, now)) throw new Error('an id that is new was taken for another')
    seen(index + 1)
  }
}

const empty = heap()
const passing = new ReplayMemory(million, 2 * maxAge)
const series: Array<readonly [number, number]> = []
pass(passing, million, 1000, (count) => {
  if (count % 200_000 === 0) series.push([count, heap() - empty])
})
const before = heap()
const full = new ReplayMemory(million, 2 * maxAge)
pass(full, million, 10_000_000, () => {})
const atOnce = heap() - before
process.stdout.write(JSON.stringify({ series, atOnce, memories: [passing, full].length }))
