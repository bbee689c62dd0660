import type { Verifier } from '@entraguard/core'
import { entraGuard, identityOf } from '@entraguard/fastify'
import Fastify, { type FastifyInstance } from 'fastify'
import { addOrder, ordersOf, readinessOf } from 'orders-store'

/** The orders API. Every route asks for a token, unless its `config` opens it. */
export async function createApp(verifier: Verifier): Promise<FastifyInstance> {
  const app = Fastify()
  await app.register(entraGuard, { verifier })

  app.get('/health', { config: { access: 'public' } }, () => ({ status: 'ok' }))
  app.get('/ready', { config: { access: 'public' } }, (_request, reply) => {
    const { status, body } = readinessOf(verifier)
    return reply.code(status).send(body)
  })
  app.get('/whoami', (request) => {
    const { kind, key } = identityOf(request)
    return { kind, key }
  })
  const anyCaller = { callers: ['user', 'app'] } as const
  for (const [path, agents] of [
    ['/whoami/person', 'refuse'],
    ['/whoami/agent', 'only'],
  ] as const) {
    app.get(path, { config: { access: { ...anyCaller, agents } } }, (request) => {
      const { kind, key } = identityOf(request)
      return { kind, key }
    })
  }
  app.get(
    '/orders',
    { config: { access: { scopes: ['Orders.Read'], appPermissions: ['Orders.Read.All'] } } },
    (request) => ({ orders: ordersOf(identityOf(request)) }),
  )
  app.post('/orders', { config: { access: { scopes: ['Orders.Write'] } } }, (request, reply) => {
    const order = addOrder(identityOf(request), request.body)
    if (order === undefined) return reply.code(422).send({ error: 'Send an item and a quantity.' })
    return reply.code(201).send(order)
  })
  return app
}
