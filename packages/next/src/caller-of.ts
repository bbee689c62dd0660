import {
  EntraGuardError,
  requireIdentity,
  type Access,
  type IdentityFor,
  type Verifier,
  type VerifyContext,
} from '@entraguard/core'

import type { EntraGuardOptions } from './guard-options.ts'

/**
 * Returns the caller, or `undefined` for a request without a token if the token is optional.
 *
 * @throws {EntraGuardError}
 */
export async function callerOf<A extends Access>(
  verifier: Verifier,
  authorization: Parameters<Verifier['authenticate']>[0],
  access: A,
  { optional = false }: EntraGuardOptions,
  context?: VerifyContext,
): Promise<IdentityFor<A> | undefined> {
  try {
    return await requireIdentity(verifier, authorization, access, context)
  } catch (error) {
    if (optional && EntraGuardError.is(error) && error.code === 'token_missing') return undefined
    throw error
  }
}
