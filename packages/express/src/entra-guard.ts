// oxlint-disable promise/no-callback-in-promise -- Express asks for callbacks, and version 4 waits for no promise
import type { IncomingMessage, ServerResponse } from 'node:http'

import {
  authorizationOf,
  authorize,
  checkOptions,
  compileAccess,
  createPrivateMap,
  EntraGuardError,
  proofOf,
  recallIdentity,
  requireIdentity,
  writeRefusal,
  withScopes,
  type Access,
  type ChallengeOptions,
  type Identity,
  type IdentityFor,
  type Verifier,
} from '@entraguard/core'

import { accessesAhead, asking } from './asked-ahead.ts'
import { EntraGuardRefusal } from './refusal.ts'

/** Options of {@link entraGuard}. */
export interface EntraGuardOptions {
  /** The `realm` of challenges. Default: that of the verifier. */
  readonly realm?: string | undefined
  /** Lets requests without a bearer token pass, without an identity. A token that is sent is checked all the same. */
  readonly optional?: boolean | undefined
  /**
   * `answer`: the middleware sends refusals itself. `next`: it passes an {@link EntraGuardRefusal} to the error
   * handlers of the application. Default `answer`.
   */
  readonly refusals?: 'answer' | 'next' | undefined
}

type Next = (error?: unknown) => void

/**
 * A middleware for Express 4 and 5. After it, `response.locals.identity` is an `I`; all other types of request and
 * response stay the same.
 */
export interface EntraGuardMiddleware<I> {
  // A handler that was written without knowing of locals fits behind it too. The last signature is what Express infers from.
  (request: IncomingMessage, response: ServerResponse & { locals: Record<string, any> }, next: Next): void // oxlint-disable-line typescript/no-explicit-any -- as Express declares it
  (request: IncomingMessage, response: ServerResponse & { locals: { identity: I } }, next: Next): void
}

type Admitted<A> = A extends Access ? IdentityFor<A> : Identity
type Anonymous<O> = O extends { readonly optional?: infer P } ? (true extends P ? undefined : never) : never

/** How a request was let through, so that {@link requireAccess} can ask for more. */
interface Passed {
  readonly admission: Admission
  readonly identity: Identity | undefined
}

// Not in `locals`: anything could write there.
const passed = createPrivateMap<IncomingMessage, Passed>()

/**
 * Checks the access token of every request before anything after it runs, and sets `response.locals.identity`. A
 * refused caller gets 400, 401, 403 or 503 with the challenge of RFC 6750.
 *
 * Without an access, every user and app with any permission of this API passes. What they may do is then up to {@link
 * requireAccess}. CORS preflights carry no token, so put `cors()` before it, and body parsers after it.
 *
 * @throws {TypeError} without a verifier, for an access that admits nobody or is malformed, and for an unknown option.
 *
 * @example
 * ```ts
 * app.get('/orders', entraGuard(verifier, { scopes: ['Orders.Read'] }), (request, response) => {
 *   response.json(ordersOf(response.locals.identity.key))
 * })
 * ```
 */
export function entraGuard<
  const A extends Access | undefined = undefined,
  const O extends EntraGuardOptions = { optional: false },
>(verifier: Verifier, access?: A, options?: O): EntraGuardMiddleware<Admitted<A> | Anonymous<O>> {
  if (typeof verifier?.authenticate !== 'function')
    throw new TypeError('entraGuard needs a verifier: entraGuard(createVerifier({ tenants, audience }))')
  if (access !== undefined) compileAccess(access)
  const { realm, optional = false, refusals } = readOptions(options)
  const challenge = realm === undefined ? verifier.challenge : { ...verifier.challenge, realm }
  const admission: Admission = { verifier, challenge, refusals, optional, access }
  return asking(
    access,
    function entraGuardMiddleware(request: IncomingMessage, response: Response, next: Next) {
      admit(request, response, next, admission)
    },
  )
}

/**
 * Lets only callers pass whom the access admits, and narrows `response.locals.identity` to them. Put it after {@link
 * entraGuard}, which checks the token. Without one before it, the request fails with 500.
 *
 * @throws {TypeError} for an access that admits nobody or is malformed.
 *
 * @example
 * ```ts
 * app.use('/api', entraGuard(verifier))
 * app.post('/api/orders', requireAccess({ scopes: ['Orders.Write'] }), express.json(), addOrder)
 * ```
 */
export function requireAccess<const A extends Access>(access: A): EntraGuardMiddleware<IdentityFor<A>> {
  compileAccess(access)
  return asking(
    access,
    function requireAccessMiddleware(request: IncomingMessage, response: Response, next: Next) {
      const known = passed.get(request)
      if (known === undefined) return next(new Error('requireAccess needs an entraGuard before it'))
      const { admission, identity } = known
      if (!admits(access, identity))
        return admit(request, response, next, { ...admission, access, optional: false })
      setIdentity(response, identity)
      next()
    },
  )
}

type Response = ServerResponse & { locals?: Record<string, unknown> }

interface Admission {
  readonly verifier: Verifier
  readonly challenge: ChallengeOptions
  readonly refusals: EntraGuardOptions['refusals']
  readonly access: Access | undefined
  readonly optional: boolean
}

function admit(request: IncomingMessage, response: Response, next: Next, admission: Admission): void {
  const { verifier, access } = admission
  // A framework that shows one of two Authorization headers hides an attack; authorizationOf sees both.
  const authorization = authorizationOf(request)
  const seen = recallIdentity(verifier, authorization, access)
  if (seen !== undefined) return pass(request, response, next, admission, seen)
  // Express 4 knows no promises: whatever fails here goes to `next`.
  requireIdentity(verifier, authorization, access, { request: proofOf(verifier, request) })
    .then(
      (identity) => pass(request, response, next, admission, identity),
      (error: unknown) => turnAway(request, response, next, admission, error),
    )
    // A hook on the response may throw when the refusal is sent. Unhandled, it would end the process.
    .catch(next)
}

function pass(
  request: IncomingMessage,
  response: Response,
  next: Next,
  admission: Admission,
  identity: Identity | undefined,
): void {
  passed.set(request, { admission, identity })
  setIdentity(response, identity)
  next()
}

/** Express adds `locals` to a response, but a guard may stand before it or be used without it. */
function setIdentity(response: Response, identity: Identity | undefined): void {
  response.locals ??= {}
  response.locals['identity'] = identity
}

function turnAway(
  request: IncomingMessage,
  response: Response,
  next: Next,
  admission: Admission,
  error: unknown,
): void {
  const { challenge, refusals, access, optional } = admission
  if (!EntraGuardError.is(error)) return next(error)
  if (optional && error.code === 'token_missing') return pass(request, response, next, admission, undefined)
  const refusal = forRoute(request, error, access)
  // After somebody else has begun to answer, a time limit say, Express can only end the connection.
  if (refusals === 'next' || response.headersSent) return next(new EntraGuardRefusal(refusal, challenge))
  writeRefusal(response, refusal, challenge)
}

/** A refusal that names the scopes of every access of the route, beginning with this one if it is not among them. */
function forRoute(
  request: IncomingMessage,
  error: EntraGuardError,
  access: Access | undefined,
): EntraGuardError {
  const asked = accessesAhead(request)
  const all = access === undefined || asked.includes(access) ? asked : [access, ...asked]
  return withScopes(error, all)
}

/**
 * A refusal here is not final: the verifier can look up groups that did not fit into the token, and it reports to
 * `onEvent`.
 */
function admits(access: Access, identity: Identity | undefined): boolean {
  try {
    return identity !== undefined && authorize(identity, access) === identity
  } catch {
    return false
  }
}

function readOptions(options: EntraGuardOptions = {}): EntraGuardOptions {
  const { realm, optional, refusals } = checkOptions('entraGuard', options, ['realm', 'optional', 'refusals'])
  if (realm !== undefined && (typeof realm !== 'string' || !/^[\x20-\x7e]*$/.test(realm)))
    throw new TypeError('realm must be printable ASCII')
  if (optional !== undefined && typeof optional !== 'boolean')
    throw new TypeError('optional must be true or false')
  if (refusals !== undefined && refusals !== 'answer' && refusals !== 'next')
    throw new TypeError("refusals must be 'answer' or 'next'")
  return options
}
