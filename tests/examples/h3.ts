import {
  compileAccess,
  EntraGuardError,
  toResponse,
  type Access,
  type IdentityFor,
  type Verifier,
} from '@entraguard/core'
import { defineHandler, type EventHandler, type H3Event } from 'h3'

/** A handler of h3 and Nitro that knows who calls. */
export function guarded<const A extends Access>(
  verifier: Verifier,
  access: A,
  handler: (event: H3Event, identity: IdentityFor<A>) => unknown,
): EventHandler {
  compileAccess(access) // a mistake in the access ends the start, not the first request
  return defineHandler(async (event) => {
    try {
      return await handler(event, await verifier.authenticate(event.req.headers.get('authorization'), access))
    } catch (error) {
      if (EntraGuardError.is(error)) return toResponse(error, verifier.challenge)
      throw error
    }
  })
}
