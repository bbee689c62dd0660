import type { IncomingMessage, ServerResponse } from 'node:http'

import {
  authorizationOf,
  compileAccess,
  EntraGuardError,
  proofOf,
  requireIdentity,
  writeRefusal,
  type Access,
  type IdentityFor,
  type Verifier,
} from '@entraguard/core'

/**
 * A handler of `node:http` behind an access token.
 *
 * It runs only for a caller that the access admits; the others get 400, 401, 403 or 503 with the challenge of
 * RFC 6750. An `EntraGuardError` that the handler throws before it answers becomes such an answer too; every other
 * error is passed on.
 *
 * @throws {TypeError} for an access that admits nobody or is written wrongly.
 *
 * @example
 * ```ts
 * const readOrders = guard(verifier, { scopes: ['Orders.Read'] }, (request, response, user) => {
 *   response.end(JSON.stringify(ordersOf(user.key)))
 * })
 * ```
 */
export function guard<const A extends Access>(
  verifier: Verifier,
  access: A,
  handler: (request: IncomingMessage, response: ServerResponse, identity: IdentityFor<A>) => unknown,
): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  // Now, not at the first request: a route that nobody can call is a mistake of whoever wrote it.
  compileAccess(access)
  return async function guardedHandler(request, response) {
    try {
      // A framework that shows one of two Authorization headers hides an attack; authorizationOf sees both.
      // What proves the key of a token that is bound to one, where the verifier takes such tokens.
      const presented = { request: proofOf(verifier, request) }
      // Not verifier.authenticate: whoever has wrapped the verifier may have lost a refusal.
      const identity = await requireIdentity(verifier, authorizationOf(request), access, presented)
      await handler(request, response, identity)
    } catch (error) {
      if (!EntraGuardError.is(error) || response.headersSent) throw error
      writeRefusal(response, error, verifier.challenge)
    }
  }
}
