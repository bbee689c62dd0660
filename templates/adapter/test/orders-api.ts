import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { json } from 'node:stream/consumers'

import type { Verifier } from '@entraguard/core'

import { guard } from '../src/index.ts'

type Handler = (request: IncomingMessage, response: ServerResponse) => unknown

/** The orders API that tests/contract asks for, written with the adapter. */
export function createOrdersApi(verifier: Verifier): Server {
  const orders: { id: string; owner: string; tenant: string; item: unknown; quantity: unknown }[] = []

  const readOrders = { scopes: ['Orders.Read'], appPermissions: ['Orders.Read.All'] } as const
  const routes: Readonly<Record<string, Handler>> = {
    'GET /health': (_, response) => response.end('{"status":"ok"}'),
    'GET /whoami': guard(verifier, { callers: ['user', 'app'] }, (_, response, { kind, key }) =>
      response.end(JSON.stringify({ kind, key })),
    ),
    'GET /whoami/person': guard(
      verifier,
      { callers: ['user', 'app'], agents: 'refuse' },
      (_, response, { kind, key }) => response.end(JSON.stringify({ kind, key })),
    ),
    'GET /whoami/agent': guard(
      verifier,
      { callers: ['user', 'app'], agents: 'only' },
      (_, response, { kind, key }) => response.end(JSON.stringify({ kind, key })),
    ),
    'GET /orders': guard(verifier, readOrders, (_, response, { kind, key, tenantId }) => {
      const own = orders.filter(({ owner, tenant }) => (kind === 'app' ? tenant === tenantId : owner === key))
      response.end(JSON.stringify({ orders: own.map(({ id, item, quantity }) => ({ id, item, quantity })) }))
    }),
    'POST /orders': guard(verifier, { scopes: ['Orders.Write'] }, async (request, response, user) => {
      const { item, quantity } = (await json(request)) as Record<string, unknown>
      const order = { id: crypto.randomUUID(), item, quantity }
      orders.push({ ...order, owner: user.key, tenant: user.tenantId })
      response.writeHead(201).end(JSON.stringify(order))
    }),
  }

  return createServer((request, response) => {
    const route = routes[nameOf(request)]
    if (route === undefined) return void response.writeHead(404).end()
    Promise.resolve(route(request, response)).catch(() => response.writeHead(500).end())
  })
}

/** Exactly the path that came, without the query: a guard and a router must read one path in one way. */
function nameOf({ method = '', url = '' }: IncomingMessage): string {
  return `${method === 'HEAD' ? 'GET' : method} ${url.split('?', 1)[0]}`
}
