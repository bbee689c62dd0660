import { withEntraGuard } from '@entraguard/next'

import { readOrders } from '../../../lib/access.ts'
import { ordersOf } from 'orders-store'
import { verifier } from '../../../lib/verifier.ts'

export const GET = withEntraGuard(
  verifier,
  readOrders,
  async (_request, caller, { params }: RouteContext<'/orders/[id]'>) => {
    const { id } = await params
    const order = ordersOf(caller).find((one) => one.id === id)
    return order === undefined ? Response.json({ error: 'Not found' }, { status: 404 }) : Response.json(order)
  },
)
