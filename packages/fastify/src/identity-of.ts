import {
  createPrivateMap,
  type Access,
  type AppIdentity,
  type IdentityFor,
  type UserIdentity,
} from '@entraguard/core'
import type { FastifyRequest } from 'fastify'

/** The callers that a route with this `config` admits. */
export type AdmittedBy<C> = C extends { readonly access: infer A }
  ? A extends 'public'
    ? never
    : A extends Access
      ? IdentityFor<A>
      : UserIdentity | AppIdentity
  : UserIdentity | AppIdentity

/** As much of a request as says what its route was configured with. */
// oxlint-disable-next-line typescript/no-explicit-any -- whatever Fastify knows of the rest of the request
type RequestOf<C> = FastifyRequest<any, any, any, any, any, C, any>

// No decoration of the request: anything could write there, and one would have to do for every scope.
const admitted = createPrivateMap<object, UserIdentity | AppIdentity>()

/** For the guard alone. */
export function admit(request: object, identity: UserIdentity | AppIdentity): void {
  admitted.set(request, identity)
}

/**
 * Who calls, of the type that the `access` of the route admits.
 *
 * @throws {Error} in a route that asks for no token, or that no guard stands before.
 *
 * @example
 * ```ts
 * app.get('/orders', { config: { access: { scopes: ['Orders.Read'] } } }, (request) => ordersOf(identityOf(request).key))
 * ```
 */
export function identityOf<C>(request: RequestOf<C>): AdmittedBy<C> {
  const identity = admitted.get(request)
  if (identity === undefined)
    throw new Error('identityOf needs a route behind entraGuard whose access is not "public"')
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the guard has compared it with the access of this route
  return identity as AdmittedBy<C>
}
