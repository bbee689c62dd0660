import type { HttpFunctionOptions } from '@azure/functions'
import { withEntraGuard } from '@entraguard/azure-functions'
import type { Verifier } from '@entraguard/core'
import { addOrder, ordersOf, readinessOf } from 'orders-store'

const anyCaller = { callers: ['user', 'app'] } as const
const readOrders = { scopes: ['Orders.Read'], appPermissions: ['Orders.Read.All'] } as const

/** The functions of the orders API, by name. `anonymous` is about function keys: the token is what is asked for. */
export const functionsOf = (verifier: Verifier): Readonly<Record<string, HttpFunctionOptions>> => ({
  health: {
    route: 'health',
    methods: ['GET', 'HEAD'],
    authLevel: 'anonymous',
    handler: () => ({ jsonBody: { status: 'ok' } }),
  },
  ready: {
    route: 'ready',
    methods: ['GET', 'HEAD'],
    authLevel: 'anonymous',
    handler: () => {
      const { status, body } = readinessOf(verifier)
      return { status, jsonBody: body }
    },
  },
  whoami: {
    route: 'whoami',
    methods: ['GET', 'HEAD'],
    authLevel: 'anonymous',
    handler: withEntraGuard(verifier, undefined, (_request, { kind, key }) => ({ jsonBody: { kind, key } })),
  },
  whichPerson: {
    route: 'whoami/person',
    methods: ['GET', 'HEAD'],
    authLevel: 'anonymous',
    handler: withEntraGuard(verifier, { ...anyCaller, agents: 'refuse' }, (_request, { kind, key }) => ({
      jsonBody: { kind, key },
    })),
  },
  whichAgent: {
    route: 'whoami/agent',
    methods: ['GET', 'HEAD'],
    authLevel: 'anonymous',
    handler: withEntraGuard(verifier, { ...anyCaller, agents: 'only' }, (_request, { kind, key }) => ({
      jsonBody: { kind, key },
    })),
  },
  listOrders: {
    route: 'orders',
    methods: ['GET', 'HEAD'],
    authLevel: 'anonymous',
    handler: withEntraGuard(verifier, readOrders, (_request, caller) => ({
      jsonBody: { orders: ordersOf(caller) },
    })),
  },
  addOrder: {
    route: 'orders',
    methods: ['POST'],
    authLevel: 'anonymous',
    handler: withEntraGuard(verifier, { scopes: ['Orders.Write'] }, async (request, user) => {
      const order = addOrder(user, await request.json().catch(() => undefined))
      return order === undefined
        ? { status: 422, jsonBody: { error: 'Send an item and a quantity.' } }
        : { status: 201, jsonBody: order }
    }),
  },
})
