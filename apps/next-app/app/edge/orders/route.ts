import { withEntraGuard } from '@entraguard/next'

import { readOrders, writeOrders } from '../../../lib/access.ts'
import { addOrder, ordersOf } from 'orders-store'
import { verifier } from '../../../lib/verifier.ts'

export const runtime = 'edge'

export const GET = withEntraGuard(verifier, readOrders, (_request, caller) =>
  Response.json({ orders: ordersOf(caller) }),
)

export const POST = withEntraGuard(verifier, writeOrders, async (request, user) => {
  const order = addOrder(user, await request.json().catch(() => undefined))
  if (order === undefined) return Response.json({ error: 'Send an item and a quantity.' }, { status: 422 })
  return Response.json(order, { status: 201 })
})
