import { createVerifier } from '@entraguard/core'
import { getRequestListener } from '@hono/node-server'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { closeChromium, inChromium, pickAccount } from './chromium.ts'
import { createApi } from './orders-api.ts'
import { ADA, PAGE, serve, tenantId, createWorld, type World } from './world.ts'

let world: World

beforeAll(async () => {
  world = await createWorld()
})
afterAll(async () => {
  await closeChromium(world)
  await world.close()
})

const scripts = { app: 'orders.ts', silent: 'msal-redirect.ts' }

/** What the page of the documentation gets from the API at this address, if it stays a page. */
const call = async (page: Page, url: string): Promise<unknown> => {
  await page.waitForFunction(() => 'orders' in globalThis)
  const auth = {
    clientId: PAGE,
    authority: `${world.server.url}/${tenantId}`,
    knownAuthorities: [`localhost:${world.server.port}`],
  }
  return page.evaluate(
    async ([settings, address]) => {
      const app = await orders.start(settings)
      const answer = await orders.callApi(app, address)
      return { status: answer.status, body: await answer.json() }
    },
    [auth, url] as const,
  )
}

test('the page of the documentation signs its user in, calls an API of another origin, and stays signed in', async () => {
  await inChromium(world, scripts, async (page, origin) => {
    const verifier = createVerifier(world.entra.verifierOptions())
    const listener = getRequestListener(createApi(verifier, origin).fetch)
    await serve(
      () => listener,
      async (api) => {
        // The promise ends with the page that it is made on.
        void call(page, `${api}/orders`).catch(() => undefined)
        await page.waitForURL((url) => url.origin === world.server.url)
        await pickAccount(page, 'Ada Lovelace', origin)
        const answer = { status: 200, body: { of: `${tenantId}.${ADA}` } }
        expect(await call(page, `${api}/orders`)).toEqual(answer)
        await page.reload()
        expect(await call(page, `${api}/orders`)).toEqual(answer)
      },
      world.tls,
    )
  })
})
