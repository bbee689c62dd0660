import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** The state of the process at the end of a simulated hour. */
export interface Reading {
  readonly hour: number
  /** Bytes that are left after a collection. */
  readonly heap: number
  /** Open sockets, timers and the like. */
  readonly handles: number
}

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

export function takeReading(hour: number): Reading {
  collect()
  return { hour, heap: process.memoryUsage().heapUsed, handles: process.getActiveResourcesInfo().length }
}

/** Bytes by which the heap grew from the first half of the run, its beginning aside, to the end of it: medians of three hours. */
export function heapGrowth(readings: readonly Reading[]): number {
  const settled = readings.slice(Math.floor(readings.length / 4))
  return median(settled.slice(-3)) - median(settled.slice(0, 3))
}

function median(readings: readonly Reading[]): number {
  const heaps = readings.map(({ heap }) => heap).toSorted((a, b) => a - b)
  return heaps[Math.floor(heaps.length / 2)] ?? 0
}
