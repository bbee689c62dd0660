// pnpm shuffle [--times 20] [--load processes] [--seed number] [vitest arguments]
//
// The fast tests so many times, each time in another order of files and of tests, while other processes keep every core
// busy. Says which tests did not do the same every time, and with which seed: `--times 1 --seed` runs that order again.
import { spawn } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'

import { root, tool } from './tools.mjs'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    times: { type: 'string', default: '20' },
    load: { type: 'string', default: String(availableParallelism()) },
    seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
    project: { type: 'string', multiple: true, default: [] },
  },
})
const results = path.join(root, 'test-results')
const report = path.join(results, 'shuffled.json')
// Each run would transform every module anew, a third of its time. What an earlier command left could be of another tsconfig.
const transformed = path.join(results, 'transformed')
rmSync(transformed, { recursive: true, force: true })
const cache = ['--fsModuleCache', `--fsModuleCachePath=${transformed}`]
const vitestArguments = [...cache, ...values.project.flatMap((name) => ['--project', name]), ...positionals]

const isGood = (outcome) => /^(?:passed|pending|skipped|todo)$/.test(outcome)

/** Starts a process that ends with this one: who interrupts a long run does not want it to go on. */
function started(command, given, stdio) {
  const child = spawn(command, given, { cwd: root, stdio })
  children.push(child)
  return child
}
const children = []
process.on('exit', () => {
  for (const child of children) child.kill('SIGKILL')
})
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1))

/** Runs the tests in the order of a seed. Resolves to the outcome of each. */
async function shuffled(seed) {
  rmSync(report, { force: true })
  const order = ['--sequence.shuffle.files', '--sequence.shuffle.tests', `--sequence.seed=${seed}`]
  const reporters = ['--reporter=dot', '--reporter=json', `--outputFile.json=${report}`]
  const [node, vitest] = tool('vitest')
  const code = await new Promise((resolve) => {
    const child = started(
      node,
      [vitest, 'run', ...order, ...reporters, ...vitestArguments],
      ['ignore', 'ignore', 'inherit'],
    )
    child.on('exit', resolve)
  })
  const { testResults } = JSON.parse(readFileSync(report, 'utf8'))
  const outcomes = new Map([['vitest as a whole', code === 0 ? 'passed' : `exit code ${code}`]])
  for (const { name, status, assertionResults } of testResults) {
    const file = path.relative(root, name)
    outcomes.set(file, status)
    for (const test of assertionResults) {
      const id = `${file}: ${test.fullName}`
      // Two rows of a table may have one name: the one that failed counts.
      if (isGood(outcomes.get(id) ?? 'passed'))
        outcomes.set(id, [test.status, ...(test.failureMessages ?? [])].join('\n'))
    }
  }
  return outcomes
}

mkdirSync(results, { recursive: true })
for (let index = 0; index < Number(values.load); index++)
  started(process.execPath, ['-e', 'for (;;) Math.sqrt(2)'], 'ignore').unref()
const differences = []
let first
for (let time = 0; time < Number(values.times); time++) {
  const seed = Number(values.seed) + time
  const outcomes = await shuffled(seed)
  first ??= outcomes
  for (const test of new Set([...first.keys(), ...outcomes.keys()])) {
    const [is, was] = [outcomes.get(test) ?? 'did not run', first.get(test) ?? 'did not run']
    if (is !== was || !isGood(is))
      differences.push(`seed ${seed}: ${test}: ${is}${is === was ? '' : `, and before: ${was}`}`)
  }
  // At once: who breaks a long run off wants to know what it has found.
  writeFileSync(path.join(results, 'shuffled.txt'), differences.join('\n'))
  console.log(
    `${time + 1} of ${values.times}, seed ${seed}: ${outcomes.size} outcomes, ${differences.length} differences so far`,
  )
}
for (const difference of differences) console.error(difference)
console.log(
  differences.length === 0 ? 'shuffle: no difference' : `shuffle: ${differences.length} differences`,
)
process.exitCode = differences.length === 0 && first?.size > 1 ? 0 : 1
