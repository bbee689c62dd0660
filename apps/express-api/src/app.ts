import type { Verifier } from '@entraguard/core'
import { entraGuard, requireAccess } from '@entraguard/express'
import express, { type Express } from 'express'
import { addOrder, ordersOf, readinessOf } from 'orders-store'

const readOrders = { scopes: ['Orders.Read'], appPermissions: ['Orders.Read.All'] } as const
const writeOrders = { scopes: ['Orders.Write'] } as const

/** The orders API. What is registered before the guard is public; everything behind it is not. */
export function createApp(verifier: Verifier): Express {
  const app = express().disable('x-powered-by')
  app.get('/health', (_request, response) => {
    response.json({ status: 'ok' })
  })
  app.get('/ready', (_request, response) => {
    const { status, body } = readinessOf(verifier)
    response.status(status).json(body)
  })
  app.use(entraGuard(verifier))
  app.get('/whoami', requireAccess({ callers: ['user', 'app'] }), (_request, response) => {
    const { kind, key } = response.locals.identity
    response.json({ kind, key })
  })
  app.get(
    '/whoami/person',
    requireAccess({ callers: ['user', 'app'], agents: 'refuse' }),
    (_request, response) => {
      const { kind, key } = response.locals.identity
      response.json({ kind, key })
    },
  )
  app.get(
    '/whoami/agent',
    requireAccess({ callers: ['user', 'app'], agents: 'only' }),
    (_request, response) => {
      const { kind, key } = response.locals.identity
      response.json({ kind, key })
    },
  )
  app.get('/orders', requireAccess(readOrders), (_request, response) => {
    response.json({ orders: ordersOf(response.locals.identity) })
  })
  // Nobody without the permission makes the server parse anything.
  app.post('/orders', requireAccess(writeOrders), express.json(), (request, response) => {
    const order = addOrder(response.locals.identity, request.body)
    if (order === undefined) response.status(422).json({ error: 'Send an item and a quantity.' })
    else response.status(201).json(order)
  })
  return app
}
