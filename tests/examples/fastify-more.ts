import type { Verifier } from '@entraguard/core'
import { describeAccess, entraGuard, EntraGuardRefusal, identityOf } from '@entraguard/fastify'
import cors from '@fastify/cors'
import swagger from '@fastify/swagger'
import Fastify, { type FastifyInstance } from 'fastify'

export async function scopes(verifier: Verifier): Promise<FastifyInstance> {
  const app = Fastify()
  // #region scopes
  await app.register(cors, { origin: 'https://orders.example', exposedHeaders: ['WWW-Authenticate'] })
  app.get('/health', () => 'ok') // beside the guarded scope: open
  await app.register(
    async (api) => {
      await api.register(entraGuard, { verifier, access: { scopes: ['Orders.Read'] } }) // for routes that say nothing
      api.get('/orders', (request) => ({ of: identityOf(request).key }))
      api.delete('/orders/:id', { config: { access: { scopes: ['Orders.Write'], mfa: true } } }, () => 'gone')
    },
    { prefix: '/api' },
  )
  // #endregion
  return app
}

export async function ownErrors(verifier: Verifier): Promise<FastifyInstance> {
  const app = Fastify()
  // #region errors
  app.setErrorHandler((error, request, reply) => {
    if (!(error instanceof EntraGuardRefusal)) throw error
    request.log.warn({ code: error.cause.code, details: error.cause.details }) // why: for the log, not for the caller
    return reply.code(error.statusCode).headers(error.headers).send(error.body)
  })
  await app.register(entraGuard, { verifier, refusals: 'throw' })
  // #endregion
  app.get('/orders', { config: { access: { scopes: ['Orders.Read'] } } }, () => [])
  return app
}

export async function documented(verifier: Verifier): Promise<FastifyInstance> {
  const app = Fastify()
  // #region swagger
  await app.register(swagger, {
    openapi: {
      components: { securitySchemes: { bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } } },
    },
    transform: describeAccess, // the scheme, 401 and 403 of every route that asks for a token
  })
  await app.register(entraGuard, { verifier })
  // #endregion
  app.get('/orders', () => [])
  return app
}
