import { createVerifier } from '@entraguard/core'
import { entraGuard, identityOf } from '@entraguard/fastify'
import Fastify from 'fastify'

const verifier = createVerifier({
  tenants: '11111111-1111-4111-8111-111111111111', // your directory
  audience: [
    '22222222-2222-4222-8222-222222222222', // your API's client id: v2.0 tokens
    'api://22222222-2222-4222-8222-222222222222', // its Application ID URI: v1.0 tokens
  ],
})

export const app = Fastify()
await app.register(entraGuard, { verifier }) // every route below needs a token
app.get('/orders', { config: { access: { scopes: ['Orders.Read'] } } }, (request) => {
  const user = identityOf(request) // a UserIdentity: the route admits users only
  return { tenant: user.tenantId, user: user.objectId }
})
