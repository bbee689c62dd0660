/**
 * `pnpm --filter @entraguard/tests fuzz [seconds] [seed] [target]`: arbitrary input for every target in turn, or for one.
 * Inputs with a new outcome are kept in the corpus, which the tests replay. Ends with an error and the smallest input
 * that breaks a promise.
 */
import * as fc from 'fast-check'

import { Corpus } from './corpus.ts'
import { engine } from './names.ts'
import { targets as all } from './targets.ts'

const seconds = Math.min(86_400, Math.max(1, Number(process.argv[2] ?? 60)))
let seed = Number(process.argv[3] ?? Date.now() % 2 ** 31)
const only = process.argv[4]
const targets = all.filter(({ name }) => only === undefined || name === only)
if (targets.length === 0)
  throw new Error(`no target ${only}; there are ${all.map(({ name }) => name).join(', ')}`)
console.log(`${seconds} s, first seed ${seed}`)

const deadline = performance.now() + seconds * 1000
const corpora = targets.map(({ name }) => new Corpus(name))
const runs = targets.map(() => 0)

while (performance.now() < deadline && process.exitCode === undefined) {
  for (const [index, target] of targets.entries()) {
    const property = fc.asyncProperty(target.inputs, async (input) => {
      runs[index] = (runs[index] ?? 0) + 1
      // What does not survive JSON cannot be kept; what is kept is what was run.
      const kept: unknown = JSON.parse(JSON.stringify(input))
      corpora[index]?.offer(await target.run(kept), kept)
    })
    const details = await fc.check(property, { seed: seed++, numRuns: 400, interruptAfterTimeLimit: 10_000 })
    if (!details.failed || details.counterexample === null) continue
    console.error(`${target.name}, seed ${details.seed}: ${String(details.errorInstance)}`)
    console.error(JSON.stringify(details.counterexample[0]))
    process.exitCode = 1
  }
}
for (const [index, { name }] of targets.entries()) {
  corpora[index]?.save()
  console.log(`${name}: ${runs[index]} inputs, ${corpora[index]?.size} outcomes`)
}
console.log(`JSON.parse of this engine misread ${engine.misreadings} texts`)
