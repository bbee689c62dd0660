import { createVerifier } from '@entraguard/core'
import { entraGuard, requireAccess } from '@entraguard/hono'
import { Hono } from 'hono'

const verifier = createVerifier({
  tenants: '11111111-1111-4111-8111-111111111111', // your directory
  audience: [
    '22222222-2222-4222-8222-222222222222', // your API's client id: v2.0 tokens
    'api://22222222-2222-4222-8222-222222222222', // its Application ID URI: v1.0 tokens
  ],
})

const app = new Hono()
  .use(entraGuard(verifier)) // every route below needs a token
  .get('/orders', requireAccess({ scopes: ['Orders.Read'] }), (c) => {
    const user = c.var.identity // a UserIdentity: the route admits users only
    return c.json({ tenant: user.tenantId, user: user.objectId })
  })

export default app
