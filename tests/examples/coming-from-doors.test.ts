import { once } from 'node:events'
import type { AddressInfo } from 'node:net'

import { createVerifier } from '@entraguard/core'
import { createEmulator } from '@entraguard/emulator'
import { expect, test } from 'vitest'

import { afterExpressJwt, afterFastifyJwt, afterOauth2Bearer, verifier } from './coming-from-doors.ts'

const entra = await createEmulator()
const ours = createVerifier(entra.verifierOptions())
const reader = await entra.issueUserToken({ scopes: ['Orders.Read'] })
const writer = await entra.issueUserToken({ scopes: ['Orders.Write'] })
const tokens = [undefined, 'bad', writer, reader]

const headersOf = (token: string | undefined): Record<string, string> =>
  token === undefined ? {} : { authorization: `Bearer ${token}` }

test.each([
  ['express-oauth2-jwt-bearer', afterOauth2Bearer],
  ['express-jwt', afterExpressJwt],
])('after %s the same route is guarded', async (_, createApp) => {
  const server = createApp(ours).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const statuses = await Promise.all(
    tokens.map(async (token) => {
      const { status } = await fetch(`http://127.0.0.1:${port}/orders`, { headers: headersOf(token) })
      return status
    }),
  )
  server.close()
  expect(statuses).toEqual([401, 401, 403, 200])
})

test('after @fastify/jwt the same route is guarded, and health is open', async () => {
  const app = await afterFastifyJwt(ours)
  const statuses = await Promise.all(
    tokens.map(async (token) => {
      const { statusCode } = await app.inject({ method: 'GET', url: '/orders', headers: headersOf(token) })
      return statusCode
    }),
  )
  expect(statuses).toEqual([401, 401, 403, 200])
  expect((await app.inject('/health')).statusCode).toBe(200)
  expect(verifier.audience).toContain('22222222-2222-4222-8222-222222222222')
})
