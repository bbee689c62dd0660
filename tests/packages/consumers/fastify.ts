import type { AppIdentity, UserIdentity, Verifier } from '@entraguard/core'
import { entraGuard, identityOf } from '@entraguard/fastify'
import Fastify, { type FastifyInstance } from 'fastify'

import { expectType } from './expect-type.js'

export async function create(verifier: Verifier): Promise<FastifyInstance> {
  const app = Fastify()
  await app.register(entraGuard, { verifier, access: { scopes: ['Orders.Read'] } })
  app.get('/orders', { config: { access: { scopes: ['Orders.Read'] } } }, (request) => {
    expectType<UserIdentity>()(identityOf(request))
    return ''
  })
  app.get('/all', { config: { access: { appPermissions: ['All'] } } }, (request) => {
    expectType<AppIdentity>()(identityOf(request))
    return ''
  })
  app.get<{ Params: { id: string } }>('/any/:id', (request) => {
    expectType<UserIdentity | AppIdentity>()(identityOf(request))
    expectType<string>()(request.params.id)
    return ''
  })
  // @ts-expect-error the guard needs a verifier
  await app.register(entraGuard, {})
  return app
}
