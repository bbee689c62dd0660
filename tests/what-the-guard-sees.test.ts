import { readFileSync } from 'node:fs'
import path from 'node:path'

import { expect, test } from 'vitest'

const root = path.join(import.meta.dirname, '..')
const read = (file: string): string => readFileSync(path.join(root, file), 'utf8')

/** A page about what the guard of an adapter sees, and the tests of its rows. */
const pages = [
  {
    page: 'docs/what-the-guard-sees-hono.md',
    tests: [
      'packages/hono/test/what-the-guard-sees.test.ts',
      'packages/hono/test/entra-guard.test.ts',
      'tests/runtimes/hono/what-the-guard-sees.slow.test.ts',
    ],
  },
] as const

/** The first cells of the rows of its table, without code marks. */
const rowsOf = (page: string): readonly string[] =>
  [...read(page).matchAll(/^\| (.*?) +\|/gm)]
    .map(([, cell = '']) => cell.replaceAll('`', ''))
    .filter((cell) => cell !== 'what runs' && !/^-+$/.test(cell))

test.each(pages)('$page: every row has a test of its name', ({ page, tests }) => {
  const titles = tests.map(read).join('\n')
  const rows = rowsOf(page)
  expect(rows.length).toBeGreaterThan(10)
  expect(
    rows.filter((row) => !new RegExp(`describe(?:\\.each\\(.*\\))?\\('${row}[',]`).test(titles)),
  ).toEqual([])
})
