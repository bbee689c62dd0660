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

/** The part of a request that says how its route is configured. */
// oxlint-disable-next-line typescript/no-explicit-any -- whatever Fastify knows of the rest of the request
type RequestOf<C> = FastifyRequest<any, any, any, any, any, C, any>

// No decoration of the request: anything could write there, and one would have to do for every scope.
const admitted = createPrivateMap<object, UserIdentity | AppIdentity>()

/** For the guard alone. */
export function admit(request: object, identity: UserIdentity | AppIdentity): void {
  admitted.set(request, identity)
}

/**
 * Returns the caller, with the type that the `access` of the route admits.
 *
 * @throws {Error} in a route that requires no token or is not guarded.
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
