import {
  EntraGuardError,
  proofOf,
  recallIdentity,
  toResponse,
  type Access,
  type IdentityFor,
  type Verifier,
} from '@entraguard/core'
import type { NextRequest } from 'next/server.js'

import { afterResponse } from './after-response.ts'
import { callerOf } from './caller-of.ts'
import { checkDeclaration, checkedOptions, type Anonymous, type EntraGuardOptions } from './guard-options.ts'

/**
 * Guards a route handler of the App Router with an access token, on Node and with `runtime = 'edge'`.
 *
 * The handler runs only for callers whom the access admits. All others get 400, 401, 403 or 503 with the challenge of
 * RFC 6750. An `EntraGuardError` that the handler throws (for example from another `authorize`) becomes such a response
 * too. The response of the handler is sent unchanged, including streams. The route is never prerendered.
 *
 * If a request has two `Authorization` headers, only the first is seen, because Next's `Headers` drop the second.
 *
 * @param handler is called with the request, the identity (narrowed to what the access admits), and Next's context,
 * which you can annotate with `RouteContext<'/orders/[id]'>`.
 * @throws {TypeError} for an access that admits nobody or is malformed, and for unknown options. For a route with
 * `dynamic = 'force-static'` it is thrown in `next build` or, if the paths are not known by then, at each request.
 *
 * @example
 * ```ts
 * export const GET = withEntraGuard(verifier, { scopes: ['Orders.Read'] }, (request, user) =>
 *   Response.json(ordersOf(user.key)))
 * ```
 */
export function withEntraGuard<
  const A extends Access,
  Context = unknown,
  const O extends EntraGuardOptions = { optional: false },
>(
  verifier: Verifier,
  access: A,
  handler: (
    request: NextRequest,
    identity: IdentityFor<A> | Anonymous<O>,
    context: Context,
  ) => Response | Promise<Response>,
  options?: O,
): (request: NextRequest, context: Context) => Promise<Response> {
  checkDeclaration('withEntraGuard', verifier, access, handler)
  const checked = checkedOptions('withEntraGuard', options ?? {})
  return async function guardedHandler(request, context) {
    if (typeof request?.headers?.get !== 'function')
      throw new TypeError('withEntraGuard is for route handlers: use withEntraGuardApi for pages/api on Node')
    try {
      // Reading the headers is also what tells Next that this route depends on the request.
      const authorization = request.headers.get('authorization')
      if (authorization === null) refuseStatic(request.headers)
      const identity =
        recallIdentity(verifier, authorization, access, afterResponse) ??
        (await callerOf(verifier, authorization, access, checked, {
          ...afterResponse,
          request: proofOf(verifier, request),
        }))
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- undefined only where O says so
      return await handler(request, identity as IdentityFor<A> | Anonymous<O>, context)
    } catch (error) {
      if (EntraGuardError.is(error)) return toResponse(error, verifier.challenge)
      throw error
    }
  }
}

/**
 * With `dynamic = 'force-static'` Next shows handlers a request without headers, and keeps the one answer for all: in
 * the build, or at the first request for a path that the build did not know. A real request has a Host, and one with an
 * `Authorization` header need not be asked: counting headers costs more than finding a token that was seen.
 */
function refuseStatic(headers: Headers): void {
  const served = process.env['NEXT_RUNTIME'] !== undefined && headers.keys().next().done === true
  if (served || process.env['NEXT_PHASE'] === 'phase-production-build') {
    throw new TypeError(
      'withEntraGuard: a route that needs an access token cannot be static; remove dynamic = "force-static"',
    )
  }
}
