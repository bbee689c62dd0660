import { createVerifier } from '@entraguard/core'
import { createEmulator } from '@entraguard/emulator'
import type { FastifyInstance } from 'fastify'
import { afterEach, expect, test } from 'vitest'

import { documented, ownErrors, scopes } from './fastify-more.ts'
import { createApp } from './fastify.ts'

const entra = await createEmulator()
const verifier = createVerifier(entra.verifierOptions())
const reader = await entra.issueUserToken({ scopes: ['Orders.Read'] })

let app: FastifyInstance
afterEach(() => app.close())

async function get(url: string, token?: string, method: 'GET' | 'DELETE' = 'GET'): Promise<number> {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` }
  return (await app.inject({ method, url, headers })).statusCode
}

test('the first example asks for the scope, and leaves health open', async () => {
  app = await createApp(verifier)
  expect([await get('/health'), await get('/orders'), await get('/orders', reader)]).toEqual([200, 401, 200])
})

test('a scope has its own guard and its own default', async () => {
  app = await scopes(verifier)
  expect([await get('/health'), await get('/api/orders'), await get('/api/orders', reader)]).toEqual([
    200, 401, 200,
  ])
  expect(await get('/api/orders/7', reader, 'DELETE')).toBe(403)
})

test('the error handler of the application answers refusals', async () => {
  app = await ownErrors(verifier)
  expect([await get('/orders', 'bad'), await get('/orders', reader)]).toEqual([401, 200])
})

test('the document says which routes ask for a token', async () => {
  app = await documented(verifier)
  await app.ready()
  expect(JSON.stringify(app.swagger())).toContain('"security":[{"bearer":[]}]')
})
