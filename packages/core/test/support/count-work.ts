// node packages/core/test/support/count-work.ts prints what one token costs, in counts, as JSON.
import { spawnSync } from 'node:child_process'
import path from 'node:path'

/**
 * The young generation is large enough not to be collected in between, nothing works in the background, and nothing is
 * optimized: what an optimizing compiler leaves out depends on when it ran.
 */
const flags = [
  '--expose-gc',
  '--no-opt',
  '--no-maglev',
  '--no-flush-bytecode',
  '--single-threaded',
  '--min-semi-space-size=64',
  '--max-semi-space-size=64',
]

const script = path.join(import.meta.dirname, 'work.ts')
const { status } = spawnSync(process.execPath, [...flags, script], { stdio: 'inherit' })
process.exitCode = status ?? 1
