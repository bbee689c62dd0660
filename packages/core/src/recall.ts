import type { Access } from './access/access.ts'
import type { AppIdentity, Identity, UserIdentity } from './access/identity.ts'
import { createPrivateMap } from './access/private-map.ts'
import type { AuthorizationHeader } from './token/bearer.ts'
import type { Verifier, VerifyContext } from './verifier-interface.ts'

/** Returns the caller behind a token that was seen before, if there is nothing to wait for. */
export type Recall = (
  authorization: AuthorizationHeader,
  access: Access | undefined,
  context: VerifyContext | undefined,
) => Identity | undefined

/**
 * Not a member of the verifiers: who wraps a verifier, to count or to log, copies its members, and would be passed by. A
 * copy is not in here.
 */
const recalls = createPrivateMap<Verifier, Recall>()

/** Makes known how a verifier recalls, and freezes it, which must not come before. */
export function registerRecall(verifier: Verifier, recall: Recall): Verifier {
  recalls.set(verifier, recall)
  return Object.freeze(verifier)
}

/**
 * Answers like {@link Verifier.authenticate}, but without a promise, for adapters. It returns the caller if the token
 * was accepted before, is still valid, and the access admits it. In all other cases it returns `undefined`, and you
 * must call `authenticate`: for a new token, for a refused one, if groups have to be looked up, if the application has
 * its own rules, and if the verifier is wrapped.
 *
 * In a server, one promise for each request makes up a third of the cost of a token that was seen before.
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
