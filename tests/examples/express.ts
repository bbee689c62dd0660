// #region guard
import {
  authorizationOf,
  challengeFor,
  compileAccess,
  EntraGuardError,
  type Access,
  type IdentityFor,
  type Verifier,
} from '@entraguard/core'
import type { RequestHandler } from 'express'

/** A middleware: what it lets through has `response.locals.identity`, narrowed to what the access admits. */
export function guard<const A extends Access>(
  verifier: Verifier,
  access: A,
): RequestHandler<Record<string, string>, unknown, unknown, object, { identity: IdentityFor<A> }> {
  compileAccess(access) // a mistake in the access ends the start, not the first request
  return async (request, response, next) => {
    try {
      response.locals.identity = await verifier.authenticate(authorizationOf(request), access)
    } catch (error) {
      if (!EntraGuardError.is(error)) throw error // Express 5 gives it to your error handler
      const { status, headers, body } = challengeFor(error, verifier.challenge)
      response.status(status).set(headers).json(body)
      return
    }
    next()
  }
}
// #endregion

// #region app
import express, { type Express } from 'express'

export function createApp(verifier: Verifier): Express {
  const app = express().disable('x-powered-by')
  app.get('/health', (_request, response) => response.json({ status: 'ok' }))
  app.get('/orders', guard(verifier, { scopes: ['Orders.Read'] }), (_request, response) => {
    const user = response.locals.identity // a UserIdentity
    response.json({ of: user.key })
  })
  app.post(
    '/orders',
    guard(verifier, { scopes: ['Orders.Write'], appPermissions: ['Orders.Write.All'] }),
    (_request, response) => response.status(201).json({ by: response.locals.identity.kind }),
  )
  return app
}
// #endregion
