import {
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
      res.writeHead(status, { ...headers, 'content-type': 'application/json' }).end(JSON.stringify(body))
    }
  }
}

/**
 * Node keeps the first of two `Authorization` headers where a proxy may have looked at the last: the raw headers
 * tell that there were two. The value itself may have been set by `proxy.ts`, so it is not read from them.
 */
function authorizationOf({ headers, rawHeaders }: NextApiRequest): string | readonly string[] | undefined {
  const sent = rawHeaders.filter(
    (_, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === 'authorization',
  )
  return sent.length > 1 ? sent : headers.authorization
}
