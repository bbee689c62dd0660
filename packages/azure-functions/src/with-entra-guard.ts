import type { HttpHandler, HttpRequest, HttpResponseInit, InvocationContext } from '@azure/functions'
import {
  challengeFor,
  checkOptions,
  compileAccess,
  EntraGuardError,
  proofOf,
  requireIdentity,
  type Access,
  type AppIdentity,
  type IdentityFor,
  type UserIdentity,
  type Verifier,
} from '@entraguard/core'

import { explainAppService } from './app-service.ts'

/** Options of {@link withEntraGuard}. */
export interface EntraGuardOptions {
  /** The `realm` of challenges. Default: that of the verifier. */
  readonly realm?: string | undefined
}

/** A handler that receives the identity of the caller. */
export type GuardedHandler<I> = (
  request: HttpRequest,
  identity: I,
  context: InvocationContext,
) => ReturnType<HttpHandler>

type Admitted<A> = A extends Access ? IdentityFor<A> : UserIdentity | AppIdentity

/**
 * Guards an HTTP handler of Azure Functions (programming model v4) with an access token.
 *
 * The handler runs only for callers whom the access admits. All others get 400, 401, 403 or 503 with the challenge of
 * RFC 6750. Without an access (`undefined`), every user and app with any permission of this API may call. An
 * `EntraGuardError` that the handler throws becomes such a response too; every other error is passed on.
 *
 * It guards only HTTP triggers: timers, queues and orchestrations carry no token. Use `authLevel: 'anonymous'`;
 * otherwise callers need a function key in addition to the token.
 *
 * @throws {TypeError} without a verifier, for an access that admits nobody or is malformed, and for an unknown option.
 *
 * @example
 * ```ts
 * app.http('orders', {
 *   authLevel: 'anonymous',
 *   handler: withEntraGuard(verifier, { scopes: ['Orders.Read'] }, (request, user) => ({ jsonBody: { of: user.key } })),
 * })
 * ```
 */
export function withEntraGuard<const A extends Access | undefined>(
  verifier: Verifier,
  access: A,
  handler: GuardedHandler<Admitted<A>>,
  options: EntraGuardOptions = {},
): HttpHandler {
  if (typeof verifier?.authenticate !== 'function')
    throw new TypeError('withEntraGuard needs a verifier: createVerifier({ tenants, audience })')
  if (typeof handler !== 'function') throw new TypeError('withEntraGuard needs a handler')
  if (access !== undefined) compileAccess(access)
  const challenge = { ...verifier.challenge, ...readRealm(options) }
  return async function guardedHandler(request, context) {
    try {
      const identity = await requireIdentity(verifier, request.headers.get('authorization'), access, {
        request: proofOf(verifier, request),
      })
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the verifier has compared it with this access
      return await handler(request, identity as Admitted<A>, context)
    } catch (error) {
      if (!EntraGuardError.is(error)) throw error
      return refuse(explainAppService(error, request.headers), challenge)
    }
  }
}

function refuse(error: EntraGuardError, options: Verifier['challenge']): HttpResponseInit {
  const { status, headers, body } = challengeFor(error, options)
  return { status, headers, jsonBody: body }
}

function readRealm(options: EntraGuardOptions): { realm?: string } {
  const { realm } = checkOptions('withEntraGuard', options, ['realm'])
  if (realm === undefined) return {}
  if (typeof realm !== 'string' || !/^[\x20-\x7e]*$/.test(realm))
    throw new TypeError('realm must be printable ASCII')
  return { realm }
}
