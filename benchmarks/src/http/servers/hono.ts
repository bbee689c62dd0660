import type { AddressInfo } from 'node:net'

import { entraGuard } from '@entraguard/hono'
import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import { HTTPException } from 'hono/http-exception'
import { jwk } from 'hono/jwk'

import { body, ready, setting, verifier } from './setting.ts'

const app = new Hono()
if (setting.variant === 'empty') {
  app.use('/orders', async (c, next) => {
    if (c.req.header('authorization') === undefined) throw new HTTPException(401)
    await next()
  })
}
if (setting.variant === 'entraguard') app.use('/orders', entraGuard(verifier()))
if (setting.variant === 'usual') {
  const { keys } = (await (await fetch(setting.keysUrl)).json()) as { keys: object[] }
  const withAlgorithm = keys.map((key) => ({ ...key, alg: 'RS256' }))
  app.use(
    '/orders',
    jwk({
      keys: withAlgorithm as never,
      alg: ['RS256'],
      verification: { iss: setting.issuer, aud: setting.audience },
    }),
  )
}
app.get('/orders', (c) => c.json(body))
const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, (address: AddressInfo) =>
  ready(address.port),
)
process.on('disconnect', () => server.close())
