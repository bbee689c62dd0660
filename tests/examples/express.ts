// #region app
import type { Verifier } from '@entraguard/core'
import { entraGuard, requireAccess } from '@entraguard/express'
import express, { type Express } from 'express'

export function createApp(verifier: Verifier): Express {
  const app = express()
  app.get('/health', (_request, response) => void response.json({ status: 'ok' })) // public: before the guard
  app.use(entraGuard(verifier)) // everything below needs a token
  app.get('/orders', requireAccess({ scopes: ['Orders.Read'] }), (_request, response) => {
    const user = response.locals.identity // a UserIdentity: the route admits users with this scope only
    response.json({ of: user.key })
  })
  app.post(
    '/orders',
    requireAccess({ scopes: ['Orders.Write'], appPermissions: ['Orders.Write.All'] }),
    express.json(), // behind the guard: nobody without the permission makes the server parse anything
    (_request, response) => void response.status(201).json({ by: response.locals.identity.kind }),
  )
  return app
}
// #endregion
