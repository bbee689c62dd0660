// oxlint-disable oxc/no-async-endpoint-handlers -- Express 5 waits for promises
import { requireBearerAuth as requireBearerAuthOfExpress } from '@modelcontextprotocol/express'
import { createMcpHandler, requireBearerAuth, type AuthInfo } from '@modelcontextprotocol/server'
import express from 'express'
import express4 from 'express4'
import fastify from 'fastify'

import type { McpGuard } from '../src/index.ts'
import { createServer, gate, inFull, metadataUrl, resource, serve, type Ran, type Served } from './support.ts'

/** A way to mount a server that the documentation names. */
export interface Mount {
  readonly name: string
  /** Does this package write the answers, or does the SDK? */
  readonly answers: boolean
  readonly start: (
    guard: McpGuard<typeof gate>,
    ran: Ran,
  ) => Promise<Served & { readonly fetch: typeof fetch }>
}

const inMemory = (handler: (request: Request) => Promise<Response>) => ({
  url: resource,
  fetch: async (...[input, init]: Parameters<typeof fetch>) => handler(new Request(input, init)),
  close: async () => {},
})

const onSocket = async (app: Parameters<typeof serve>[0]) => {
  const { url, close } = await serve(app)
  return { url: `${url}/mcp`, fetch, close }
}

const version4 = express4 as unknown as typeof express

export const mounts: readonly Mount[] = [
  {
    name: 'guard.fetch with a way to make servers',
    answers: true,
    start: async (guard, ran) => inMemory(guard.fetch(() => createServer(ran))),
  },
  {
    name: 'guard.fetch with a handler of the SDK',
    answers: true,
    start: async (guard, ran) => inMemory(guard.fetch(createMcpHandler(() => createServer(ran)))),
  },
  {
    name: 'guard.node under node:http',
    answers: true,
    start: (guard, ran) => onSocket(guard.node(() => createServer(ran))),
  },
  {
    name: 'guard.node in Express',
    answers: true,
    start: (guard, ran) => onSocket(express().use(guard.node(() => createServer(ran)))),
  },
  {
    name: 'guard.node in Express, behind a parser and under a path',
    answers: true,
    start: (guard, ran) =>
      onSocket(
        express()
          .use(express.json())
          .use(
            '/mcp',
            guard.node(() => createServer(ran)),
          ),
      ),
  },
  {
    name: 'guard.node in Express 4',
    answers: true,
    start: (guard, ran) => onSocket(version4().use(guard.node(() => createServer(ran)))),
  },
  {
    name: 'guard.node in Express 4, behind a parser',
    answers: true,
    start: (guard, ran) =>
      onSocket(
        version4()
          .use(version4.json())
          .use(guard.node(() => createServer(ran))),
      ),
  },
  {
    name: 'guard.node in Fastify',
    answers: true,
    async start(guard, ran) {
      const app = fastify()
      const handler = guard.node(() => createServer(ran))
      app.all('/mcp', async (request, reply) => {
        reply.hijack()
        handler(Object.assign(request.raw, { body: request.body }), reply.raw)
      })
      const url = await app.listen({ host: '127.0.0.1', port: 0 })
      return { url: `${url}/mcp`, fetch, close: () => app.close() }
    },
  },
  {
    name: "the SDK's requireBearerAuth for the Fetch API",
    answers: false,
    async start({ tokenVerifier }, ran) {
      const check = requireBearerAuth({ verifier: tokenVerifier, resourceMetadataUrl: metadataUrl })
      const handler = createMcpHandler(() => createServer(ran))
      return inMemory(async (request) => {
        const authInfo = await check(request)
        return authInfo instanceof Response ? authInfo : handler.fetch(request, { authInfo })
      })
    },
  },
  {
    name: "the SDK's requireBearerAuth for Express",
    answers: false,
    async start({ tokenVerifier }, ran) {
      const check = requireBearerAuthOfExpress({
        verifier: tokenVerifier,
        requiredScopes: [inFull('Orders.Read')],
        resourceMetadataUrl: metadataUrl,
        expectedResource: new URL(resource),
      })
      const handler = createMcpHandler(() => createServer(ran))
      const app = express().post('/mcp', check, express.json(), async (request, response) => {
        const { auth, body, headers } = request as typeof request & { auth?: AuthInfo }
        const answer = await handler.fetch(
          new Request(resource, { method: 'POST', headers: headers as Record<string, string> }),
          { ...(auth !== undefined && { authInfo: auth }), parsedBody: body as unknown },
        )
        response
          .status(answer.status)
          .set(Object.fromEntries(answer.headers))
          .send(await answer.text())
      })
      return onSocket(app)
    },
  },
]
