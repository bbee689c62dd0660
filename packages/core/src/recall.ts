import type { Access } from './access/access.ts'
import type { AppIdentity, Identity, UserIdentity } from './access/identity.ts'
import type { AuthorizationHeader } from './token/bearer.ts'
import type { Verifier, VerifyContext } from './verifier-interface.ts'

/** The caller behind a token that was seen before, where there is nothing to wait for. */
export type Recall = (
  authorization: AuthorizationHeader,
  access: Access | undefined,
  context: VerifyContext | undefined,
) => Identity | undefined

/**
 * Beside the verifiers and not on them: who wraps a verifier, to count or to log, copies its members, and would be passed
 * by. A copy is not in here.
 */
const recalls = new WeakMap<Verifier, Recall>()

/** Makes known how a verifier recalls. */
export function registerRecall(verifier: Verifier, recall: Recall): Verifier {
  recalls.set(verifier, recall)
  return verifier
}

/**
 * The answer of {@link Verifier.authenticate} without a promise, for adapters: the caller, where the token was accepted
 * before, still holds and is admitted by the access. Everything else is `undefined`, and `authenticate` is to be asked:
 * a token that was not seen, one that is refused, groups that have to be looked up, rules of the application, and a
 * verifier that something wraps.
 *
 * A promise for each request is a third of what a token that was seen costs in a server.
 *
 * @example
 * ```ts
 * const authorization = authorizationOf(request)
 * const identity = recallIdentity(verifier, authorization) ?? (await verifier.authenticate(authorization))
 * ```
 */
export function recallIdentity(
  verifier: Verifier,
  authorization: string | readonly string[] | null | undefined,
  access?: Access,
  context?: VerifyContext,
): UserIdentity | AppIdentity | undefined {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- nobody else is admitted, by whatever access
  return recalls.get(verifier)?.(authorization, access, context) as UserIdentity | AppIdentity | undefined
}
