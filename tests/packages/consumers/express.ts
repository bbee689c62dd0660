import type { AppIdentity, Identity, UserIdentity, Verifier } from '@entraguard/core'
import { entraGuard, EntraGuardRefusal, requireAccess, type EntraGuardMiddleware } from '@entraguard/express'
import express, { type ErrorRequestHandler, type Express } from 'express'

import { expectType } from './expect-type.js'

const onError: ErrorRequestHandler = (error, _request, response, next) => {
  if (error instanceof EntraGuardRefusal) response.status(error.status).set(error.headers).json(error.body)
  else next(error)
}

export const create = (verifier: Verifier): Express => {
  const app = express()
  app.get('/me', entraGuard(verifier), (_request, { locals }) => {
    expectType<Identity>()(locals.identity)
  })
  app.post('/orders/:id', requireAccess({ scopes: ['Orders.Read'] }), (request, { locals }) => {
    expectType<UserIdentity>()(locals.identity)
    expectType<string>()(request.params.id)
    request.body.item.trim()
  })
  const forApps: EntraGuardMiddleware<AppIdentity> = entraGuard(verifier, { appPermissions: ['All'] })
  app.get('/all', forApps, (_request, { locals }) => {
    expectType<AppIdentity>()(locals.identity)
  })
  app.use(onError)

  // @ts-expect-error an adapter takes a verifier, not its options
  entraGuard({ tenants: 'organizations', audience: 'api://orders' })
  // @ts-expect-error a misspelt key of an access
  requireAccess({ scope: ['Orders.Read'] })
  return app
}
