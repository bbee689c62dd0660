// pnpm check: everything a change has to pass before it is pushed. Runs every step, then says which failed.
import { spawnSync } from 'node:child_process'
import path from 'node:path'

import { importArguments, root, tool } from './tools.mjs'

const node = (name, ...args) => [process.execPath, path.join(import.meta.dirname, `${name}.mjs`), ...args]
const imports = [...tool('dependency-cruiser'), ...importArguments]
const turbo = (task) => [...tool('turbo'), 'run', task, '--output-logs=errors-only']

const steps = [
  ['build', turbo('build')],
  ['types', turbo('typecheck')],
  ['types of the root', [...tool('tsc'), '--noEmit']],
  ['tests', node('test')],
  ['lint', tool('oxlint')],
  ['format', [...tool('oxfmt'), '--check']],
  ['snippets', node('sync-snippets', '--check')],
  ['error pages', node('sync-error-pages', '--check')],
  ['dependencies', node('check-dependencies')],
  ['licences', node('licences')],
  ['figures', node('figures')],
  ['imports', imports],
  ['packages', node('check-packages')],
  ['release', node('rehearse-release')],
]

const failed = []
for (const [name, [command, ...args]] of steps) {
  console.log(`\n== ${name}`)
  const { status } = spawnSync(command, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] })
  if (status !== 0) failed.push(name)
}
console.log(failed.length === 0 ? '\ncheck: all passed' : `\ncheck: failed: ${failed.join(', ')}`)
process.exitCode = failed.length === 0 ? 0 : 1
