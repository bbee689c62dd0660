import type { IncomingMessage } from 'node:http'

import {
  authorizationOf,
  createPrivateMap,
  recallIdentity,
  type Access,
  type Identity,
  type Verifier,
} from '@entraguard/core'

const callers = createPrivateMap<IncomingMessage, Identity>()

/** For the guard: throws an `EntraGuardError` for whoever may not pass. */
export async function admit(verifier: Verifier, request: IncomingMessage, access: Access): Promise<void> {
  const authorization = authorizationOf(request)
  const seen = recallIdentity(verifier, authorization, access)
  callers.set(request, seen ?? (await verifier.authenticate(authorization, access)))
}

/** For everything behind it. */
export function callerOf(request: IncomingMessage): Identity {
  const caller = callers.get(request)
  if (caller === undefined) throw new Error('no guard has seen this request')
  return caller
}
