import type { IncomingMessage } from 'node:http'

import {
  anError,
  authorizationOf,
  createPrivateMap,
  recallIdentity,
  requireIdentity,
  type Access,
  type Identity,
  type Verifier,
} from '@entraguard/core'

const callers = createPrivateMap<IncomingMessage, Identity>()

/** For the guard: throws an `EntraGuardError` for whoever may not pass. */
export async function admit(verifier: Verifier, request: IncomingMessage, access: Access): Promise<void> {
  const authorization = authorizationOf(request)
  const seen = recallIdentity(verifier, authorization, access)
  callers.set(request, seen ?? (await requireIdentity(verifier, authorization, access)))
}

/** The guard, for frameworks with a `next`. */
export function guard(verifier: Verifier, access: Access) {
  return async (request: IncomingMessage, _response: unknown, next: (error?: unknown) => void) => {
    try {
      await admit(verifier, request, access)
    } catch (error) {
      // Nothing, and some texts, mean "go on" there.
      return next(anError(error))
    }
    next()
  }
}

/** For everything behind it. */
export function callerOf(request: IncomingMessage): Identity {
  const caller = callers.get(request)
  if (caller === undefined) throw new Error('no guard has seen this request')
  return caller
}
