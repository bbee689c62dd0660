import { once } from 'node:events'
import { createServer, request as httpRequest, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

import { authorize, createVerifier, type Verifier } from '@entraguard/core'
import { createEmulator, type Emulator } from '@entraguard/emulator'
import type { NextApiRequest, NextApiResponse } from 'next'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'

import { withEntraGuardApi } from '../src/index.ts'

let entra: Emulator
let verifier: Verifier
let server: Server

beforeEach(async () => {
  entra = await createEmulator()
  verifier = createVerifier({ ...entra.verifierOptions(), challenge: { exposeCode: true } })
})

afterEach(() => void server?.close())

type ApiHandler = (req: NextApiRequest, res: NextApiResponse) => Promise<void>

/** What Next adds to Node's request and response is not needed here: the sockets and headers are real. */
async function serve(handler: ApiHandler, failed: (error: unknown) => void = () => {}): Promise<number> {
  server = createServer((req, res) => {
    handler(req as NextApiRequest, res as NextApiResponse).catch((error: unknown) => {
      failed(error)
      res.destroy()
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

async function get(port: number, headers: readonly string[]): Promise<{ status: number; body: string }> {
  const sent = httpRequest({ host: '127.0.0.1', port, headers: ['host', 'localhost', ...headers] })
  sent.end()
  const [response] = (await once(sent, 'response')) as [IncomingMessage]
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk as Buffer)
  return { status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() }
}

const hello: Parameters<typeof withEntraGuardApi>[2] = (_req, res) => res.end('hello')
const access = { callers: ['user', 'app'] } as const

it('refuses two Authorization headers, of which Node shows the first only', async () => {
  const port = await serve(withEntraGuardApi(verifier, access, hello))
  const good = `Bearer ${await entra.issueUserToken()}`
  for (const names of [
    ['authorization', 'authorization'],
    ['Authorization', 'AUTHORIZATION'],
  ]) {
    const { status, body } = await get(port, [
      names[0] ?? '',
      good,
      'x-between',
      '1',
      names[1] ?? '',
      'Basic YTpi',
    ])
    expect(status).toBe(400)
    expect(JSON.parse(body)).toMatchObject({ code: 'request_malformed' })
  }
  expect(await get(port, ['authorization', good])).toEqual({ status: 200, body: 'hello' })
})

it('does not take the value of another header for a second credential', async () => {
  const port = await serve(withEntraGuardApi(verifier, access, hello))
  const good = `Bearer ${await entra.issueUserToken()}`
  expect((await get(port, ['x-name', 'authorization', 'authorization', good])).status).toBe(200)
})

it('reads the header that proxy.ts has set in the place of the one that was sent', async () => {
  const token = await entra.issueUserToken()
  const guarded = withEntraGuardApi(verifier, access, hello)
  const port = await serve((req, res) => {
    req.headers.authorization = `Bearer ${token}`
    return guarded(req, res)
  })
  expect((await get(port, ['authorization', 'Basic YTpi'])).status).toBe(200)
})

it('never runs the handler for a caller that may not pass', async () => {
  const handler = vi.fn<typeof hello>(hello)
  const port = await serve(withEntraGuardApi(verifier, { scopes: ['Orders.Read'] }, handler))
  expect((await get(port, [])).status).toBe(401)
  expect((await get(port, ['authorization', `Bearer ${await entra.issueAppToken()}`])).status).toBe(403)
  expect(handler).not.toHaveBeenCalled()
})

it('turns a refusal that the handler throws into its challenge', async () => {
  const port = await serve(
    withEntraGuardApi(verifier, { scopes: ['Orders.Read'] }, (_req, _res, user) =>
      authorize(user, { scopes: ['Orders.Delete'] }),
    ),
  )
  const { status, body } = await get(port, ['authorization', `Bearer ${await entra.issueUserToken()}`])
  expect(status).toBe(403)
  expect(JSON.parse(body)).toMatchObject({ error: 'insufficient_scope', code: 'scope_missing' })
})

it('answers with its own body, whatever the handler has said about the one it meant to send', async () => {
  const port = await serve(
    withEntraGuardApi(verifier, { scopes: ['Orders.Read'] }, (_req, res, user) => {
      res
        .setHeader('content-length', '1000')
        .setHeader('content-encoding', 'gzip')
        .setHeader('etag', '"orders"')
      authorize(user, { scopes: ['Orders.Delete'] })
    }),
  )
  const authorization = `Bearer ${await entra.issueUserToken()}`
  const response = await fetch(`http://127.0.0.1:${port}`, { headers: { authorization } })
  expect(response.headers.get('etag')).toBeNull()
  expect(await response.json()).toMatchObject({ code: 'scope_missing' })
})

it('leaves to Next what the handler throws otherwise, or after it has begun to answer', async () => {
  const failed = vi.fn<(error: unknown) => void>()
  const broken = new Error('database gone')
  const first = await serve(
    withEntraGuardApi(verifier, access, () => Promise.reject(broken)),
    failed,
  )
  const authorization = `Bearer ${await entra.issueUserToken()}`
  await expect(get(first, ['authorization', authorization])).rejects.toThrow(/hang up|aborted|ECONNRESET/)
  expect(failed).toHaveBeenCalledWith(broken)
  server.close()

  const second = await serve(
    withEntraGuardApi(verifier, { scopes: ['Orders.Read'] }, (_req, res, user) => {
      res.write('half an answer')
      authorize(user, { scopes: ['Orders.Delete'] })
    }),
    failed,
  )
  await expect(get(second, ['authorization', authorization])).rejects.toThrow(/hang up|aborted|ECONNRESET/)
  expect(failed).toHaveBeenLastCalledWith(expect.objectContaining({ code: 'scope_missing' }))
})

it('refuses an access that admits nobody where the route is declared', () => {
  expect(() => withEntraGuardApi(verifier, { mfa: true }, hello)).toThrow(TypeError)
})

it('gives the handler nobody where a token is optional and none came, and refuses one that is not good', async () => {
  const port = await serve(
    withEntraGuardApi(verifier, access, (_req, res, caller) => res.end(caller?.kind ?? 'nobody'), {
      optional: true,
    }),
  )
  expect(await get(port, [])).toEqual({ status: 200, body: 'nobody' })
  expect((await get(port, ['authorization', 'Bearer x'])).status).toBe(401)
  expect((await get(port, ['authorization', 'Bearer x', 'authorization', 'Bearer y'])).status).toBe(400)
  const good = `Bearer ${await entra.issueUserToken()}`
  expect(await get(port, ['authorization', good])).toEqual({ status: 200, body: 'user' })
})

it.each([
  ['a text', () => withEntraGuardApi(verifier, access, hello, { optional: 'false' } as never)],
  ['a misspelt option', () => withEntraGuardApi(verifier, access, hello, { optinal: true } as never)],
  ['no handler', () => withEntraGuardApi(verifier, access, undefined as never)],
  ['what is no verifier', () => withEntraGuardApi({} as never, access, hello)],
])('refuses %s where the route is declared', (_what, declare) => {
  expect(declare).toThrow(TypeError)
  expect(declare).toThrow(/^withEntraGuardApi(?:: | needs a verifier: withEntraGuardApi\()/)
})

it('says what to use in place of it in a route handler and on edge', async () => {
  const request = new Request('https://api.example')
  const guarded = withEntraGuardApi(verifier, access, hello)
  for (const second of [undefined, {}])
    await expect(guarded(request as never, second as never)).rejects.toThrow(
      'use withEntraGuard for route handlers',
    )
})
