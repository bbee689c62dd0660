import { readFileSync } from 'node:fs'
import path from 'node:path'

import { expect, test } from 'vitest'

const root = path.join(import.meta.dirname, '..')
const read = (file: string): string => readFileSync(path.join(root, file), 'utf8')

interface Page {
  readonly page: string
  /** Where the tables begin whose rows are meant; without it, all of the page. */
  readonly section?: string
  readonly tests: readonly string[]
}

/** A page about what the guard of an adapter sees, and the tests of its rows. */
const pages: readonly Page[] = [
  {
    page: 'docs/what-the-guard-sees-hono.md',
    tests: [
      'packages/hono/test/what-the-guard-sees.test.ts',
      'packages/hono/test/entra-guard.test.ts',
      'tests/runtimes/hono/what-the-guard-sees.slow.test.ts',
    ],
  },
  {
    page: 'docs/what-the-guard-sees-nest.md',
    section: '## GraphQL',
    tests: [
      'packages/nestjs/test/graphql-ways.test.ts',
      'packages/nestjs/test/graphql-context-suite.ts',
      'packages/nestjs/test/graphql-context.test.ts',
    ],
  },
]

/** The first cells of the rows of its tables, without code marks and heads. */
function rowsOf({ page, section = '' }: Page): readonly string[] {
  const text = read(page)
  const from = text.indexOf(`\n${section}\n`)
  if (section !== '' && from === -1) throw new Error(`${page} has no ${section}`)
  const cells = [...text.slice(from + 1 + section.length).matchAll(/^\| (.*?) +\|.*\n(?!\| -)/gm)]
  return cells.map(([, cell = '']) => cell.replaceAll('`', '')).filter((cell) => !/^-+$/.test(cell))
}

test.each(pages)('$page $section: every row has a test of its name', ({ tests, ...page }) => {
  const titles = tests.map(read).join('\n')
  const rows = rowsOf({ ...page, tests })
  expect(rows.length).toBeGreaterThan(10)
  expect(
    rows.filter((row) => !new RegExp(`describe(?:\\.each\\(.*\\))?\\('${row}[',]`).test(titles)),
  ).toEqual([])
})
