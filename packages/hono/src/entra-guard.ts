import {
  authorize,
  challengeFor,
  compileAccess,
  EntraGuardError,
  proofOf,
  recallIdentity,
  requireIdentity,
  toResponse,
  withScopes,
  type Access,
  type Identity,
  type IdentityFor,
  type ProofRequest,
  type Verifier,
  type VerifyContext,
} from '@entraguard/core'
import type { Context, MiddlewareHandler } from 'hono'
import { HTTPException } from 'hono/http-exception'

import { checkedOptions, type EntraGuardOptions } from './guard-options.ts'
import { guardFrom, type Guard, type VerifierSource } from './verifier-source.ts'

/** What the middleware adds to the context: `c.var.identity`. */
export type IdentityEnv<I> = { Variables: { identity: I } }

type Admitted<A> = A extends Access ? IdentityFor<A> : Identity
type Anonymous<O extends EntraGuardOptions> = 'optional' extends keyof O
  ? true extends O['optional']
    ? undefined
    : never
  : never

/**
 * What `entraGuard` checked, under a symbol and together with the context that it holds for: any middleware can put an
 * identity under a name, or copy all variables of another context. A mounted app gets a context of its own, of which
 * nothing is known. (A `WeakMap` by context takes 4 % of the time that Hono has for a request.)
 *
 * The symbol is a registered one, because this file may be there twice: a guard that was imported and a
 * `requireAccess` that was required know each other.
 */
const guarded = Symbol.for('@entraguard/hono')

/**
 * Checks the access token of every request before anything after it runs, and sets `c.var.identity`. A refused caller
 * gets 400, 401, 403 or 503 with the challenge of RFC 6750, as an `HTTPException` whose `cause` is the
 * `EntraGuardError`.
 *
 * Without an access, every user and app with any permission of this API passes. What they may do is then up to {@link
 * requireAccess}. CORS preflights carry no token, so put `cors()` before it.
 *
 * @param source a verifier, or a function that creates one from `c.env`. It is called once for each environment.
 * @throws {TypeError} for an access that admits nobody or is malformed, and for unknown options.
 *
 * @example
 * ```ts
 * const app = new Hono()
 *   .use('/api/*', entraGuard(verifier))
 *   .get('/api/orders', requireAccess({ scopes: ['Orders.Read'] }), (c) => c.json(ordersOf(c.var.identity.key)))
 * ```
 */
export function entraGuard<
  const A extends Access | undefined = undefined,
  const O extends EntraGuardOptions = { optional: false },
>(
  source: VerifierSource,
  access?: A,
  options?: O,
): MiddlewareHandler<IdentityEnv<Admitted<A> | Anonymous<O>>> {
  if (access !== undefined) compileAccess(access)
  const { realm, optional } = checkedOptions(options)
  const guardOf = guardFrom(source, realm)
  return asking(access, async function entraGuardMiddleware(c: Context, next) {
    const guard = guardOf(c)
    const identity = recall(c, guard, access) ?? (await authenticate(c, guard, access, optional))
    c.set(guarded, [c, guard, identity])
    c.set('identity', identity)
    await next()
  })
}

/**
 * Lets only callers pass whom the access admits, and narrows `c.var.identity` to them. Put it after {@link entraGuard},
 * which checks the token. Without one before it, it throws: Hono answers 500 and logs why.
 *
 * @throws {TypeError} for an access that admits nobody or is malformed.
 *
 * @example
 * ```ts
 * app.post('/api/orders', requireAccess({ scopes: ['Orders.Write'] }), (c) => c.json(add(c.var.identity.key)))
 * ```
 */
export function requireAccess<const A extends Access>(
  access: A,
): MiddlewareHandler<IdentityEnv<IdentityFor<A>>> {
  compileAccess(access)
  return asking(access, async function requireAccessMiddleware(c: Context, next) {
    const known: readonly [Context, Guard, Identity | undefined] | undefined = c.get(guarded)
    if (known?.[0] !== c) throw new Error('requireAccess needs an entraGuard before it, in a mounted app too')
    const [, guard, identity] = known
    c.set('identity', admits(access, identity) ? identity : await authenticate(c, guard, access))
    await next()
  })
}

/** On a middleware: its access. A registered symbol for the same reason as {@link guarded}. */
const asked = Symbol.for('@entraguard/hono.asked')

function asking<M extends MiddlewareHandler>(access: Access | undefined, middleware: M): M {
  return Object.defineProperty(middleware, asked, { value: access })
}

const accessOf = (middleware: object): Access | undefined => Reflect.get(middleware, asked)

/**
 * A refusal that names the scopes of the whole route, because the guard, which makes most refusals, runs before the
 * rules. Of several routes that match, the first one that takes no `next` answers; what stands behind it never runs.
 */
function forRoute(c: Context, refusal: EntraGuardError, access: Access | undefined): EntraGuardError {
  const handlers = c.req.matchedRoutes.map(({ handler }) => handler)
  const last = handlers.findIndex(({ length }) => length < 2)
  const ofRoute = handlers.slice(0, last === -1 ? undefined : last).map(accessOf)
  // In order; the middleware itself is hidden where something wraps it.
  const all = ofRoute.includes(access) ? ofRoute : [access, ...ofRoute]
  return withScopes(
    refusal,
    all.filter((each) => each !== undefined),
  )
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

function recall(c: Context, { verifier }: Guard, access: Access | undefined): Identity | undefined {
  return recallIdentity(verifier, c.req.header('authorization'), access, contextOf(c))
}

async function authenticate(
  c: Context,
  { verifier, challenge }: Guard,
  access: Access | undefined,
  optional = false,
): Promise<Identity | undefined> {
  try {
    const request = proofIn(c, verifier)
    return await requireIdentity(verifier, c.req.header('authorization'), access, {
      ...contextOf(c),
      request,
    })
  } catch (error) {
    if (!EntraGuardError.is(error)) throw error
    if (optional && error.code === 'token_missing') return undefined
    const cause = forRoute(c, error, access)
    // What the caller gets, too: error handlers show the message of an HTTPException, and all 401 are to look alike.
    const { error_description: message } = challengeFor(cause).body
    throw new HTTPException(cause.status, { res: toResponse(cause, challenge), message, cause })
  }
}

/** A proof is valid once, but a request may have several guards. */
function proofIn(c: Context, verifier: Verifier): ProofRequest | undefined {
  // Of the server for Node, which knows the connection. Elsewhere a context is there once for each request.
  const incoming: unknown = c.env?.incoming
  return proofOf(verifier, c.req.raw, isNodeRequest(incoming) ? incoming : c)
}

/** A binding of Workers may have any name, and is one object for all requests: as such every proof would be good again. */
function isNodeRequest(value: unknown): value is object {
  return (
    typeof value === 'object' && value !== null && 'rawHeaders' in value && Array.isArray(value.rawHeaders)
  )
}

const contextOf = (c: Context): VerifyContext => ({
  waitUntil: (work) => {
    try {
      c.executionCtx.waitUntil(work)
    } catch {
      // Only Workers end background work with the response; elsewhere the getter throws.
    }
  },
})
