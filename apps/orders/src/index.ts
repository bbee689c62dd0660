// What the samples keep: orders, in memory. It is one for all of them; what is theirs is how they guard it.

import type { AppIdentity, UserIdentity } from '@entraguard/core'

export { readinessOf, type Readiness } from './readiness.ts'

/** One order, as the API shows it. */
export interface Order {
  readonly id: string
  readonly item: string
  readonly quantity: number
}

interface StoredOrder extends Order {
  readonly owner: string
}

// In memory: a sample has no database. The newest are kept, so that nobody can fill the memory.
const orders: StoredOrder[] = []
const maxOrders = 1000

/** A user's own orders, or all of the tenant's for an app. */
export function ordersOf(caller: UserIdentity | AppIdentity): readonly Order[] {
  return orders
    .filter(({ owner }) =>
      caller.kind === 'app' ? owner.startsWith(`${caller.tenantId}.`) : owner === caller.key,
    )
    .map(({ id, item, quantity }) => ({ id, item, quantity }))
}

/** Undefined for a body that is no order. */
export function addOrder(user: UserIdentity, body: unknown): Order | undefined {
  if (typeof body !== 'object' || body === null || !('item' in body) || !('quantity' in body))
    return undefined
  const { item, quantity } = body
  if (typeof item !== 'string' || item === '' || item.length > 200) return undefined
  if (typeof quantity !== 'number' || !Number.isSafeInteger(quantity) || quantity < 1) return undefined
  const order = { id: crypto.randomUUID(), item, quantity }
  orders.push({ ...order, owner: user.key })
  if (orders.length > maxOrders) orders.shift()
  return order
}
