import { entraGuard } from '@entraguard/fastify'
import fastifyJwt from '@fastify/jwt'
import Fastify, { type FastifyInstance } from 'fastify'
import buildGetJwks from 'get-jwks'

import { ready } from './blocks.ts'
import { body, setting, verifier } from './setting.ts'

const app = Fastify()
app.get('/plain', () => body)

// Each in a scope of its own, which its hooks do not leave.
await app.register(async (scope: FastifyInstance) => {
  scope.addHook('onRequest', async (request, reply) => {
    if (request.headers.authorization === undefined) return reply.code(401).send()
  })
  scope.get('/empty', () => body)
})

await app.register(async (scope: FastifyInstance) => {
  await scope.register(entraGuard, { verifier: verifier() })
  scope.get('/entra', () => body)
})

await app.register(async (scope: FastifyInstance) => {
  const { origin, pathname } = new URL(setting.keysUrl)
  const getJwks = buildGetJwks({ jwksPath: pathname })
  await scope.register(fastifyJwt, {
    decode: { complete: true },
    secret: async (_request: unknown, { header }: { header: { kid: string; alg: string } }) =>
      await getJwks.getPublicKey({ kid: header.kid, alg: header.alg, domain: origin }),
    verify: { allowedIss: setting.issuer, allowedAud: setting.audience, algorithms: ['RS256'], cache: true },
  } as never)
  scope.addHook('onRequest', async (request) => {
    await request.jwtVerify()
  })
  scope.get('/usual', () => body)
})

await app.listen({ port: 0, host: '127.0.0.1' })
ready(app.server)
