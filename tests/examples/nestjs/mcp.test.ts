import 'reflect-metadata'

import { authorizationOf, createVerifier, type UserIdentity } from '@entraguard/core'
import { createEmulator } from '@entraguard/emulator'
import { Access, CurrentUser, EntraGuardModule, getVerifierToken } from '@entraguard/nestjs'
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import type { INestApplication } from '@nestjs/common'
import { Payload } from '@nestjs/microservices'
import { FastifyAdapter } from '@nestjs/platform-fastify'
import { Test } from '@nestjs/testing'
import { McpController, McpStrategy, StreamableHttpTransport, Tool, type McpContext } from '@rekog/mcp-nest'
import type { Request } from 'express'
import type { IncomingMessage } from 'node:http'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'

import { AppModule, mcp, options } from './mcp.ts'

const entra = await createEmulator()
let url: string

beforeAll(async () => {
  const module = await Test.createTestingModule({ imports: [AppModule] })
    .overrideProvider(getVerifierToken())
    .useValue(createVerifier({ ...options, ...entra.verifierOptions(), audience: options.audience }))
    .compile()
  const app = module.createNestApplication({ logger: false })
  app.connectMicroservice({ strategy: mcp })
  await app.startAllMicroservices()
  await app.listen(0, '127.0.0.1')
  url = await app.getUrl()
  afterAll(async () => app.close())
})

const post = async (server: string, message: object, token?: string): Promise<Response> =>
  fetch(`${server}/mcp`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, ...message }),
  })
const call = async (tool: string, token?: string): Promise<Response> =>
  post(url, { method: 'tools/call', params: { name: tool, arguments: {} } }, token)

test('an MCP server of Nest answers 401 with its challenge, and the metadata without a token', async () => {
  for (const token of [undefined, 'forged', await entra.issueUserToken({ expiresIn: -3600 })]) {
    const refused = await call('my-orders', token)
    expect(refused.status).toBe(401)
    expect(refused.headers.get('www-authenticate')).toContain(
      'resource_metadata="https://mcp.contoso.com/.well-known/oauth-protected-resource/mcp"',
    )
    expect(refused.headers.get('www-authenticate')).toContain(
      'scope="api://22222222-2222-4222-8222-222222222222/Orders.Read"',
    )
  }
  const metadata = await fetch(`${url}/.well-known/oauth-protected-resource/mcp`)
  expect(await metadata.json()).toMatchObject({ resource: 'https://mcp.contoso.com/mcp' })
})

test('a tool knows its user, and refuses one without its scope', async () => {
  const client = new Client({ name: 'test', version: '1.0.0' })
  const connect = async (...scopes: string[]): Promise<void> => {
    const headers = { authorization: `Bearer ${await entra.issueUserToken({ scopes })}` }
    await client.connect(
      new StreamableHTTPClientTransport(new URL(`${url}/mcp`), { requestInit: { headers } }),
    )
  }
  await connect('Orders.Read')
  expect(await client.callTool({ name: 'my-orders' })).toMatchObject({
    content: [{ text: expect.stringContaining(entra.directory.firstTenant.id) as string }],
  })
  expect(await client.callTool({ name: 'cancel-orders' })).toMatchObject({
    isError: true,
    content: [{ text: expect.stringContaining('Forbidden resource') as string }],
  })
  await client.close()
  await connect('Orders.Read', 'Orders.Write')
  expect(await client.callTool({ name: 'cancel-orders' })).toMatchObject({
    content: [{ text: expect.stringContaining('cancelled') as string }],
  })
  await client.close()
})

test.each(['express', 'fastify'])(
  'without a controller the transport asks nobody on %s, and each tool still asks for itself',
  async (platform) => {
    @McpController()
    @Access({ scopes: ['Orders.Read'] })
    class Tools {
      @Tool({ name: 'mine', description: 'Says who asks' })
      mine(@Payload() _arguments: object, @CurrentUser() user: UserIdentity): object {
        return { content: [{ type: 'text', text: user.kind }] }
      }
    }
    const strategy = new McpStrategy({ name: 'a', version: '1', transports: [new StreamableHttpTransport()] })
    const imports = [
      EntraGuardModule.forRoot({
        ...entra.verifierOptions(),
        microservices: (context) => {
          const request = context
            .switchToRpc()
            .getContext<McpContext>()
            .getRawRequest<Request | { readonly raw: IncomingMessage }>()
          return request && authorizationOf('raw' in request ? request.raw : request)
        },
      }),
    ]
    const module = await Test.createTestingModule({ imports, controllers: [Tools] }).compile()
    const app: INestApplication =
      platform === 'fastify'
        ? module.createNestApplication(new FastifyAdapter(), { logger: false })
        : module.createNestApplication({ logger: false })
    strategy.setHttpAdapter(app.getHttpAdapter())
    app.connectMicroservice({ strategy })
    await app.startAllMicroservices()
    await app.listen(0, '127.0.0.1')
    onTestFinished(async () => app.close())
    const said = async (method: string, params: object, token?: string): Promise<string> =>
      (await post(await app.getUrl(), { method, params }, token)).text()
    expect(await said('tools/list', {})).toContain('Says who asks')
    expect(await said('tools/call', { name: 'mine', arguments: {} })).toContain('Forbidden resource')
    const token = await entra.issueUserToken({ scopes: ['Orders.Read'] })
    expect(await said('tools/call', { name: 'mine', arguments: {} }, token)).toContain('"text":"user"')
  },
)

test('tools that say nothing, as in the quick start of mcp-nest, do not start', async () => {
  @McpController()
  class Greeting {
    @Tool({ name: 'hello', description: 'Greets' })
    hello(): object {
      return { content: [{ type: 'text', text: 'hello' }] }
    }
  }
  const imports = [EntraGuardModule.forRoot(entra.verifierOptions())]
  const starting = Test.createTestingModule({ imports, controllers: [Greeting] }).compile()
  await expect(starting).rejects.toThrow(/^Greeting\.hello: .*@Access\(\)/)
})
