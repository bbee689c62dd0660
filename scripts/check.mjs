// pnpm check: everything a change has to pass before it is pushed. Runs every step, then says which failed.
import { spawnSync } from 'node:child_process'

const steps = [
  ['build', 'turbo run build --output-logs=errors-only'],
  ['types', 'pnpm typecheck'],
  ['tests', 'node scripts/test.mjs'],
  ['lint', 'oxlint'],
  ['format', 'oxfmt --check'],
  ['snippets', 'node scripts/sync-snippets.mjs --check'],
  ['adapter size', 'node scripts/adapter-size.mjs'],
  ['packages', 'node scripts/check-packages.mjs'],
]

const failed = []
for (const [name, command] of steps) {
  console.log(`\n== ${name}: ${command}`)
  const { status } = spawnSync(command, { shell: true, stdio: ['ignore', 'inherit', 'inherit'] })
  if (status !== 0) failed.push(name)
}
console.log(failed.length === 0 ? '\ncheck: all passed' : `\ncheck: failed: ${failed.join(', ')}`)
process.exitCode = failed.length === 0 ? 0 : 1
