import type { IncomingMessage } from 'node:http'

import {
  authorizationOf,
  createPrivateMap,
  type Access,
  type Identity,
  type Verifier,
} from '@entraguard/core'

const callers = createPrivateMap<IncomingMessage, Identity>()

/** For the guard: throws an `EntraGuardError` for whoever may not pass. */
export async function admit(verifier: Verifier, request: IncomingMessage, access: Access): Promise<void> {
  callers.set(request, await verifier.authenticate(authorizationOf(request), access))
}

/** For everything behind it. */
export function callerOf(request: IncomingMessage): Identity {
  const caller = callers.get(request)
  if (caller === undefined) throw new Error('no guard has seen this request')
  return caller
}
