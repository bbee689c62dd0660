import type { Access, IdentityFor } from './access/access.ts'
import type { AppIdentity, UserIdentity } from './access/identity.ts'
import { anError } from './errors/any-error.ts'
import type { Verifier, VerifyContext } from './verifier-interface.ts'

/**
 * {@link Verifier.authenticate} for adapters, of whatever verifier they were given: people wrap them, to count or to log,
 * and a wrapper that swallows the refusal, or forgets to return the caller, must let nobody pass. An identity comes back,
 * or the promise is rejected with an object, also where the wrapper throws before there is a promise.
 *
 * @throws {EntraGuardError} as `authenticate`; `Error` for a verifier that gives no identity.
 *
 * @example
 * ```ts
 * requireIdentity(verifier, authorizationOf(request), access).then(pass, next)
 * ```
 */
export async function requireIdentity<const A extends Access>(
  verifier: Verifier,
  authorization: string | readonly string[] | null | undefined,
  access: A,
  context?: VerifyContext,
): Promise<IdentityFor<A>>
export async function requireIdentity(
  verifier: Verifier,
  authorization: string | readonly string[] | null | undefined,
  access?: Access,
  context?: VerifyContext,
): Promise<UserIdentity | AppIdentity>
export async function requireIdentity(
  verifier: Verifier,
  authorization: string | readonly string[] | null | undefined,
  access?: Access,
  context?: VerifyContext,
): Promise<UserIdentity | AppIdentity> {
  let identity: unknown
  try {
    identity = await verifier.authenticate(authorization, access, context)
  } catch (error) {
    throw anError(error)
  }
  if (typeof identity !== 'object' || identity === null)
    throw new Error(
      'the verifier gave no identity: what wraps it has to return it, and to throw what it throws',
    )
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a verifier gives nothing else
  return identity as UserIdentity | AppIdentity
}
