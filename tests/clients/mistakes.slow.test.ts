import { readFileSync } from 'node:fs'
import { globSync } from 'node:fs'
import path from 'node:path'
import { inspect } from 'node:util'

import { afterAll, beforeAll, expect, test } from 'vitest'

import { closeChromium } from './chromium.ts'
import { mistakes } from './mistakes.ts'
import { createWorld, type World } from './world.ts'

const root = path.join(import.meta.dirname, '../..')

let world: World

beforeAll(async () => {
  world = await createWorld()
})

afterAll(async () => {
  await closeChromium(world)
  await world.close()
})

test.each(mistakes)('AADSTS$code: $mistake, with $client', async ({ code, make }) => {
  const shown: unknown = await make(world).catch((error: unknown) => error)
  expect(inspect(shown, { depth: 6 })).toMatch(new RegExp(`AADSTS${code}\\b`))
})

test('every code that the documentation names is the answer to one of these mistakes', () => {
  const pages = globSync(['docs/**/*.md', 'packages/*/README.md', 'README.md'], { cwd: root })
  const named = pages.flatMap((page) =>
    [...readFileSync(path.join(root, page), 'utf8').matchAll(/AADSTS(\d+)/g)].map(([, code]) => Number(code)),
  )
  expect(named.length).toBeGreaterThan(20)
  const made = new Set(mistakes.map(({ code }) => code))
  expect([...new Set(named)].filter((code) => !made.has(code))).toEqual([])
})
