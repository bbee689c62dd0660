import { app } from '@azure/functions'
import { withEntraGuard } from '@entraguard/azure-functions'
import { createVerifier } from '@entraguard/core'

const verifier = createVerifier({
  tenants: '11111111-1111-4111-8111-111111111111', // your directory
  audience: [
    '22222222-2222-4222-8222-222222222222', // your API's client id: v2.0 tokens
    'api://22222222-2222-4222-8222-222222222222', // its Application ID URI: v1.0 tokens
  ],
})

// user is a UserIdentity: the function admits users only
export const orders = withEntraGuard(verifier, { scopes: ['Orders.Read'] }, (_request, user) => ({
  jsonBody: { tenant: user.tenantId, user: user.objectId },
}))

app.http('orders', { methods: ['GET'], authLevel: 'anonymous', handler: orders })
