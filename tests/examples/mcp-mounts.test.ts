import 'reflect-metadata'

import { once } from 'node:events'
import type { RequestListener } from 'node:http'
import { createServer as createHttpServer } from 'node:http'
import type { AddressInfo } from 'node:net'

import { createVerifier, EntraGuardError } from '@entraguard/core'
import { onBehalfOf } from '@entraguard/downstream'
import { createEmulator } from '@entraguard/emulator'
import { identityOf } from '@entraguard/mcp'
import { Module } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { FastifyAdapter } from '@nestjs/platform-fastify'
import { NextRequest } from 'next/server.js'
import { expect, onTestFinished, test } from 'vitest'

import * as mounts from './mcp-mounts.ts'

const resource = 'https://mcp.contoso.com/mcp'
const clientId = '22222222-2222-4222-8222-222222222222'

type Send = (init: RequestInit, path?: string) => Promise<Response>
type Guard = ReturnType<typeof mounts.guardOf>

const inMemory =
  (handler: (request: Request) => Response | Promise<Response>): Send =>
  async (init, path = '/mcp') =>
    handler(new Request(new URL(path, resource), init))

async function onSocket(listener: RequestListener): Promise<Send> {
  const server = createHttpServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const { port } = server.address() as AddressInfo
  return (init, path = '/mcp') => fetch(`http://127.0.0.1:${port}${path}`, init)
}

@Module({})
class EmptyModule {}

async function inNest(guard: Guard, platform: 'express' | 'fastify'): Promise<Send> {
  const options = { logger: false } as const
  const app =
    platform === 'express'
      ? await NestFactory.create(EmptyModule, options)
      : await NestFactory.create(EmptyModule, new FastifyAdapter(), options)
  app.use(guard.node(mounts.createServer))
  await app.listen(0, '127.0.0.1')
  onTestFinished(() => app.close())
  const url = await app.getUrl()
  return (init, path = '/mcp') => fetch(`${url}${path}`, init)
}

/** A route handler of Next, which gets a request of Next's own and a context. */
function inNext(guard: Guard): Send {
  const handlers = mounts.onNext(guard)
  return async ({ method = 'GET', ...init }, path = '/mcp') => {
    const request = new NextRequest(new URL(path, resource), { ...init, method } as ConstructorParameters<
      typeof NextRequest
    >[1])
    const handle = handlers[method as keyof typeof handlers]
    return handle(request, { params: Promise.resolve({}) })
  }
}

const ways: ReadonlyArray<readonly [string, (guard: Guard) => Send | Promise<Send>]> = [
  ['Hono', (guard) => inMemory((request) => mounts.onHono(guard).fetch(request))],
  ['Express', (guard) => onSocket(mounts.onExpress(guard))],
  [
    'Fastify',
    async (guard) => {
      const app = mounts.onFastify(guard)
      const url = await app.listen({ host: '127.0.0.1', port: 0 })
      onTestFinished(() => app.close())
      return (init, path = '/mcp') => fetch(`${url}${path}`, init)
    },
  ],
  [
    'node:http',
    async (guard) => {
      const server = mounts.onNode(guard).listen(0, '127.0.0.1')
      await once(server, 'listening')
      onTestFinished(() => void server.close())
      const { port } = server.address() as AddressInfo
      return (init, path = '/mcp') => fetch(`http://127.0.0.1:${port}${path}`, init)
    },
  ],
  ['NestJS on Express', (guard) => inNest(guard, 'express')],
  ['NestJS on Fastify', (guard) => inNest(guard, 'fastify')],
  ['Next.js', inNext],
  ['a handler of the SDK', (guard) => inMemory(mounts.onHandler(guard))],
  ["the SDK's requireBearerAuth", (guard) => inMemory(mounts.onBearerAuth(guard))],
]

const call = (name: string, token?: string): RequestInit => ({
  method: 'POST',
  headers: {
    accept: 'application/json, text/event-stream',
    'content-type': 'application/json',
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
  },
  body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name, arguments: {} } }),
})

async function start() {
  const entra = await createEmulator({
    apps: [
      { clientId, appIdUri: resource, scopes: ['Orders.Read', 'Orders.Write'], secret: 'secret' },
      {
        clientId: '33333333-3333-4333-8333-333333333333',
        appIdUri: 'api://invoices',
        scopes: ['Invoices.Read'],
      },
    ],
  })
  return { entra, guard: mounts.guardOf(createVerifier(entra.verifierOptions())) }
}

test.each(ways)(
  'in %s a tool with requireScopes is refused without the scope, and runs with it',
  async (_name, mount) => {
    const { entra, guard } = await start()
    const send = await mount(guard)
    expect((await send(call('cancel-orders'))).status).toBe(401)
    const refused = await send(call('cancel-orders', await entra.issueUserToken({ scopes: ['Orders.Read'] })))
    expect(refused.status).toBe(403)
    expect(refused.headers.get('www-authenticate')).toContain(`scope="${resource}/Orders.Write"`)
    expect(await refused.text()).not.toContain('cancelled')
    const writer = await entra.issueUserToken({ scopes: ['Orders.Read', 'Orders.Write'] })
    const answer = await send(call('cancel-orders', writer))
    expect(await answer.text()).toContain('cancelled the orders of')
  },
)

test.each(ways.slice(0, 7))('in %s the metadata needs no token', async (_name, mount) => {
  const { guard } = await start()
  const send = await mount(guard)
  for (const path of ['/.well-known/oauth-protected-resource/mcp', '/.well-known/oauth-authorization-server'])
    expect((await send({}, path)).status).toBe(200)
})

test.each(ways.slice(0, 2))('in %s other routes stay what they are', async (_name, mount) => {
  const { guard } = await start()
  const send = await mount(guard)
  expect(await (await send({}, '/health')).text()).toBe('ok')
})

test('version 1 of the SDK knows the caller, behind the guard and behind its own requireBearerAuth', async () => {
  const { entra, guard } = await start()
  const token = await entra.issueUserToken({ scopes: ['Orders.Read'] })
  for (const send of [inMemory(mounts.onSdk1(guard)), await onSocket(mounts.onSdk1Express(guard))]) {
    expect(await (await send(call('my-orders', token))).text()).toContain('orders of 1111')
    expect((await send(call('my-orders'))).status).toBe(401)
  }
  const send = await onSocket(mounts.onBearerAuthOfExpress(guard))
  expect(await (await send(call('', token))).text()).toContain('1111')
})

test('a tool calls another API for the user, with a token of its own', async () => {
  const { entra, guard } = await start()
  const sent: string[] = []
  const downstream = onBehalfOf({
    clientId,
    credential: { secret: 'secret' },
    fetch: async (input, init) => {
      const request = new Request(input, init)
      if (!request.url.startsWith('https://invoices.contoso.com/')) return await entra.fetch(request)
      sent.push(request.headers.get('authorization') ?? '')
      return new Response('two invoices')
    },
    apis: {
      invoices: { scopes: ['api://invoices/Invoices.Read'], origins: ['https://invoices.contoso.com'] },
    },
  })
  const authInfo = await guard.tokenVerifier.verifyAccessToken(
    await entra.issueUserToken({ scopes: ['Orders.Read'] }),
  )
  const result = await mounts.invoicesOf(downstream)({ http: { authInfo } } as never)
  expect(result.content).toEqual([{ type: 'text', text: 'two invoices' }])
  expect(sent).toHaveLength(1)
  expect(sent[0]).not.toContain(authInfo.token)
  expect(() => identityOf({ authInfo }, { scopes: ['Orders.Write'] })).toThrow(EntraGuardError)
})
