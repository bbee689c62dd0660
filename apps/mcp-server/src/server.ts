import type { AppIdentity, UserIdentity } from '@entraguard/core'
import { identityOf, needs } from '@entraguard/mcp'
import { McpServer } from '@modelcontextprotocol/server'
import { addOrder, ordersOf } from 'orders-store'
import { z } from 'zod'

const writeOrders = { scopes: ['Orders.Write'] } as const
const administer = { scopes: ['Orders.Read'], roles: ['Orders.Admin'] } as const

const said = (value: unknown) => ({ content: [{ type: 'text' as const, text: JSON.stringify(value) }] })

/** The orders as tools: for everybody whom the gate lets in, for writers, for administrators. */
export function createServer(caller: UserIdentity | AppIdentity): McpServer {
  const server = new McpServer({ name: 'orders', version: '1.0.0' })
  server.registerTool('list-orders', { description: 'The orders of whoever asks' }, () =>
    said(ordersOf(caller)),
  )
  server.registerTool(
    'place-order',
    {
      description: 'Orders something',
      inputSchema: z.object({ item: z.string(), quantity: z.number() }),
      scopeChallenge: needs(writeOrders),
    },
    (order, context) => said(addOrder(identityOf(context, writeOrders), order) ?? 'This is no order.'),
  )
  server.registerTool(
    'close-shop',
    { description: 'Takes no more orders today', scopeChallenge: needs(administer) },
    (context) => said(`closed by ${identityOf(context).key}`),
  )
  return server
}
