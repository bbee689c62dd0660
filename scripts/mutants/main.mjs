// pnpm mutants [--near] [--concurrency 2] [piece…]
import { parseArgs } from 'node:util'

import { pieces } from './pieces.mjs'
import { runPiece } from './run-piece.mjs'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { near: { type: 'boolean', default: false }, concurrency: { type: 'string', default: '2' } },
})
const chosen = positionals.length > 0 ? positionals : Object.keys(pieces)
for (const name of chosen) {
  if (pieces[name] === undefined) throw new Error(`no piece ${name}: ${Object.keys(pieces).join(', ')}`)
}
for (const name of chosen) {
  const started = Date.now()
  try {
    await runPiece(name, { near: values.near, concurrency: Number(values.concurrency) })
  } catch (error) {
    console.error(`${name}: ${error.message}`)
    process.exitCode = 1
  }
  console.log(`== ${name}: ${Math.round((Date.now() - started) / 1000)} s`)
}
