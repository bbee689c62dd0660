import { createVerifier } from '@entraguard/core'
import { entraGuard, requireAccess } from '@entraguard/express'
import express, { type Express } from 'express'

const verifier = createVerifier({
  tenants: '11111111-1111-4111-8111-111111111111', // your directory
  audience: [
    '22222222-2222-4222-8222-222222222222', // your API's client id: v2.0 tokens
    'api://22222222-2222-4222-8222-222222222222', // its Application ID URI: v1.0 tokens
  ],
})

export const app: Express = express()
app.use(entraGuard(verifier)) // every route below needs a token
app.get('/orders', requireAccess({ scopes: ['Orders.Read'] }), (_request, response) => {
  const user = response.locals.identity // a UserIdentity: the route admits users only
  response.json({ tenant: user.tenantId, user: user.objectId })
})
