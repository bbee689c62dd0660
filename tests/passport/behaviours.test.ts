import path from 'node:path'

import { afterAll, beforeAll, describe, expect, it, test } from 'vitest'

import { b2cRows } from './behaviours/b2c.ts'
import { callbacks, construction } from './behaviours/callbacks.ts'
import { keys, places } from './behaviours/requests.ts'
import type { Row } from './behaviours/row.ts'
import { commonRows, tenants } from './behaviours/tenants.ts'
import { audiences, scopes, tokens } from './behaviours/tokens.ts'
import { createWorld, outcomeOf, type Which, type World } from './both.ts'
import { behavioursPage, type Section } from './page.ts'

const sections: readonly Section[] = [
  ['Tokens', tokens],
  ['Tenants and versions', tenants],
  ['The metadata of `common`', commonRows],
  ['Azure AD B2C', b2cRows],
  ['Audiences', audiences],
  ['Scopes', scopes],
  ['Where the token is', places],
  ['Keys', keys],
  ['The verify function', callbacks],
  ['The constructor', construction],
]

let shared: World
beforeAll(async () => {
  shared = await createWorld()
})
afterAll(async () => shared.close())

/** A world of its own, where something happens meanwhile. */
async function outcomeIn(world: World, which: Which, row: Row): Promise<unknown> {
  if (row.meanwhile === undefined) return outcomeOf(which, row, world)
  const own = await createWorld()
  try {
    return await outcomeOf(which, row, own)
  } finally {
    await own.close()
  }
}

describe.each(sections)('%s', (_, rows) => {
  it.each(rows.map((row) => [row.does, row] as const))('%s', async (__, row) => {
    const outcomes = {
      was: await outcomeIn(shared, 'passport-azure-ad', row),
      is: await outcomeIn(shared, '@entraguard/passport', row),
    }
    expect(outcomes).toEqual({ was: row.was, is: 'is' in row ? row.is : row.was })
  })
})

test('the page of the documentation is this table', async () => {
  // Another row? Then `pnpm vitest run tests/passport/behaviours -u`.
  const file = path.join(import.meta.dirname, '../../docs/passport-azure-ad-row-by-row.md')
  await expect(behavioursPage(sections)).toMatchFileSnapshot(file)
})

test('every row that differs says why', () => {
  const rows = sections.flatMap(([, each]) => each)
  const silent = rows.filter((row) => 'is' in row && (row.why === '' || row.is === row.was))
  expect(silent).toEqual([])
  expect(new Set(sections.flatMap(([title, each]) => each.map(({ does }) => `${title}: ${does}`))).size).toBe(
    rows.length,
  )
  expect(rows.length).toBeGreaterThan(100)
})
