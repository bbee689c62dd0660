// #region app
import type { Verifier } from '@entraguard/core'
import { entraGuard, identityOf } from '@entraguard/fastify'
import Fastify, { type FastifyInstance } from 'fastify'

export async function createApp(verifier: Verifier): Promise<FastifyInstance> {
  const app = Fastify()
  await app.register(entraGuard, { verifier }) // every route asks for a token, unless its config opens it
  app.get('/health', { config: { access: 'public' } }, () => ({ status: 'ok' }))
  app.get('/orders', { config: { access: { scopes: ['Orders.Read'] } } }, (request) => {
    const user = identityOf(request) // a UserIdentity: the route admits users with this scope only
    return { of: user.key }
  })
  return app
}
// #endregion
