import { existsSync, globSync } from 'node:fs'
import path from 'node:path'

import { root } from './repository.ts'

/** Where the pages are written that have no file of their own: the API reference. */
export const generated = 'site/pages'

/** Every Markdown file that is a page of the site. */
export const sources: readonly string[] = [
  '*.md',
  'docs/**/*.md',
  'packages/*/README.md',
  'packages/*/CHANGELOG.md',
  `${generated}/**/*.md`,
]

/** What VitePress would take for pages besides {@link sources}. */
export const excluded: readonly string[] = [
  '{apps,benchmarks,scripts,templates,tests,test-results}/**',
  'packages/*/!(README|CHANGELOG).md',
  'packages/*/*/**',
  'site/!(pages)/**',
  'site/*.md',
]

const rules: ReadonlyArray<readonly [RegExp, string]> = [
  [/^README\.md$/, 'index.md'],
  [/^docs\/README\.md$/, 'overview.md'],
  [/^SECURITY\.md$/, 'reporting.md'],
  [/^packages\/([^/]+)\/README\.md$/, 'packages/$1.md'],
  [/^packages\/([^/]+)\/CHANGELOG\.md$/, 'changes/$1.md'],
  [/^site\/pages\/api\/@entraguard\/(.*)\.md$/, 'api/$1.md'],
  [/^(?:docs|site\/pages)\/(?:(.*\/)README|(.*))\.md$/, '$1$2.md'],
]

/** The address of a page, as a Markdown file below the site: `docs/keys.md` is `keys.md`. Undefined for other files. */
export function addressOf(file: string): string | undefined {
  for (const [pattern, address] of rules)
    if (pattern.test(file)) return file.replace(pattern, address).replace(/\/\.md$/, '/index.md')
  return /^[^/]+\.md$/.test(file) ? file.toLowerCase().replaceAll('_', '-') : undefined
}

/** Every page there is: file and address. Two files with one address are an error. */
export function findPages(): ReadonlyMap<string, string> {
  const files = globSync([...sources], { cwd: root }).map((file) => file.split(path.sep).join('/'))
  const pages = new Map<string, string>()
  const taken = new Map<string, string>()
  for (const file of files.toSorted()) {
    const address = addressOf(file)
    if (address === undefined) throw new Error(`${file} is a page without an address`)
    const other = taken.get(address)
    if (other !== undefined) throw new Error(`${file} and ${other} are both the page ${address}`)
    taken.set(address, file)
    pages.set(file, address)
  }
  return pages
}

/** The page of a folder is its README. */
export function pageOfFolder(folder: string): string | undefined {
  const file = path.posix.join(folder, 'README.md')
  return existsSync(path.join(root, file)) ? file : undefined
}
