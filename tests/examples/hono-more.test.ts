import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'

import { createVerifier } from '@entraguard/core'
import { createEmulator } from '@entraguard/emulator'
import { serve, type WebSocketServerLike } from '@hono/node-server'
import { createStorage } from 'unstorage'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'

import { alone, browserSocket, ordered, shop, socket, ticker, worker } from './hono-more.ts'

const entra = await createEmulator()
const bearer = async (token: Promise<string>): Promise<{ headers: { authorization: string } }> => ({
  headers: { authorization: `Bearer ${await token}` },
})
const reader = (): ReturnType<typeof bearer> => bearer(entra.issueUserToken({ scopes: ['Orders.Read'] }))

// The examples say nothing about fetch: what they ask Microsoft for, the emulator answers.
beforeEach(() => vi.stubGlobal('fetch', entra.fetch))
afterEach(() => vi.unstubAllGlobals())

test('a Worker makes its verifier from its bindings', async () => {
  const env = { TENANT_ID: entra.directory.firstTenant.id, CLIENT_ID: entra.directory.firstApp.clientId }
  const request = await bearer(entra.issueUserToken({ version: '2.0' }))
  expect((await worker.request('/orders', request, env)).status).toBe(200)
  expect((await worker.request('/orders', request, { ...env, CLIENT_ID: env.TENANT_ID })).status).toBe(401)
})

test('what stands before the guard is public, and a refusal still carries the CORS headers', async () => {
  const origin = 'https://orders.example'
  const preflight = {
    origin,
    'access-control-request-method': 'GET',
    'access-control-request-headers': 'authorization',
  }
  expect((await ordered.request('/orders', { method: 'OPTIONS', headers: preflight })).status).toBe(204)
  expect((await ordered.request('/health')).status).toBe(200)
  const refused = await ordered.request('/orders', { headers: { origin } })
  expect(refused.status).toBe(401)
  expect(refused.headers.get('access-control-allow-origin')).toBe(origin)
  expect((await ordered.request('/orders', await reader())).status).toBe(200)
})

test('a route with a guard of its own, and an optional one', async () => {
  expect((await alone.request('/reports')).headers.get('www-authenticate')).toBe('Bearer realm="reports"')
  const app = await bearer(entra.issueAppToken({ roles: ['Reports.Read.All'] }))
  expect(await (await alone.request('/reports', app)).text()).toMatch(/^for the app /)
  expect(await (await shop.request('/prices')).json()).toEqual({ reduced: false })
  expect(await (await shop.request('/prices', await reader())).json()).toEqual({ reduced: true })
  expect((await shop.request('/orders')).status).toBe(401)
})

test('a stream does not begin without a token, and ends with it', async () => {
  expect((await ticker.request('/ticks')).status).toBe(401)
  // Expired, within the clock tolerance: accepted, with no time left.
  const late = await ticker.request('/ticks', await bearer(entra.issueUserToken({ expiresIn: -10 })))
  expect([late.status, await late.text()]).toEqual([200, ''])
  const running = await ticker.request('/ticks', await reader())
  const first = await running.body?.getReader().read()
  expect(new TextDecoder().decode(first?.value)).toMatch(/^\d{4}-/)
})

async function withServer(
  app: { fetch: typeof socket.fetch },
  run: (url: string) => Promise<void>,
): Promise<void> {
  const server = serve({
    fetch: app.fetch,
    hostname: '127.0.0.1',
    port: 0,
    websocket: { server: new WebSocketServer({ noServer: true }) as WebSocketServerLike },
  })
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  try {
    await run(`ws://127.0.0.1:${address.port}/socket`)
  } finally {
    server.close()
  }
}

const status = (url: string, headers: Record<string, string>): Promise<number | undefined> =>
  new Promise((resolve) => {
    const client = new WebSocket(url, { headers })
    client.on('unexpected-response', (_request, response) => {
      resolve(response.statusCode)
      client.terminate()
    })
    client.on('error', () => {})
    client.on('open', () => {
      resolve(101)
      client.terminate()
    })
  })

describe('a WebSocket', () => {
  test('is refused before it is upgraded', async () => {
    await withServer(socket, async (url) => {
      expect(await status(url, {})).toBe(401)
      expect(await status(url, { authorization: 'Bearer x' })).toBe(401)
      expect(
        await status(url, (await bearer(entra.issueUserToken({ scopes: ['Orders.Write'] }))).headers),
      ).toBe(403)
      const client = new WebSocket(url, { headers: (await reader()).headers })
      const [greeting] = (await once(client, 'message')) as [Buffer]
      expect(greeting.toString()).toMatch(/^hello /)
      client.terminate()
    })
  })

  test('of a browser is closed when its first message is no token', async () => {
    await withServer(browserSocket, async (url) => {
      const bad = new WebSocket(url)
      await once(bad, 'open')
      bad.send('let me in')
      expect((await once(bad, 'close'))[0]).toBe(1008)
      const good = new WebSocket(url)
      await once(good, 'open')
      good.send(await entra.issueUserToken({ scopes: ['Orders.Read'] }))
      expect(String((await once(good, 'message'))[0])).toBe('welcome')
      good.send('hello')
      expect(String((await once(good, 'message'))[0])).toMatch(/ said hello$/)
      good.terminate()
      await sleep(0)
    })
  })
})

test('an unstorage Storage is a store as it is', async () => {
  const store = createStorage()
  const options = { ...entra.verifierOptions(), store, storeSecret: 'a secret' }
  const work: Array<Promise<unknown>> = []
  const context = { waitUntil: (one: Promise<unknown>): void => void work.push(one) }
  await createVerifier(options).verify(await entra.issueUserToken(), context)
  await Promise.all(work)
  expect(await store.getKeys()).toHaveLength(2)
  entra.requests.length = 0
  await createVerifier(options).verify(await entra.issueUserToken())
  expect(entra.requests).toHaveLength(0)
})
