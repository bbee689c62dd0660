/**
 * `pnpm --filter @entraguard/tests doors [seconds]`: each fault of an identity provider through each way into the API; prints
 * a row for each way. Ends with an error when a figure breaks a promise.
 */
import { startBench } from './bench.ts'
import { faults } from './faults.ts'
import { toTotals, type Figures } from './figures.ts'
import { brokenPromises } from './promises.ts'

const seconds = Math.min(60, Math.max(1, Number(process.argv[2] ?? 1)))
/** The clock of the API runs so many times as fast, so that back-off takes as much less of its time. */
const speed = 3
const broken: string[] = []
const lines: string[] = []
for (const door of ['hono', 'express', 'fastify', 'azure-functions', 'mcp'] as const) {
  const bench = await startBench({
    speed,
    keys: { timeout: 0.5, refreshAfter: 2, minRefreshInterval: 1, retainFor: 86_400 },
    door,
    lasting: seconds * 1000,
    callers: 6,
    patience: 90_000,
  })
  const rows: Figures[] = []
  try {
    for (const fault of faults) {
      console.error(`${door}: ${fault.name}`)
      rows.push(...(await bench.measure(fault)))
    }
  } finally {
    await bench.close()
  }
  broken.push(...rows.flatMap((row) => brokenPromises(row).map((promise) => `${door}: ${promise}`)))
  if (bench.strayed() > 0) broken.push(`${door}: a redirect was followed`)
  lines.push(...toTotals(door, rows))
}
console.log(
  `Each of ${faults.length} faults for ${seconds} s, node ${process.version}:\n\n${lines.join('\n')}`,
)
for (const promise of broken) console.error(`BROKEN: ${promise}`)
process.exitCode = broken.length === 0 ? 0 : 1
