// oxlint-disable oxc/no-async-endpoint-handlers -- Express 5 waits for promises
import { createServer as createHttpServer, type Server } from 'node:http'

import type { UserIdentity, Verifier } from '@entraguard/core'
import type { Downstream } from '@entraguard/downstream'
import { identityOf, mcpGuard, outageAware } from '@entraguard/mcp'
import { requireBearerAuth as requireBearerAuthOfExpress } from '@modelcontextprotocol/express'
import { requireBearerAuth as requireBearerAuthOfSdk1 } from '@modelcontextprotocol/sdk/server/auth/middleware/bearerAuth.js'
import { McpServer as McpServerOfSdk1 } from '@modelcontextprotocol/sdk/server/mcp.js'
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js'
import { WebStandardStreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/webStandardStreamableHttp.js'
import {
  createMcpHandler,
  McpServer,
  requireBearerAuth,
  requireScopes,
  type ServerContext,
} from '@modelcontextprotocol/server'
import express, { type Express } from 'express'
import fastify, { type FastifyInstance } from 'fastify'
import { Hono } from 'hono'

const resource = 'https://mcp.contoso.com/mcp'

export const guardOf = (verifier: Verifier) =>
  mcpGuard(verifier, { resource, access: { scopes: ['Orders.Read'] } })

type Guard = ReturnType<typeof guardOf>

/** A tool that the SDK guards by itself: scopes in full, because it sends the same names to clients. */
export function createServer(user?: UserIdentity): McpServer {
  const server = new McpServer({ name: `orders of ${user?.key ?? 'whoever asks'}`, version: '1.0.0' })
  server.registerTool(
    'cancel-orders',
    { scopeChallenge: requireScopes(`${resource}/Orders.Write`) },
    (context) => ({
      content: [{ type: 'text', text: `cancelled the orders of ${identityOf(context).key}` }],
    }),
  )
  return server
}

export function onHono(guard: Guard): Hono {
  // #region hono
  const mcp = guard.fetch(createServer)
  const app = new Hono().get('/health', (c) => c.text('ok')).all('*', (c) => mcp(c.req.raw))
  // #endregion
  return app
}

export const onExpress = (guard: Guard): Express =>
  // #region express
  express()
    .get('/health', (_request, response) => void response.send('ok'))
    .use(guard.node(createServer)) // its own paths; everything else goes on
// #endregion

export function onFastify(guard: Guard): FastifyInstance {
  // #region fastify
  const app = fastify()
  const mcp = guard.node(createServer)
  for (const path of [
    '/mcp',
    '/.well-known/oauth-protected-resource/mcp',
    '/.well-known/oauth-authorization-server',
  ])
    app.all(path, async (request, reply) => {
      reply.hijack()
      mcp(Object.assign(request.raw, { body: request.body }), reply.raw) // Fastify has read the body
    })
  // #endregion
  return app
}

export function onNext(guard: Guard) {
  const handler = guard.fetch(createServer)
  return { GET: handler, POST: handler, DELETE: handler, OPTIONS: handler }
}

export const onNode = (guard: Guard): Server =>
  // #region node
  createHttpServer(guard.node(createServer))
// #endregion

/** With options of its own. */
export const onHandler = (guard: Guard) =>
  // #region handler
  guard.fetch(
    createMcpHandler(({ authInfo }) => createServer(identityOf({ authInfo }, { scopes: ['Orders.Read'] })), {
      maxRequestBodySize: 64 * 1024,
    }),
  )
// #endregion

export function onBearerAuth({ tokenVerifier, metadataUrl }: Guard): (request: Request) => Promise<Response> {
  // #region bearer-auth
  const check = outageAware(requireBearerAuth({ verifier: tokenVerifier, resourceMetadataUrl: metadataUrl }))
  const handler = createMcpHandler(() => createServer())

  return async (request) => {
    const authInfo = await check(request)
    return authInfo instanceof Response ? authInfo : handler.fetch(request, { authInfo }) // never without it
  }
  // #endregion
}

export const onBearerAuthOfExpress = ({ tokenVerifier, metadataUrl }: Guard): Express =>
  express().use(
    '/mcp',
    outageAware(requireBearerAuthOfExpress({ verifier: tokenVerifier, resourceMetadataUrl: metadataUrl })),
    (request, response) =>
      void response.json({ of: identityOf({ authInfo: Reflect.get(request, 'auth') }).key }),
  )

function createServerOfSdk1(): McpServerOfSdk1 {
  const server = new McpServerOfSdk1({ name: 'orders', version: '1.0.0' })
  server.registerTool('my-orders', {}, (extra) => ({
    content: [{ type: 'text', text: `orders of ${identityOf(extra).key}` }],
  }))
  return server
}

export const onSdk1 = (guard: Guard) =>
  // #region sdk-1
  guard.fetch({
    async fetch(request, options) {
      const transport = new WebStandardStreamableHTTPServerTransport() // without sessions: one for each request
      await createServerOfSdk1().connect(transport)
      return transport.handleRequest(request, options)
    },
  })
// #endregion

export const onSdk1Express = ({ tokenVerifier, metadataUrl }: Guard): Express =>
  // #region sdk-1-express
  express().post(
    '/mcp',
    outageAware(requireBearerAuthOfSdk1({ verifier: tokenVerifier, resourceMetadataUrl: metadataUrl })),
    express.json(),
    async (request, response) => {
      const transport = new StreamableHTTPServerTransport()
      await createServerOfSdk1().connect(transport)
      await transport.handleRequest(request, response, request.body) // tools find the caller by identityOf(extra)
    },
  )
// #endregion

export function invoicesOf(downstream: Downstream<'invoices'>) {
  // #region downstream
  async function invoices(context: ServerContext) {
    const user = identityOf(context, { scopes: ['Orders.Read'] })
    const token = context.http?.authInfo?.token ?? ''
    const call = downstream.fetchFor(user, `Bearer ${token}`, 'invoices')
    const answer = await call('https://invoices.contoso.com/open')
    return { content: [{ type: 'text' as const, text: await answer.text() }] }
  }
  // #endregion
  return invoices
}
