import { createServer } from 'node:http'

import { entraGuard } from '@entraguard/express'
import express, { type Express, type RequestHandler } from 'express'
import { auth } from 'express-oauth2-jwt-bearer'

import { ready } from './blocks.ts'
import { byVariant } from './by-variant.ts'
import { body, setting, verifier } from './setting.ts'

const { issuer, audience, keysUrl } = setting
const answer: RequestHandler = (_request, response) => void response.json(body)
const empty: RequestHandler = (request, response, next) => {
  if (request.headers.authorization === undefined) response.sendStatus(401)
  else next()
}

function appOf(path: string, ...handlers: readonly RequestHandler[]): Express {
  const app = express()
  app.get(path, ...handlers)
  return app
}

const applications = {
  plain: appOf('/plain', answer),
  empty: appOf('/empty', empty, answer),
  entra: appOf('/entra', entraGuard(verifier()), answer),
  usual: appOf('/usual', auth({ issuer, audience, jwksUri: keysUrl, tokenSigningAlg: 'RS256' }), answer),
}
const server = createServer(byVariant(applications))
server.listen(0, '127.0.0.1', () => ready(server))
