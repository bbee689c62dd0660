import {
  authorizationOf,
  challengeFor,
  compileAccess,
  EntraGuardError,
  type Access,
  type IdentityFor,
  type Verifier,
} from '@entraguard/core'
import type { NextApiRequest, NextApiResponse } from 'next'

/**
 * An API route of the Pages Router (`pages/api`, on Node) behind an access token.
 *
 * The handler runs only for a caller that the access admits; the others get 400, 401, 403 or 503 with the challenge
 * of RFC 6750. An `EntraGuardError` that the handler throws before it answers becomes such an answer too. Next has
 * parsed the body by then: `bodyParser` and its `sizeLimit` are yours to set.
 *
 * @throws {TypeError} for an access that admits nobody or is written wrongly.
 *
 * @example
 * ```ts
 * export default withEntraGuardApi(verifier, { scopes: ['Orders.Read'] }, (req, res, user) => {
 *   res.json(ordersOf(user.key))
 * })
 * ```
 */
export function withEntraGuardApi<const A extends Access, Body = unknown>(
  verifier: Verifier,
  access: A,
  handler: (req: NextApiRequest, res: NextApiResponse<Body>, identity: IdentityFor<A>) => unknown,
): (req: NextApiRequest, res: NextApiResponse<Body>) => Promise<void> {
  compileAccess(access)
  return async function guardedHandler(req, res) {
    try {
      const identity = await verifier.authenticate(authorizationOf(req), access)
      await handler(req, res, identity)
    } catch (error) {
      if (!EntraGuardError.is(error) || res.headersSent) throw error
      const { status, headers, body } = challengeFor(error, verifier.challenge)
      // What the handler has said about its own body: with another's length the caller waits for the rest.
      for (const name of ['content-encoding', 'content-length', 'etag']) res.removeHeader(name)
      res.writeHead(status, { ...headers, 'content-type': 'application/json' }).end(JSON.stringify(body))
    }
  }
}
