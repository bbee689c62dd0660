import type { AppIdentity, UserIdentity } from '@entraguard/core'
import { Injectable } from '@nestjs/common'

/** One order, as the API shows it. */
export interface Order {
  readonly id: string
  readonly item: string
  readonly quantity: number
}

// The newest are kept, so that nobody can fill the memory.
const maxOrders = 1000

/** Orders in memory: a sample has no database. A provider of its own, because that is how Nest keeps such things. */
@Injectable()
export class OrdersService {
  /** By the `key` of the user whose order it is. */
  private readonly orders: Array<Order & { readonly owner: string }> = []

  /** A user's own orders, or all of the tenant's for an app. */
  of(caller: UserIdentity | AppIdentity): readonly Order[] {
    return this.orders
      .filter(({ owner }) =>
        caller.kind === 'app' ? owner.startsWith(`${caller.tenantId}.`) : owner === caller.key,
      )
      .map(({ id, item, quantity }) => ({ id, item, quantity }))
  }

  add(user: UserIdentity, item: string, quantity: number): Order {
    const order = { id: crypto.randomUUID(), item, quantity }
    this.orders.push({ ...order, owner: user.key })
    if (this.orders.length > maxOrders) this.orders.shift()
    return order
  }

  /** Only within the caller's tenant. True when there was such an order. */
  delete(caller: UserIdentity | AppIdentity, id: string): boolean {
    const index = this.orders.findIndex(
      (order) => order.id === id && order.owner.startsWith(`${caller.tenantId}.`),
    )
    return index !== -1 && this.orders.splice(index, 1).length === 1
  }
}
