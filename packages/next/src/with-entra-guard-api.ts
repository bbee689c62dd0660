import {
  authorizationOf,
  EntraGuardError,
  proofOf,
  writeRefusal,
  type Access,
  type IdentityFor,
  type Verifier,
} from '@entraguard/core'
import type { NextApiRequest, NextApiResponse } from 'next'

import { callerOf } from './caller-of.ts'
import { checkDeclaration, checkedOptions, type Anonymous, type EntraGuardOptions } from './guard-options.ts'

/**
 * Guards an API route of the Pages Router (`pages/api`, on Node) with an access token. For routes with `runtime:
 * 'edge'`, use `withEntraGuard`.
 *
 * The handler runs only for callers whom the access admits. All others get 400, 401, 403 or 503 with the challenge of
 * RFC 6750. An `EntraGuardError` that the handler throws before it answers becomes such a response too. Next has
 * already parsed the body by then, so set `bodyParser` and its `sizeLimit` yourself.
 *
 * @throws {TypeError} for an access that admits nobody or is malformed, and for unknown options.
 *
 * @example
 * ```ts
 * export default withEntraGuardApi(verifier, { scopes: ['Orders.Read'] }, (req, res, user) => {
 *   res.json(ordersOf(user.key))
 * })
 * ```
 */
export function withEntraGuardApi<
  const A extends Access,
  Body = unknown,
  const O extends EntraGuardOptions = { optional: false },
>(
  verifier: Verifier,
  access: A,
  handler: (
    req: NextApiRequest,
    res: NextApiResponse<Body>,
    identity: IdentityFor<A> | Anonymous<O>,
  ) => unknown,
  options?: O,
): (req: NextApiRequest, res: NextApiResponse<Body>) => Promise<void> {
  checkDeclaration('withEntraGuardApi', verifier, access, handler)
  const checked = checkedOptions('withEntraGuardApi', options ?? {})
  return async function guardedHandler(req, res) {
    if (typeof res?.setHeader !== 'function')
      throw new TypeError(
        'withEntraGuardApi is for pages/api on Node: use withEntraGuard for route handlers and for the edge runtime',
      )
    try {
      const identity = await callerOf(verifier, authorizationOf(req), access, checked, {
        request: proofOf(verifier, req),
      })
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- undefined only where O says so
      await handler(req, res, identity as IdentityFor<A> | Anonymous<O>)
    } catch (error) {
      if (!EntraGuardError.is(error) || res.headersSent) throw error
      writeRefusal(res, error, verifier.challenge)
    }
  }
}
