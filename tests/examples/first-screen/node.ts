import { authorizationOf, createVerifier, EntraGuardError, writeRefusal } from '@entraguard/core'
import { createServer } from 'node:http'

const verifier = createVerifier({
  tenants: '11111111-1111-4111-8111-111111111111', // your directory
  audience: [
    '22222222-2222-4222-8222-222222222222', // your API's client id: v2.0 tokens
    'api://22222222-2222-4222-8222-222222222222', // its Application ID URI: v1.0 tokens
  ],
})

export const server = createServer((request, response) => {
  verifier.authenticate(authorizationOf(request), { scopes: ['Orders.Read'] }).then(
    (user) => response.end(JSON.stringify({ tenant: user.tenantId, user: user.objectId })),
    (error: unknown) => {
      if (!EntraGuardError.is(error)) return response.writeHead(500).end()
      return writeRefusal(response, error, verifier.challenge) // 400, 401, 403 or 503, with WWW-Authenticate
    },
  )
})
