import { once } from 'node:events'
import type { AddressInfo } from 'node:net'

import { HttpRequest, InvocationContext } from '@azure/functions'
import { createEmulator, type Emulator } from '@entraguard/emulator'
import { NestFactory } from '@nestjs/core'
import { beforeEach, expect, test, vi } from 'vitest'

import { app as express } from './first-screen/express.ts'
import { app as fastify } from './first-screen/fastify.ts'
import { orders } from './first-screen/functions.ts'
import hono from './first-screen/hono.ts'
import mcp from './first-screen/mcp.ts'
import { AppModule } from './first-screen/nestjs.ts'
import { server } from './first-screen/node.ts'

type Headers = Record<string, string>

/** A request over HTTP to a server that listens for this one request. */
async function over(listening: ReturnType<typeof express.listen>, headers: Headers): Promise<number> {
  if (!listening.listening) await once(listening, 'listening')
  const { port } = listening.address() as AddressInfo
  const { status } = await local(`http://127.0.0.1:${port}/orders`, { headers })
  listening.close()
  return status
}

/** To this machine: `fetch` itself belongs to the emulator here, as the samples have no other. */
const local = globalThis.fetch

const message = JSON.stringify({
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: {
    protocolVersion: '2025-11-25',
    capabilities: {},
    clientInfo: { name: 'test', version: '1.0.0' },
  },
})

const calls: Readonly<Record<string, (headers: Headers) => Promise<number>>> = {
  NestJS: async (headers) => {
    const app = await NestFactory.create(AppModule, { logger: false })
    await app.listen(0, '127.0.0.1')
    const { status } = await local(`${await app.getUrl()}/orders`, { headers })
    await app.close()
    return status
  },
  Express: async (headers) => await over(express.listen(0, '127.0.0.1'), headers),
  Fastify: async (headers) => (await fastify.inject({ url: '/orders', headers })).statusCode,
  Hono: async (headers) => (await hono.request('/orders', { headers })).status,
  Functions: async (headers) => {
    const request = new HttpRequest({ method: 'GET', url: 'https://orders.example/api/orders', headers })
    const answer = await orders(request, new InvocationContext({ functionName: 'orders' }))
    return answer.status ?? 200
  },
  MCP: async (headers) => {
    const request = new Request('https://mcp.contoso.com/mcp', {
      method: 'POST',
      body: message,
      headers: {
        ...headers,
        'content-type': 'application/json',
        accept: 'application/json, text/event-stream',
        'mcp-protocol-version': '2025-11-25',
      },
    })
    return (await mcp(request)).status
  },
  Node: async (headers) => await over(server.listen(0, '127.0.0.1'), headers),
}

const bearer = (token: string): Headers => ({ authorization: `Bearer ${token}` })

let entra: Emulator

beforeEach(async () => {
  entra = await createEmulator()
  vi.stubGlobal('fetch', entra.fetch)
  return () => vi.unstubAllGlobals()
})

test.each(Object.entries(calls))(
  '%s: the first code that a newcomer reads admits a user with the scope, and nobody else',
  async (_name, call) => {
    expect(await call({})).toBe(401)
    expect(await call(bearer(await entra.issueUserToken({ expiresIn: -3600 })))).toBe(401)
    expect(await call(bearer(await entra.issueUserToken({ scopes: ['Orders.Write'] })))).toBe(403)
    expect(await call(bearer(await entra.issueUserToken({ scopes: ['Orders.Read'] })))).toBe(200)
  },
)
