import { readFileSync } from 'node:fs'
import path from 'node:path'

export const root = path.join(import.meta.dirname, '..')

const packages = { attw: '@arethetypeswrong/cli', changeset: '@changesets/cli', tsc: 'typescript' }

/** What `depcruise` is called with: the rules are in the configuration. */
export const importArguments = ['--config', '.dependency-cruiser.mjs', 'packages/*/src']

/**
 * The command line that runs a tool of this workspace: `[node, its script]`. Works without a PATH that names
 * node_modules/.bin, and on Windows, where the files there are shell scripts.
 */
export function tool(name) {
  const folder = path.join(root, 'node_modules', packages[name] ?? name)
  const { bin } = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'))
  return [process.execPath, path.join(folder, typeof bin === 'string' ? bin : bin[name])]
}
