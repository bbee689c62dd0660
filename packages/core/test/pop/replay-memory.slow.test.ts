import { execFile } from 'node:child_process'
import path from 'node:path'
import { promisify } from 'node:util'

import { expect, it } from 'vitest'

interface Seen {
  /** Proofs so far, and bytes of the heap. */
  readonly series: ReadonlyArray<readonly [number, number]>
  /** Bytes of a million proofs that are all good. */
  readonly atOnce: number
}

it('the memory for proofs stays as it is while a million pass, and has room for a million at once', async () => {
  const script = path.join(import.meta.dirname, '../support/replay-memory.ts')
  const { stdout } = await promisify(execFile)(process.execPath, ['--expose-gc', script])
  const { series, atOnce } = JSON.parse(stdout) as Seen
  const heaps = series.map(([, bytes]) => bytes)
  expect(series.map(([count]) => count)).toEqual([200_000, 400_000, 600_000, 800_000, 1_000_000])
  // From 300 seconds on as many are forgotten as come.
  const [, ...steady] = heaps
  expect(Math.max(...steady) / Math.min(...steady)).toBeLessThan(1.6)
  expect(Math.max(...heaps)).toBeLessThan(48 * 2 ** 20)
  expect(atOnce).toBeLessThan(96 * 2 ** 20)
})
