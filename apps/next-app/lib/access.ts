/** Users who may read, or apps that may read everything. */
export const readOrders = { scopes: ['Orders.Read'], appPermissions: ['Orders.Read.All'] } as const

/** Users only: an order is somebody's. */
export const writeOrders = { scopes: ['Orders.Write'] } as const

/** Any user or app that has some permission for this API. */
export const anyCaller = { callers: ['user', 'app'] } as const

/** The same, but for agents. */
export const noAgent = { ...anyCaller, agents: 'refuse' } as const

/** Only agents: by themselves, for a person or with an account of their own. */
export const onlyAgents = { ...anyCaller, agents: 'only' } as const
