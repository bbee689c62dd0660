/**
 * `pnpm --filter @entraguard/tests failure [seconds]`: each fault of an identity provider for some seconds, with the real
 * clock, under load, through Hono; prints a table. Ends with an error when a figure breaks a promise.
 */
import { startBench } from './bench.ts'
import { faults } from './faults.ts'
import { toMarkdown, type Figures } from './figures.ts'
import { brokenPromises } from './promises.ts'

const seconds = Math.min(60, Math.max(1, Number(process.argv[2] ?? 4)))
const bench = await startBench({
  speed: 1,
  keys: { timeout: 0.5, refreshAfter: 2, minRefreshInterval: 1, retainFor: 86_400 },
  lasting: seconds * 1000,
  door: 'hono',
  callers: 6,
  patience: 90_000,
})
const rows: Figures[] = []
try {
  for (const fault of faults) {
    console.error(fault.name)
    rows.push(...(await bench.measure(fault)))
  }
} finally {
  await bench.close()
}
const broken = [
  ...rows.flatMap((row) => brokenPromises(row)),
  ...(bench.strayed() === 0 ? [] : ['a redirect was followed']),
]
console.log(`Each fault for ${seconds} s, node ${process.version}:\n\n${toMarkdown(rows)}`)
for (const promise of broken) console.error(`BROKEN: ${promise}`)
process.exitCode = broken.length === 0 ? 0 : 1
