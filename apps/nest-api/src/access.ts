import { anyOf } from '@entraguard/core'

/** Users who may read, or apps that may read everything. */
export const readOrders = { scopes: ['Orders.Read'], appPermissions: ['Orders.Read.All'] } as const

/** Users only: an order is somebody's. */
export const writeOrders = { scopes: ['Orders.Write'] } as const

/** Client ids of the apps that may delete orders. */
export const trustedApps = ['44444444-4444-4444-8444-444444444444'] as const

/** Users who administer orders, or the apps that we know. */
export const deleteOrders = anyOf(
  { scopes: ['Orders.Write'], roles: ['Orders.Admin'] },
  { appPermissions: ['Orders.Write.All'], clients: trustedApps },
)
