import type { AddressInfo } from 'node:net'

import { entraGuard } from '@entraguard/express'
import express from 'express'
import { auth } from 'express-oauth2-jwt-bearer'

import { body, ready, setting, verifier } from './setting.ts'

const app = express()
if (setting.variant === 'empty') {
  app.use('/orders', (request, response, next) => {
    if (request.headers.authorization === undefined) response.sendStatus(401)
    else next()
  })
}
if (setting.variant === 'entraguard') app.use('/orders', entraGuard(verifier()))
if (setting.variant === 'usual') {
  const { issuer, audience, keysUrl } = setting
  app.use('/orders', auth({ issuer, audience, jwksUri: keysUrl, tokenSigningAlg: 'RS256' }))
}
app.get('/orders', (_request, response) => void response.json(body))
const server = app.listen(0, '127.0.0.1', () => ready((server.address() as AddressInfo).port))
process.on('disconnect', () => server.close())
