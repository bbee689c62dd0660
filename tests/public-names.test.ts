import { globSync, readFileSync } from 'node:fs'
import path from 'node:path'

import { describe, expect, test } from 'vitest'

const root = path.join(import.meta.dirname, '..')

const read = (file: string): string => readFileSync(path.join(root, file), 'utf8')
const readAll = (...patterns: string[]): string[] =>
  globSync(patterns, { cwd: root, exclude: ['**/node_modules/**', '**/dist/**', '**/.next/**'] })
    .filter((file) => !file.endsWith('public-names.test.ts'))
    .map(read)

/** Every entry point: how it is imported, and its source, from the `exports` of the packages. */
const entries = globSync('packages/*/package.json', { cwd: root }).flatMap((file) => {
  const { name, exports }: { name: string; exports: Record<string, { '@entraguard/source'?: string }> } =
    JSON.parse(read(file))
  return Object.entries(exports).flatMap(([entry, { '@entraguard/source': source }]) =>
    source === undefined
      ? []
      : [[path.posix.join(name, entry), path.join(path.dirname(file), source)] as const],
  )
})

interface Names {
  readonly values: ReadonlySet<string>
  readonly types: ReadonlySet<string>
}

/** The names that a source file exports, those of `export *` included. */
function namesOf(file: string): Names {
  const source = read(file).replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '')
  const values = new Set<string>()
  const types = new Set<string>()
  for (const [, isType, list = ''] of source.matchAll(/^export (type )?\{([^}]*)\}/gm)) {
    for (const item of list.split(',').map((text) => text.trim())) {
      const name = item.replace(/^type /, '').replace(/^\w+ as /, '')
      if (name !== '') (isType !== undefined || item.startsWith('type ') ? types : values).add(name)
    }
  }
  for (const [, name = ''] of source.matchAll(/^export (?:async )?(?:const|function|class) (\w+)/gm))
    values.add(name)
  for (const [, name = ''] of source.matchAll(/^export (?:interface|type) (\w+)/gm)) types.add(name)
  for (const [, from = ''] of source.matchAll(/^export \* from '(.*)'/gm)) {
    const more = namesOf(path.join(path.dirname(file), from))
    for (const name of more.values) values.add(name)
    for (const name of more.types) types.add(name)
  }
  return { values, types }
}

/** What Markdown shows as code: only there does a word like `App` or `Policy` mean the name. */
const codeOf = (markdown: string): string =>
  [...markdown.matchAll(/^```\w+\n[\s\S]*?^```$|`[^`\n]+`/gm)].map(([code]) => code).join('\n')

/** The names that a file imports, by whatever path. */
const importsOf = (source: string): string[] =>
  [...source.matchAll(/\b(?:import|export)\s+(?:type\s+)?\{([^}]*)\}\s*from\b/g)].flatMap(([, list = '']) =>
    list.split(',').map((item) =>
      item
        .trim()
        .replace(/^type /, '')
        .replace(/ as \w+$/, ''),
    ),
  )

const has = (text: string, name: string): boolean => new RegExp(`\\b${name}\\b`).test(text)

const documentation = readAll('README.md', 'docs/**/*.md').map(codeOf).join('\n')
const tests = new Set(
  readAll('packages/*/test/**/*.ts', 'tests/**/*.ts', 'templates/*/test/**/*.ts').flatMap(importsOf),
)
/** The sample apps, the examples, and every other file that a page quotes. */
const quoted = readAll('packages/*/README.md', 'docs/**/*.md').flatMap((markdown) =>
  [...markdown.matchAll(/^<!-- snippet: ([^\s#]+)/gm)].map(([, file = '']) => read(file)),
)
const samples = new Set(
  [...readAll('apps/**/*.{ts,tsx}', 'tests/examples/**/*.ts', 'templates/**/*.ts'), ...quoted].flatMap(
    importsOf,
  ),
)

describe.each(entries)('%s', (specifier, file) => {
  const { values, types } = namesOf(file)
  const readme = codeOf(read(path.join(path.dirname(file), '../README.md')))

  test('exports the values that its source names', async () => {
    const module: object = await import(specifier)
    expect([...values].toSorted()).toEqual(Object.keys(module).toSorted())
  })

  test('each name stands in the documentation', () => {
    const absent = [...values, ...types].filter((name) => !has(documentation, name) && !has(readme, name))
    expect(absent).toEqual([])
  })

  test('each name is used in a test', () => {
    expect([...values, ...types].filter((name) => !tests.has(name))).toEqual([])
  })

  test('each value is used in a sample', () => {
    expect([...values].filter((name) => !samples.has(name))).toEqual([])
  })
})
