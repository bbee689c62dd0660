import { once } from 'node:events'
import { connect, type AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

import { createVerifier } from '@entraguard/core'
import { createEmulator, type Emulator } from '@entraguard/emulator'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { createApp } from './express.ts'

let entra: Emulator
let server: ReturnType<ReturnType<typeof createApp>['listen']>
let port: number

beforeAll(async () => {
  entra = await createEmulator()
  server = createApp(createVerifier(entra.verifierOptions())).listen(0, '127.0.0.1')
  await once(server, 'listening')
  port = (server.address() as AddressInfo).port
})
afterAll(() => server.close())

const call = (token: string | undefined, method = 'GET'): Promise<Response> =>
  fetch(`http://127.0.0.1:${port}/orders`, {
    method,
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
  })

test('a user with the scope gets in, and the handler knows who it is', async () => {
  const response = await call(await entra.issueUserToken({ scopes: ['Orders.Read'] }))
  expect(response.status).toBe(200)
  expect(await response.json()).toEqual({
    of: '11111111-1111-4111-8111-111111111111.aaaaaaaa-0000-4000-8000-000000000001',
  })
})

test('everyone else gets the challenge', async () => {
  const without = await call(undefined)
  expect([without.status, without.headers.get('www-authenticate')]).toEqual([
    401,
    'Bearer scope="api://22222222-2222-4222-8222-222222222222/Orders.Read"',
  ])
  const writer = await call(await entra.issueUserToken({ scopes: ['Orders.Write'] }))
  expect([writer.status, writer.headers.get('www-authenticate')]).toEqual([
    403,
    expect.stringContaining('scope="api://22222222-2222-4222-8222-222222222222/Orders.Read"'),
  ])
  entra.advance(7200)
  const old = await call(await entra.issueUserToken({ expiresIn: -3600 }))
  expect([old.status, await old.json()]).toEqual([401, expect.objectContaining({ error: 'invalid_token' })])
})

test('an app is admitted where its permission is named, and nowhere else', async () => {
  const daemon = await entra.issueAppToken({ roles: ['Orders.Write.All'] })
  expect(await (await call(daemon, 'POST')).json()).toEqual({ by: 'app' })
  expect((await call(daemon)).status).toBe(403)
})

test('two Authorization headers are refused, whichever of them is good', async () => {
  const token = await entra.issueUserToken()
  const socket = connect(port, '127.0.0.1')
  socket.end(
    `GET /orders HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer ${token}\r\nAuthorization: Bearer x\r\n\r\n`,
  )
  expect(await text(socket)).toContain('HTTP/1.1 400 ')
})
