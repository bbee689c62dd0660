/**
 * `pnpm --filter @entraguard/tests soak [users]`: thirty simulated hours; prints a table. Ends with an error when a
 * promise is broken.
 */
import { heapGrowth } from './readings.ts'
import { soak } from './soak.ts'

const users = Math.min(100_000, Math.max(1, Number(process.argv[2] ?? 10_000)))
const startedAt = performance.now()
const report = await soak({
  hours: 30,
  users,
  step: 10,
  forged: 5,
  tokenCache: 5000,
  onHour: ({ hour, heap, handles }) =>
    console.error(`hour ${hour}: heap ${(heap / 1_048_576).toFixed(1)} MB, ${handles} handles`),
})
const { readings, ...counts } = report
const growth = heapGrowth(readings)
const handles = readings.map((reading) => reading.handles)
const rows: readonly (readonly [string, string | number])[] = [
  ['simulated hours', readings.length],
  ['users', users],
  ['valid requests', counts.valid],
  ['of them refused', counts.validRefused],
  ['refused inside a documented window', counts.refusedInWindow],
  ['forged key ids', counts.forged],
  ['of them accepted', counts.wrongAccepts],
  ['rotations', counts.rotations],
  ['outages, an hour each', counts.outages],
  ['requests to the identity provider', counts.providerRequests],
  ['heap at the end, MB', ((readings.at(-1)?.heap ?? 0) / 1_048_576).toFixed(1)],
  ['growth of the heap, MB', (growth / 1_048_576).toFixed(2)],
  ['handles, fewest and most', `${Math.min(...handles)} to ${Math.max(...handles)}`],
  ['real seconds', ((performance.now() - startedAt) / 1000).toFixed(0)],
]
console.log(['| | |', '| --- | ---: |', ...rows.map((row) => `| ${row.join(' | ')} |`)].join('\n'))
const holds = counts.validRefused === 0 && counts.wrongAccepts === 0 && growth < 4 * 1_048_576
process.exitCode = holds ? 0 : 1
