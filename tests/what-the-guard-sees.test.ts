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
  {
    page: 'docs/what-the-guard-sees-nest.md',
    tests: [
      'packages/nestjs/test/gateway.test.ts',
      'packages/nestjs/test/graphql-context-suite.ts',
      'packages/nestjs/test/graphql-context.test.ts',
      'packages/nestjs/test/graphql-ways.test.ts',
      'packages/nestjs/test/grpc.test.ts',
      'packages/nestjs/test/lost-rules.test.ts',
      'packages/nestjs/test/messages.test.ts',
      'packages/nestjs/test/other-classes.test.ts',
      'packages/nestjs/test/other-guards.test.ts',
      'packages/nestjs/test/public-and-guards.test.ts',
      'packages/nestjs/test/redis.slow.test.ts',
      'packages/nestjs/test/transports.test.ts',
      'packages/nestjs/test/what-the-guard-sees-sockets.test.ts',
      'packages/nestjs/test/what-the-guard-sees.test.ts',
    ],
  },
  {
    page: 'docs/what-the-guard-sees-next.md',
    tests: ['tests/next/what-the-guard-sees.slow.test.ts', 'tests/next/next.slow.test.ts'],
  },
] as const

/** The first cells of the rows of its tables, without code marks and heads. */
const rowsOf = (page: string): readonly string[] =>
  [...read(page).matchAll(/^\| (.*?) +\|.*\n\| -.*\n((?:\|.*\n)+)/gm)]
    // Every combination of columns is a test of its own, made of the table.
    .filter(([, head]) => head !== 'class' && head !== 'class says')
    .flatMap(([, , rows = '']) => rows.trim().split('\n'))
    .map((row) => row.split('|')[1]?.trim().replaceAll('`', '') ?? '')

test.each(pages)('$page: every row has a test of its name', ({ page, tests }) => {
  const titles = tests.map(read).join('\n')
  const rows = rowsOf(page)
  expect(rows.length).toBeGreaterThan(10)
  expect(
    rows.filter((row) => !new RegExp(`describe(?:\\.each\\(.*\\))?\\('${row}[',]`).test(titles)),
  ).toEqual([])
})
