import { entraGuard, requireAccess, type VerifierSource } from '@entraguard/hono'
import { Hono } from 'hono'

import { addOrder, ordersOf } from 'orders-store'

const readOrders = { scopes: ['Orders.Read'], appPermissions: ['Orders.Read.All'] } as const
const writeOrders = { scopes: ['Orders.Write'] } as const

/** The orders API. What is registered before the guard is public; everything behind it is not. */
// oxlint-disable-next-line typescript/explicit-module-boundary-types, typescript/explicit-function-return-type -- inferred: it is what the RPC client reads
export function createApp(source: VerifierSource) {
  return new Hono()
    .get('/health', (c) => c.json({ status: 'ok' }))
    .use(entraGuard(source))
    .get('/whoami', (c) => c.json({ kind: c.var.identity.kind, key: c.var.identity.key }))
    .get('/whoami/person', requireAccess({ callers: ['user', 'app'], agents: 'refuse' }), (c) =>
      c.json({ kind: c.var.identity.kind, key: c.var.identity.key }),
    )
    .get('/whoami/agent', requireAccess({ callers: ['user', 'app'], agents: 'only' }), (c) =>
      c.json({ kind: c.var.identity.kind, key: c.var.identity.key }),
    )
    .get('/orders', requireAccess(readOrders), (c) => c.json({ orders: ordersOf(c.var.identity) }))
    .post('/orders', requireAccess(writeOrders), async (c) => {
      const order = addOrder(c.var.identity, await c.req.json().catch(() => undefined))
      return order === undefined ? c.json({ error: 'Send an item and a quantity.' }, 422) : c.json(order, 201)
    })
}

/** For `hc<OrdersApi>(url)`: the client's types. */
export type OrdersApi = ReturnType<typeof createApp>
