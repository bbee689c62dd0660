import { createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'

import type { Access, Verifier } from '@entraguard/core'
import { identityOf, mcpGuard, type McpGuard, type ToolContext } from '@entraguard/mcp'
import { addOrder, ordersOf } from 'orders-store'

import type { Adapter } from './adapter.ts'

/*
 * The orders API as the contract asks it, with a guard for each route: what is behind a guard is a handler, whatever it
 * serves. MCP itself is served in packages/mcp and in tests/clients.
 */

interface Route {
  readonly method: string
  readonly path: string
  readonly access: Access
  readonly serve: (context: ToolContext, request: Request) => Response | Promise<Response>
}

const whoami = (context: ToolContext): Response => {
  const { kind, key } = identityOf(context)
  return Response.json({ kind, key })
}

const routes: readonly Route[] = [
  { method: 'GET', path: '/whoami', access: { callers: ['user', 'app'] }, serve: whoami },
  {
    method: 'GET',
    path: '/whoami/person',
    access: { callers: ['user', 'app'], agents: 'refuse' },
    serve: whoami,
  },
  {
    method: 'GET',
    path: '/whoami/agent',
    access: { callers: ['user', 'app'], agents: 'only' },
    serve: whoami,
  },
  {
    method: 'GET',
    path: '/orders',
    access: { scopes: ['Orders.Read'], appPermissions: ['Orders.Read.All'] },
    serve: (context) => Response.json({ orders: ordersOf(identityOf(context)) }),
  },
  {
    method: 'POST',
    path: '/orders',
    access: { scopes: ['Orders.Write'] },
    serve: async (context, request) =>
      Response.json(addOrder(identityOf(context, { scopes: ['Orders.Write'] }), await request.json()), {
        status: 201,
      }),
  },
]

const origin = 'https://api.contoso.com'

/** The guard of each route, and what is behind it. */
function guardsOf(verifier: Verifier) {
  return routes.map(({ method, path, access, serve }) => {
    const guard: McpGuard = mcpGuard(verifier, { resource: `${origin}${path}`, access })
    const handler = {
      async fetch(
        request: Request,
        { authInfo }: { readonly authInfo: NonNullable<ToolContext['authInfo']> },
      ) {
        return await serve({ authInfo }, request)
      },
    }
    return { method, path, guard, handler }
  })
}

/** The contract is about core's challenge; this one names the metadata document too. */
function withoutMetadata(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => {
      if (name !== 'www-authenticate') return [name, value]
      const rest = value.replace(/(?:, |(?<=^Bearer ))resource_metadata="[^"]+"$/, '')
      return [name, rest === 'Bearer ' ? 'Bearer realm=""' : rest]
    }),
  )
}

const isFor = (method: string | undefined, path: string) => (route: Pick<Route, 'method' | 'path'>) =>
  route.path === path && (route.method === method || (route.method === 'GET' && method !== 'POST'))

function fetchApi(verifier: Verifier): (request: Request) => Promise<Response> {
  const served = guardsOf(verifier).map(({ guard, handler, method, path }) => ({
    method,
    path,
    fetch: guard.fetch(handler),
  }))
  return async (request) => {
    const { pathname } = new URL(request.url)
    if (pathname === '/health') return Response.json({ status: 'ok' })
    const answer = await served.find(isFor(request.method, pathname))?.fetch(request)
    if (answer === undefined) return new Response(null, { status: 404 })
    const { status } = answer
    return new Response(answer.body, { status, headers: withoutMetadata(Object.fromEntries(answer.headers)) })
  }
}

export const mcpAdapters: readonly Adapter[] = [
  {
    name: 'MCP, guard.fetch',
    runs: 'in memory',
    async start({ verifier }) {
      return { url: 'http://api.test', fetch: fetchApi(verifier), close: async () => {} }
    },
  },
  {
    name: 'MCP, guard.node',
    runs: 'on a socket',
    async start({ verifier }) {
      const served = guardsOf(verifier).map(({ guard, handler, method, path }) => ({
        method,
        path,
        listener: guard.node(handler),
      }))
      const server = createServer((request, response) => {
        const [path = '/'] = (request.url ?? '').split('?')
        if (path === '/health') return void response.end('{"status":"ok"}')
        const writeHead = response.writeHead.bind(response)
        Reflect.set(response, 'writeHead', (status: number, headers: Record<string, string>) =>
          writeHead(status, withoutMetadata(headers)),
        )
        const route = served.find(isFor(request.method, path)) ?? served[0]
        route?.listener(request, response)
      }).listen(0, '127.0.0.1')
      await once(server, 'listening')
      const { port } = server.address() as AddressInfo
      return {
        url: `http://127.0.0.1:${port}`,
        async close() {
          server.closeAllConnections()
          server.close()
          await once(server, 'close')
        },
      }
    },
  },
]
