import { execFile } from 'node:child_process'
import path from 'node:path'
import { promisify } from 'node:util'

import type { Section } from './report.ts'

const script = path.join(import.meta.dirname, '../../packages/core/test/support/count-work.ts')

/** What a token costs in counts, which are the same on every machine: the tests hold them to budgets. */
export async function countSection(): Promise<Section> {
  const { stdout } = await promisify(execFile)(process.execPath, [script])
  const counts = Object.entries(JSON.parse(stdout) as Record<string, Record<string, number>>)
  const columns = Object.keys(counts[0]?.[1] ?? {})
  return {
    title: 'Without a clock',
    text: '`node packages/core/test/support/count-work.ts`: what one token costs, beyond the bare signature check. Signature checks are those of WebCrypto, calls those of functions of core, and bytes those of the heap in code that is not optimized. These are the same in each run and on every machine, and `packages/core/test/budgets.test.ts` fails when one grows over its budget. The bytes of the edge bundle are watched by `scripts/figures.mjs`, the number of dependencies has a budget in `scripts/check-dependencies.mjs`.',
    head: [
      'case',
      ...columns.map((name) => name.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)),
    ],
    rows: counts.map(([name, count]) => [
      name,
      ...columns.map((column) => (count[column] ?? Number.NaN).toLocaleString('en')),
    ]),
  }
}
