import { execFileSync } from 'node:child_process'
import path from 'node:path'

const root = path.join(import.meta.dirname, '../..')

/** These tests run what is published, so `dist` has to be what the sources say. Nothing happens when it is. */
export function buildPackages(): void {
  const turbo = path.join(root, 'node_modules/turbo/bin/turbo')
  execFileSync(
    process.execPath,
    [turbo, 'run', 'build', '--filter=hono-edge...', '--output-logs=errors-only'],
    {
      cwd: root,
      stdio: ['ignore', 'ignore', 'inherit'],
    },
  )
}
