// The program that Bun and Deno run: measures and prints the rows as JSON. Arguments: the file with what is given, how
// many tokens a round, how many rounds.
import { readFileSync } from 'node:fs'

import { measure, prove, warmUp } from '../measure.ts'
import { bareNodeCrypto, nodeEngine } from '../node-engine.ts'
import { portableContestants } from '../portable.ts'
import { factsOf, type Given } from './given.ts'
import { cases, tokensOf, type Cell } from './cases.ts'

const [file = '', batch, rounds] = process.argv.slice(2)
const given = JSON.parse(readFileSync(file, 'utf8')) as Given
const facts = factsOf(given)
const contestants = [...(await portableContestants(facts)), bareNodeCrypto(facts), ...nodeEngine(facts)]
await prove(contestants, given.tokens)
await warmUp(contestants, given.tokens, Number(batch))
const cells: Cell[] = []
for (const one of cases) {
  const samples = await measure(contestants, tokensOf(given, one), {
    concurrency: one.concurrency,
    batch: Number(batch),
    rounds: Number(rounds),
  })
  cells.push(...samples.map((sample) => ({ ...sample, case: one.name })))
}
console.log(JSON.stringify(cells))
