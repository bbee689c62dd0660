import type { Verifier } from '@entraguard/core'
import { entraGuard, EntraGuardRefusal, requireAccess } from '@entraguard/express'
import express, { Router, type ErrorRequestHandler, type Express } from 'express'

export function alone(verifier: Verifier): Express {
  const app = express()
  // #region alone
  app.get(
    '/reports',
    entraGuard(verifier, { appPermissions: ['Reports.Read.All'] }, { realm: 'reports' }),
    (_request, response) => void response.send(`for the app ${response.locals.identity.clientId}`),
  )
  // #endregion
  return app
}

export function routers(verifier: Verifier): Express {
  const app = express()
  // #region router
  const orders = Router({ mergeParams: true })
  orders.get('/orders/:id', requireAccess({ scopes: ['Orders.Read'] }), (request, response) => {
    response.json({ id: request.params.id, of: response.locals.identity.key })
  })
  app.use('/api/:shop', entraGuard(verifier), orders)
  // #endregion
  return app
}

export function shop(verifier: Verifier): Express {
  const app = express()
  // #region optional
  app.get('/prices', entraGuard(verifier, undefined, { optional: true }), (_request, response) => {
    response.json({ reduced: response.locals.identity !== undefined })
  })
  // #endregion
  return app
}

export function ownErrors(verifier: Verifier, log: (what: object) => void): Express {
  const app = express()
  // #region errors
  app.use(entraGuard(verifier, undefined, { refusals: 'next' }))
  app.get('/orders', requireAccess({ scopes: ['Orders.Read'] }), (_request, response) => void response.end())

  const onError: ErrorRequestHandler = (error, _request, response, next) => {
    if (!(error instanceof EntraGuardRefusal)) return next(error)
    log({ code: error.cause.code, details: error.cause.details }) // why: for the log, not for the caller
    response.status(error.status).set(error.headers).json(error.body)
  }
  app.use(onError)
  // #endregion
  return app
}
