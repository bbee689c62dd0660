import { entraGuard } from '@entraguard/fastify'
import fastifyJwt from '@fastify/jwt'
import Fastify from 'fastify'
import buildGetJwks from 'get-jwks'

import { body, ready, setting, verifier } from './setting.ts'

const app = Fastify()
if (setting.variant === 'empty') {
  app.addHook('onRequest', async (request, reply) => {
    if (request.headers.authorization === undefined) return reply.code(401).send()
  })
}
if (setting.variant === 'entraguard') await app.register(entraGuard, { verifier: verifier() })
if (setting.variant === 'usual') {
  const { origin, pathname } = new URL(setting.keysUrl)
  const getJwks = buildGetJwks({ jwksPath: pathname })
  await app.register(fastifyJwt, {
    decode: { complete: true },
    secret: async (_request: unknown, { header }: { header: { kid: string; alg: string } }) =>
      await getJwks.getPublicKey({ kid: header.kid, alg: header.alg, domain: origin }),
    verify: { allowedIss: setting.issuer, allowedAud: setting.audience, algorithms: ['RS256'], cache: true },
  } as never)
  app.addHook('onRequest', async (request) => {
    await request.jwtVerify()
  })
}
app.get('/orders', () => body)
const url = await app.listen({ port: 0, host: '127.0.0.1' })
ready(Number(new URL(url).port))
process.on('disconnect', () => void app.close())
