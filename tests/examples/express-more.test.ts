import { once } from 'node:events'
import type { AddressInfo } from 'node:net'

import { createVerifier } from '@entraguard/core'
import { createEmulator } from '@entraguard/emulator'
import type { Express } from 'express'
import { afterEach, expect, test } from 'vitest'

import { alone, ownErrors, routers, shop } from './express-more.ts'

const entra = await createEmulator()
const verifier = createVerifier(entra.verifierOptions())
const reader = await entra.issueUserToken({ scopes: ['Orders.Read'] })

let close = (): void => {}
afterEach(() => close())

async function serve(app: Express): Promise<(path: string, token?: string) => Promise<Response>> {
  const server = app.listen(0, '127.0.0.1')
  await once(server, 'listening')
  close = () => {
    server.closeAllConnections()
    server.close()
  }
  const { port } = server.address() as AddressInfo
  return (path, token) =>
    fetch(`http://127.0.0.1:${port}${path}`, {
      headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
    })
}

test('a guard of one route has its own access and realm', async () => {
  const get = await serve(alone(verifier))
  expect((await get('/reports')).headers.get('www-authenticate')).toBe('Bearer realm="reports"')
  expect((await get('/reports', reader)).status).toBe(403)
  const daemon = await entra.issueAppToken({ roles: ['Reports.Read.All'] })
  expect(await (await get('/reports', daemon)).text()).toMatch(/^for the app /)
})

test('a router behind a guard asks for its own permissions', async () => {
  const get = await serve(routers(verifier))
  expect((await get('/api/north/orders/7')).status).toBe(401)
  expect(await (await get('/api/north/orders/7', reader)).json()).toMatchObject({ id: '7' })
})

test('an optional guard knows who has signed in, and refuses a bad token', async () => {
  const get = await serve(shop(verifier))
  expect(await (await get('/prices')).json()).toEqual({ reduced: false })
  expect(await (await get('/prices', reader)).json()).toEqual({ reduced: true })
  expect((await get('/prices', 'bad')).status).toBe(401)
})

test('the error handler of the application answers refusals, and knows why', async () => {
  const logged: object[] = []
  const get = await serve(ownErrors(verifier, (what) => logged.push(what)))
  const refused = await get('/orders', 'bad')
  expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([
    401,
    expect.stringContaining('invalid_token'),
  ])
  expect(logged).toMatchObject([{ code: 'token_malformed' }])
  expect((await get('/orders', reader)).status).toBe(200)
})
