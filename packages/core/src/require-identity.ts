import type { Access, IdentityFor } from './access/access.ts'
import { authorize, authorizeAnyone } from './access/authorize.ts'
import type { AppIdentity, UserIdentity } from './access/identity.ts'
import { anError } from './errors/any-error.ts'
import type { Verifier, VerifyContext } from './verifier-interface.ts'

/**
 * Calls {@link Verifier.authenticate} and insists on an identity that the access admits, for adapters. People wrap
 * verifiers to count or to log. A wrapper that swallows a refusal, forgets to return the identity, or forgets to pass the
 * access on must let nobody pass who may not. The promise resolves with an identity or is rejected with an object, even
 * if the wrapper throws synchronously.
 *
 * @throws {EntraGuardError} as `authenticate` does; `Error` if the verifier returns no identity.
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
      'the verifier returned no identity: a wrapper must return what the verifier returns, and throw what it throws',
    )
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a verifier gives nothing else
  const caller = identity as UserIdentity | AppIdentity
  // Again, because a wrapper may have dropped the access, and a verifier without one admits callers with any permission.
  if (access === undefined) authorizeAnyone(caller)
  else authorize(caller, access)
  return caller
}
