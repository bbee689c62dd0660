import path from 'node:path'

import { afterAll, beforeAll, describe, expect, it, test } from 'vitest'

import { closeChromium } from './chromium.ts'
import { clients } from './clients.ts'
import { mistakes } from './mistakes.ts'
import { clientsPage } from './page.ts'
import { createWorld, type World } from './world.ts'

let world: World

beforeAll(async () => {
  world = await createWorld()
})

afterAll(async () => {
  await closeChromium(world)
  await world.close()
})

describe.each(clients)('$name', ({ flows }) => {
  // oxlint-disable-next-line vitest/expect-expect -- each flow has its own
  it.each(Object.entries(flows))('%s', async (_, flow) => flow(world))
})

test('the page of the documentation says what was tried', async () => {
  // Another client or flow? Then `ENTRAGUARD_ALL=1 pnpm vitest run --project clients -t documentation -u`.
  const file = path.join(import.meta.dirname, '../../docs/clients.md')
  await expect(clientsPage(clients, mistakes)).toMatchFileSnapshot(file)
})
