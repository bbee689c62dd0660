import { createServer, type Server } from 'node:http'

import { authorizationOf, createVerifier, EntraGuardError, proofOf, writeRefusal } from '@entraguard/core'
import { dpop, mtls, type ReplayStore } from '@entraguard/core/pop'

const tenants = '11111111-1111-4111-8111-111111111111'
const audience = '22222222-2222-4222-8222-222222222222'

// #region dpop
export const verifier = createVerifier({
  tenants,
  audience,
  bound: dpop({ origin: 'https://api.contoso.com' }), // the address that clients call
})
// #endregion

// #region required
export const strict = createVerifier({
  tenants,
  audience,
  bound: dpop({ origin: 'https://api.contoso.com', required: true }),
})
export const forOneRoute = { scopes: ['Orders.Write'], bound: true } as const
// #endregion

// #region nonce
export const withNonces = createVerifier({
  tenants,
  audience,
  bound: dpop({
    origin: 'https://api.contoso.com',
    nonce: { secret: process.env['NONCE_SECRET'] ?? '', lifetime: 300 },
    algorithms: ['ES256', 'EdDSA'],
    maxAge: 60,
  }),
})
// #endregion

interface Redis {
  set(key: string, value: string, options: { NX: true; EX: number }): Promise<string | null>
}

// #region replay
export const replayStore = (redis: Redis): ReplayStore => ({
  add: async (key, seconds) => (await redis.set(key, '1', { NX: true, EX: seconds })) === 'OK',
})
// #endregion

export const shared = (redis: Redis) =>
  createVerifier({
    tenants,
    audience,
    bound: dpop({ origin: 'https://api.contoso.com', replay: replayStore(redis) }),
  })

// #region mtls
export const ofServices = createVerifier({ tenants, audience, bound: mtls({ required: true }) })
export const behindAppService = createVerifier({
  tenants,
  audience,
  bound: [dpop({ origin: 'https://api.contoso.com' }), mtls({ header: 'X-ARR-ClientCert' })],
})
// #endregion

// #region own-adapter
export const server: Server = createServer((request, response) => {
  const access = { scopes: ['Orders.Read'] } as const
  verifier.authenticate(authorizationOf(request), access, { request: proofOf(verifier, request) }).then(
    (user) => void response.end(JSON.stringify({ of: user.key, by: user.bound?.thumbprint })),
    (error: unknown) => {
      if (EntraGuardError.is(error)) writeRefusal(response, error, verifier.challenge)
      else response.writeHead(500).end()
    },
  )
})
// #endregion
