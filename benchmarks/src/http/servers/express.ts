import { entraGuard } from '@entraguard/express'
import express, { type RequestHandler } from 'express'
import { auth } from 'express-oauth2-jwt-bearer'

import { ready } from './blocks.ts'
import { body, setting, verifier } from './setting.ts'

const { issuer, audience, keysUrl } = setting
const answer: RequestHandler = (_request, response) => void response.json(body)
const empty: RequestHandler = (request, response, next) => {
  if (request.headers.authorization === undefined) response.sendStatus(401)
  else next()
}

const app = express()
app.get('/none', answer)
app.get('/empty', empty, answer)
app.get('/entraguard', entraGuard(verifier()), answer)
app.get('/usual', auth({ issuer, audience, jwksUri: keysUrl, tokenSigningAlg: 'RS256' }), answer)
const server = app.listen(0, '127.0.0.1', () => ready(server))
