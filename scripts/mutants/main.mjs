// pnpm mutants [--concurrency 2] [--only text] [piece…]: changes the code of these pieces, or of all (of files whose path has
// this text), and asks the tests.
// pnpm mutants --report: writes docs/mutants.md from what earlier runs found out, those too that were cut off.
// pnpm mutants --since origin/main: the pieces that a change touches.
import { execFileSync } from 'node:child_process'
import path from 'node:path'
import { parseArgs } from 'node:util'

import { root } from '../tools.mjs'
import { pieces } from './pieces.mjs'
import { keepResult, scoreOf, writePage } from './report.mjs'
import { runPiece } from './run-piece.mjs'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    concurrency: { type: 'string', default: '2' },
    only: { type: 'string', default: '' },
    report: { type: 'boolean', default: false },
    since: { type: 'string' },
  },
})
for (const name of positionals)
  if (pieces[name] === undefined) throw new Error(`no piece ${name}: ${Object.keys(pieces).join(', ')}`)

/** What of the changes to a piece has to be noticed, equivalent ones apart. */
const wanted = 0.95

/** The pieces of which a file was changed since then. */
function touchedSince(commit) {
  const output = execFileSync('git', ['diff', '--name-only', `${commit}...HEAD`], {
    cwd: root,
    encoding: 'utf8',
  })
  const changed = output.split('\n')
  return Object.keys(pieces).filter((name) =>
    changed.some((file) => pieces[name].files.some((glob) => path.matchesGlob(file, glob))),
  )
}

function chosen() {
  if (positionals.length > 0) return positionals
  return values.since === undefined ? Object.keys(pieces) : touchedSince(values.since)
}

if (values.report) for (const name of Object.keys(pieces)) keepResult(name, false)
else
  for (const name of chosen()) {
    const started = Date.now()
    try {
      await runPiece(name, { concurrency: Number(values.concurrency), only: values.only })
      keepResult(name, values.only === '')
      if (scoreOf(name) < wanted) {
        console.error(`${name}: too much of it can be changed unnoticed, see docs/mutants.md`)
        process.exitCode = 1
      }
    } catch (error) {
      console.error(`${name}: ${error.message}`)
      process.exitCode = 1
    }
    console.log(`== ${name}: ${Math.round((Date.now() - started) / 1000)} s`)
  }
writePage()
