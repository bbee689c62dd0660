import { createVerifier } from '@entraguard/core'
import { withEntraGuard } from '@entraguard/next'

const verifier = createVerifier({
  tenants: '11111111-1111-4111-8111-111111111111', // your directory
  audience: [
    '22222222-2222-4222-8222-222222222222', // your API's client id: v2.0 tokens
    'api://22222222-2222-4222-8222-222222222222', // its Application ID URI: v1.0 tokens
  ],
})

// app/orders/route.ts; user is a UserIdentity: the route admits users only
export const GET = withEntraGuard(verifier, { scopes: ['Orders.Read'] }, (_request, user) =>
  Response.json({ tenant: user.tenantId, user: user.objectId }),
)
