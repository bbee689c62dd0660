import { createVerifier, writeRefusal, type Verifier } from '@entraguard/core'
import {
  BearerStrategy,
  EntraGuardRefusal,
  refusalOf,
  translateOptions,
  type AuthenticateOptions,
  type AuthInfo,
  type IBearerStrategyOption,
} from '@entraguard/passport'
import express, { type ErrorRequestHandler, type Express, type Request } from 'express'
import type { PassportStatic } from 'passport'

type Passport = InstanceType<PassportStatic['Passport']>

type More = Pick<IBearerStrategyOption, 'fetch' | 'now'>

/** A table of users, as an application has one. */
const users = new Map<unknown, object>()

export function afterImport(passport: Passport, more: More = {}): Express {
  // #region legacy
  // import { BearerStrategy } from 'passport-azure-ad'   before
  // import { BearerStrategy } from '@entraguard/passport' now
  const options = {
    identityMetadata:
      'https://login.microsoftonline.com/11111111-1111-4111-8111-111111111111/v2.0/.well-known/openid-configuration',
    clientID: '22222222-2222-4222-8222-222222222222',
    scope: ['Orders.Read'],
    loggingLevel: 'info',
    passReqToCallback: false,
  } as const
  passport.use(
    new BearerStrategy({ ...options, ...more }, (token, done) => {
      done(null, users.get(token.oid) ?? { id: token.oid }, token)
    }),
  )
  const app = express()
  app.get('/orders', passport.authenticate('oauth-bearer', { session: false }), (request, response) => {
    const { identity } = request.authInfo as AuthInfo // as the adapters give it
    response.json({ user: request.user, of: identity.key })
  })
  // #endregion
  return app
}

export function createApp(passport: Passport, verifier: Verifier): Express {
  // #region verifier
  passport.use(new BearerStrategy({ verifier, access: { scopes: ['Orders.Read'] } }))
  const app = express()
  app.get('/orders', passport.authenticate('oauth-bearer', { session: false }), (request, response) => {
    response.json({ of: (request.authInfo as AuthInfo).identity.key })
  })
  // #endregion
  return app
}

export function perRoute(passport: Passport, verifier: Verifier): Express {
  passport.use(new BearerStrategy({ verifier }))
  const app = express()
  // #region route
  const writers: AuthenticateOptions & { session: false } = {
    session: false,
    access: { scopes: ['Orders.Write'] },
  }
  app.get('/orders', passport.authenticate('oauth-bearer', writers), (request, response) => {
    response.json({ of: (request.authInfo as AuthInfo).identity.key })
  })
  // #endregion
  return app
}

export function answering(passport: Passport, verifier: Verifier): Express {
  passport.use(new BearerStrategy({ verifier }))
  const app = express()
  // #region refusal
  app.use((request, response, next) => {
    const answer = (error: unknown, user: unknown, info: unknown): void => {
      const refusal = refusalOf(request)
      if (refusal !== undefined) return writeRefusal(response, refusal, verifier.challenge)
      if (!user) return next(error ?? new Error('nobody signed in')) // without one, nobody passes
      Object.assign(request, { user, authInfo: info })
      next()
    }
    passport.authenticate('oauth-bearer', { session: false }, answer)(request, response, next)
  })
  // #endregion
  app.get('/orders', (request: Request, response) => void response.json(request.user))
  return app
}

// #region errors
export const onError: ErrorRequestHandler = (error, _request, response, next) => {
  if (!(error instanceof EntraGuardRefusal)) return next(error)
  console.error(error.cause.code, error.cause.details) // for the log, not for the caller
  response.status(error.status).set(error.headers).json({ error: error.message })
}
// #endregion

export function withoutPassport(old: IBearerStrategyOption): Verifier {
  // #region translate
  const { verifier: options, access } = translateOptions(old)
  const verifier = createVerifier(options)
  console.log(access) // { scopes: ['Orders.Read'] }
  // #endregion
  return verifier
}
