// pnpm test [--all] [vitest arguments]
//
// The fast set is every *.test.ts of every project. --all adds *.slow.test.ts (runtimes, browser, builds,
// services) and the package checks. The last line is the total of all of them, also in test-results/totals.txt.
import { spawn } from 'node:child_process'
import { existsSync, globSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'

import { importArguments, root, tool } from './tools.mjs'

const results = path.join(root, 'test-results')
const args = process.argv.slice(2)
const all = args.includes('--all')
const rest = args.filter((argument) => argument !== '--all')

const slow = { ENTRAGUARD_ALL: 'slow' }
const totals = { passed: 0, failed: 0, skipped: 0 }
const failures = []

const script = (name) => [process.execPath, path.join(import.meta.dirname, `${name}.mjs`)]

/**
 * Runs a command and resolves to its exit code. Its output goes straight to the terminal, or by way of a log when it has
 * ended, for what runs beside something else.
 */
function run(name, [command, ...commandArgs], env = {}, log) {
  const started = Date.now()
  if (log === undefined) console.log(`\n== ${name}`)
  const output = log === undefined ? 'inherit' : openSync(log, 'w')
  return new Promise((resolve) => {
    const child = spawn(command, commandArgs, {
      cwd: root,
      stdio: ['ignore', output, output],
      env: { ...process.env, ...env },
    })
    child.on('error', (error) => {
      console.error(error.message)
      resolve(1)
    })
    child.on('exit', (code, signal) => {
      if (log !== undefined) console.log(`\n== ${name}\n${readFileSync(log, 'utf8')}`)
      console.log(`== ${((Date.now() - started) / 1000).toFixed(1)} s`)
      resolve(signal ? 1 : code)
    })
  })
}

/** A command that is one test by itself: it passed or it failed. */
async function check(name, commandLine) {
  if ((await run(name, commandLine)) === 0) totals.passed += 1
  else {
    totals.failed += 1
    failures.push(name)
  }
}

/** Runs vitest, counts its tests and names what failed. */
async function vitest(name, vitestArgs = [], env = {}, log) {
  const report = path.join(results, `${name.replaceAll(' ', '-')}.json`)
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
  const code = await run(name, [...tool('vitest'), 'run', ...reporters, ...vitestArgs, ...rest], env, log)
  const before = totals.failed
  const fail = (what) => {
    totals.failed += 1
    failures.push(what)
  }
  if (existsSync(report)) {
    const json = JSON.parse(readFileSync(report, 'utf8'))
    totals.passed += json.numPassedTests
    totals.skipped += json.numPendingTests + json.numTodoTests
    for (const suite of json.testResults) {
      const file = path.relative(root, suite.name)
      const failed = suite.assertionResults.filter((test) => test.status === 'failed')
      for (const test of failed) fail(`${file}: ${test.fullName}`)
      // A file that does not load has no test to count, but it is a failure.
      if (suite.status === 'failed' && failed.length === 0) fail(`${file}: did not run`)
    }
  }
  // An unhandled rejection, say: no test failed, and yet something did.
  if (code !== 0 && totals.failed === before) fail(`${name}: exit code ${code} without a failed test`)
}

/** `sample-apis` starts the sample of Next, which the tests of pages build anew: never at the same time. */
const isOfPages = (file) => /^site\/|\bnext\b|\bportal\b|\bsample-apis\b/.test(file.replaceAll(path.sep, '/'))

/**
 * The slow tests in two lanes beside each other: those that build applications of Next, one of which several of them
 * share, with the site and the portal; and all others, which take about as long. In a lane one file follows the other: more at once would starve each other.
 */
async function slowTests() {
  // Words that choose tests are for all of them.
  if (rest.length > 0) return vitest('slow tests', ['--no-file-parallelism', '--passWithNoTests'], slow)
  const files = globSync('{packages,apps,templates,tests,benchmarks,site}/**/*.slow.test.ts', {
    cwd: root,
    exclude: (entry) => entry === 'node_modules' || entry === 'dist',
  })
  const lane = (name, chosen, log) => vitest(name, ['--no-file-parallelism', ...chosen], slow, log)
  await Promise.all([
    lane(
      'slow tests',
      files.filter((file) => !isOfPages(file)),
    ),
    lane('slow tests of pages', files.filter(isOfPages), path.join(results, 'slow-tests-of-pages.log')),
  ])
}

rmSync(results, { recursive: true, force: true })
mkdirSync(results, { recursive: true })

if (all) await check('build', [...tool('turbo'), 'run', 'build', '--output-logs=errors-only'])
await vitest('tests')
if (all) {
  await slowTests()
  await check('packages', script('check-packages'))
  await check('release', script('rehearse-release'))
  await check('snippets', [...script('sync-snippets'), '--check'])
  await check('error pages', [...script('sync-error-pages'), '--check'])
  await check('demo', script('demo'))
  await check('dependencies', script('check-dependencies'))
  await check('licences', script('licences'))
  await check('figures', script('figures'))
  await check('imports', [...tool('dependency-cruiser'), ...importArguments])
}

if (failures.length > 0) console.log(`\nFailed:\n${failures.map((name) => `  ${name}`).join('\n')}`)
if (totals.passed === 0) console.log('\nNo test ran.')
const line = `${totals.passed} passed, ${totals.failed} failed${totals.skipped ? `, ${totals.skipped} skipped` : ''}\n`
writeFileSync(path.join(results, 'totals.txt'), line)
process.stdout.write(`\n${line}`)
process.exitCode = totals.failed > 0 || totals.passed === 0 ? 1 : 0
