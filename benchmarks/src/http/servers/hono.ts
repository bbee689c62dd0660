import type { Server } from 'node:http'

import { entraGuard } from '@entraguard/hono'
import { serve } from '@hono/node-server'
import { Hono, type Context, type MiddlewareHandler } from 'hono'
import { HTTPException } from 'hono/http-exception'
import { jwk } from 'hono/jwk'

import { ready } from './blocks.ts'
import { body, setting, verifier } from './setting.ts'

const { issuer, audience, keysUrl } = setting
const { keys } = (await (await fetch(keysUrl)).json()) as { keys: object[] }
const withAlgorithm = keys.map((key) => ({ ...key, alg: 'RS256' }))
const usual = jwk({
  keys: withAlgorithm as never,
  alg: ['RS256'],
  verification: { iss: issuer, aud: audience },
})
const empty: MiddlewareHandler = async (c, next) => {
  if (c.req.header('authorization') === undefined) throw new HTTPException(401)
  await next()
}
const answer = (c: Context): Response => c.json(body)

const app = new Hono()
app.get('/plain', answer)
app.get('/empty', empty, answer)
app.get('/entra', entraGuard(verifier()), answer)
app.get('/usual', usual, answer)
const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, () => ready(server as Server))
