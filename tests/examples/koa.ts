import {
  authorizationOf,
  challengeFor,
  compileAccess,
  EntraGuardError,
  type Access,
  type IdentityFor,
  type Verifier,
} from '@entraguard/core'
import type { Middleware } from 'koa'

/** What it lets through has `ctx.state.identity`, narrowed to what the access admits. */
export function guard<const A extends Access>(
  verifier: Verifier,
  access: A,
): Middleware<{ identity: IdentityFor<A> }> {
  compileAccess(access) // a mistake in the access ends the start, not the first request
  return async (ctx, next) => {
    try {
      ctx.state.identity = await verifier.authenticate(authorizationOf(ctx.req), access)
    } catch (error) {
      if (!EntraGuardError.is(error)) throw error
      const { status, headers, body } = challengeFor(error, verifier.challenge)
      ctx.status = status
      ctx.set({ ...headers })
      ctx.body = body
      return
    }
    await next()
  }
}
