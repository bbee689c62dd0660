import { createVerifier, type Verifier } from '@entraguard/core'
import { entraGuard as guardExpress, EntraGuardRefusal, requireAccess } from '@entraguard/express'
import { entraGuard, identityOf } from '@entraguard/fastify'
import express, { type ErrorRequestHandler, type Express } from 'express'
import Fastify, { type FastifyInstance } from 'fastify'

const tenantId = '11111111-1111-4111-8111-111111111111'
const clientId = '22222222-2222-4222-8222-222222222222'

// #region verifier
export const verifier = createVerifier({
  tenants: tenantId, // was issuerBaseURL, issuer or jwksUri
  audience: [clientId, `api://${clientId}`], // was audience
})
// #endregion

export function afterOauth2Bearer(ours: Verifier = verifier): Express {
  const app = express()
  // #region express-oauth2-jwt-bearer
  app.use(guardExpress(ours)) // was app.use(auth({ issuerBaseURL, audience }))
  app.get('/orders', requireAccess({ scopes: ['Orders.Read'] }), (_request, response) => {
    response.json({ of: response.locals.identity.key }) // was request.auth.payload
  })
  // #endregion
  return app
}

export function afterExpressJwt(ours: Verifier = verifier): Express {
  const app = express()
  // #region express-jwt
  app.use(guardExpress(ours, undefined, { refusals: 'next' })) // was expressjwt({ secret: expressJwtSecret({ jwksUri }), … })
  app.get('/orders', requireAccess({ scopes: ['Orders.Read'] }), (_request, response) => {
    response.json({ of: response.locals.identity.key }) // was request.auth
  })
  // oxlint-disable-next-line unicorn/consistent-function-scoping -- one piece on the page
  const onError: ErrorRequestHandler = (error, _request, response, next) => {
    if (!(error instanceof EntraGuardRefusal)) return next(error) // was error.name === 'UnauthorizedError'
    response.status(error.status).set(error.headers).json(error.body)
  }
  app.use(onError)
  // #endregion
  return app
}

export async function afterFastifyJwt(ours: Verifier = verifier): Promise<FastifyInstance> {
  const app = Fastify()
  // #region fastify-jwt
  await app.register(entraGuard, { verifier: ours }) // was fastifyJwt with getJwks, and an onRequest hook with jwtVerify()
  app.get('/health', { config: { access: 'public' } }, () => 'ok')
  app.get('/orders', { config: { access: { scopes: ['Orders.Read'] } } }, (request) => ({
    of: identityOf(request).key, // was request.user
  }))
  // #endregion
  return app
}
