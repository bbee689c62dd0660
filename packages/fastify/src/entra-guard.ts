// oxlint-disable promise/no-callback-in-promise -- a hook with a callback lets a token that was seen pass without a promise
import {
  authorizationOf,
  checkOptions,
  compileAccess,
  EntraGuardError,
  proofOf,
  recallIdentity,
  requireIdentity,
  type Access,
  type AppIdentity,
  type UserIdentity,
  type Verifier,
} from '@entraguard/core'
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'

import { admit } from './identity-of.ts'
import { EntraGuardRefusal } from './refusal.ts'
import { checkRoute, type RouteAccess } from './route-access.ts'

/** Options of {@link entraGuard}. */
export interface EntraGuardOptions {
  readonly verifier: Verifier
  /** The access of routes that do not have their own. Default: every user and app with any permission of this API. */
  readonly access?: Access | undefined
  /** The `realm` of challenges. Default: that of the verifier. */
  readonly realm?: string | undefined
  /**
   * `answer`: the guard sends refusals itself. `throw`: the error handler of the application gets an {@link
   * EntraGuardRefusal}. Default `answer`.
   */
  readonly refusals?: 'answer' | 'throw' | undefined
}

const guarded = Symbol('entraGuard')

const registerGuard: FastifyPluginAsync<EntraGuardOptions> = async (app, options) => {
  const { access, refusals } = readOptions(options)
  const { verifier, realm } = options
  const challenge = realm === undefined ? verifier.challenge : { ...verifier.challenge, realm }
  if (guarded in app) throw new TypeError('this scope is already guarded: register entraGuard once')
  // That it is there is all that it says.
  app.decorate(guarded, null)

  // A mistake in the access of a route ends the start, not the first request.
  app.addHook('onRoute', checkRoute)
  // Before the body is read, and before anything else that a route asks for.
  app.addHook('onRequest', (request, reply, done) => {
    const asked: RouteAccess | undefined = request.routeOptions.config.access ?? access
    if (asked === 'public') return done()
    // A framework that shows one of two Authorization headers hides an attack; authorizationOf sees both.
    const authorization = authorizationOf(request.raw)
    const seen = recallIdentity(verifier, authorization, asked)
    if (seen !== undefined) pass(request, seen, done)
    else check(request, reply, done, authorization, asked)
  })

  // On its own: a closure costs every call of the function that it stands in, also those that never make it.
  function check(
    request: FastifyRequest,
    reply: FastifyReply,
    done: Done,
    authorization: string | readonly string[] | undefined,
    asked: Access | undefined,
  ): void {
    const presented = { request: proofOf(verifier, request.raw) }
    requireIdentity(verifier, authorization, asked, presented).then(
      (identity) => pass(request, identity, done),
      (error: Error) => {
        if (!EntraGuardError.is(error)) return done(error)
        const refusal = new EntraGuardRefusal(error, challenge)
        if (refusals === 'throw') return done(refusal)
        answer(reply, refusal)
      },
    )
  }
}

type Done = (error?: Error) => void

function pass(request: FastifyRequest, identity: UserIdentity | AppIdentity, done: Done): void {
  admit(request, identity)
  done()
}

/**
 * Guards the scope that it is registered in, and every scope inside. Each route requires an access token unless its
 * `config` says `access: 'public'`. A refused caller gets 400, 401, 403 or 503 with the challenge of RFC 6750. Paths
 * without a route are guarded too.
 *
 * Register it before the routes, so that a mistake in their access is found at start-up, and after `@fastify/cors`,
 * because preflights carry no token. Sibling scopes can each have their own guard and verifier; a scope inside a
 * guarded one cannot be guarded again.
 *
 * @throws {TypeError} at registration: without a verifier, for an unknown option, and for an access, here or in a
 * route, that admits nobody or is malformed.
 *
 * @example
 * ```ts
 * await app.register(entraGuard, { verifier })
 * app.get('/orders', { config: { access: { scopes: ['Orders.Read'] } } }, (request) => ordersOf(identityOf(request).key))
 * app.get('/health', { config: { access: 'public' } }, () => 'ok')
 * ```
 */
export const entraGuard: FastifyPluginAsync<EntraGuardOptions> = Object.assign(registerGuard, {
  // What fastify-plugin sets: hooks belong to the scope of whoever registers, not to one of their own.
  [Symbol.for('skip-override')]: true,
  [Symbol.for('fastify.display-name')]: '@entraguard/fastify',
  [Symbol.for('plugin-meta')]: { name: '@entraguard/fastify', fastify: '5.x' },
})

function answer(reply: FastifyReply, { statusCode, headers, body }: EntraGuardRefusal): FastifyReply {
  return reply.code(statusCode).headers(headers).type('application/json').send(JSON.stringify(body))
}

const optionNames = ['verifier', 'access', 'realm', 'refusals']

function readOptions(options: EntraGuardOptions): EntraGuardOptions {
  const { verifier, access, realm, refusals } = checkOptions('entraGuard', options, optionNames)
  if (typeof verifier?.authenticate !== 'function')
    throw new TypeError(
      'entraGuard needs a verifier: app.register(entraGuard, { verifier: createVerifier({ tenants, audience }) })',
    )
  // A scope that is open by default is none that is guarded.
  if (access !== undefined) compileAccess(access)
  if (realm !== undefined && (typeof realm !== 'string' || !/^[\x20-\x7e]*$/.test(realm)))
    throw new TypeError('realm must be printable ASCII')
  if (refusals !== undefined && refusals !== 'answer' && refusals !== 'throw')
    throw new TypeError("refusals must be 'answer' or 'throw'")
  return options
}
