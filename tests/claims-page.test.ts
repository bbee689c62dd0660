import { readFileSync } from 'node:fs'

import { claimCatalogue } from '@entraguard/core/explain'
import { expect, test } from 'vitest'

const page = readFileSync(new URL('../docs/claims.md', import.meta.url), 'utf8')
const [payload = '', header = ''] = page.split('## Header')

/** Name, v1.0, v2.0, B2C, class and meaning of each row. */
const rowsOf = (part: string): string[][] =>
  Array.from(part.matchAll(/^\| `([^`]+)` +\| (.*) \|$/gm), ([, name = '', cells = '']) => [
    name,
    ...cells.split(/(?<!\\)\|/).map((cell) => cell.trim()),
  ]).filter((row) => row.length === 6)

/** `yes`, `optional` or nothing: whether a kind of token carries it. */
function carried(versions: string, kind: string): string {
  if (versions === 'all') return 'yes'
  if (versions === 'opt') return kind === 'B' ? '' : 'optional'
  const part = versions.split(', ').find((text) => text.split(' ').includes(kind))
  return part === undefined ? '' : part.endsWith('opt') ? 'optional' : 'yes'
}

test.each([
  ['payload', payload],
  ['header', header],
])('docs/claims.md has what the catalogue says, for the %s', (where, part) => {
  const rows = Array.from(
    claimCatalogue.filter((row) => row.where === where),
    ({ name, versions, safety, meaning }) => [
      name,
      ...['1', '2', 'B'].map((kind) => carried(versions, kind)),
      safety,
      meaning.replaceAll(/[|<*]/g, String.raw`\$&`),
    ],
  )
  expect(rowsOf(part)).toEqual(rows)
})
