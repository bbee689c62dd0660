import { authorize, EntraGuardError, type AppIdentity, type UserIdentity } from '@entraguard/core'
import type { CanActivate, ExecutionContext } from '@nestjs/common'

import { EntraGuardException } from '../entra-guard.exception.ts'
import { contextOfCall } from '../graphql/graphql.call.ts'
import { admissions, anonymous, keyOf } from './request.reader.ts'
import { rulesOf, type RouteRules } from '../routes/route.rules.ts'

/**
 * A replacement of `EntraGuard` for tests: every call comes from this caller, or from nobody. No token is read, but the
 * access of the route still applies: a caller who lacks its scope gets 403. Opening a socket still takes a token.
 *
 * @param caller the identity that a verifier returned for a token of the emulator, or `undefined`.
 * @throws {TypeError} if `NODE_ENV` is `production`.
 *
 * @example
 * ```ts
 * const entra = await createEmulator()
 * const ada = await createVerifier(entra.verifierOptions()).authenticate(`Bearer ${await entra.issueUserToken()}`)
 * const module = await Test.createTestingModule({ imports: [AppModule] })
 *   .overrideGuard(EntraGuard)
 *   .useValue(calledBy(ada))
 *   .compile()
 * ```
 */
export function calledBy(caller: UserIdentity | AppIdentity | undefined): CanActivate {
  if (process.env['NODE_ENV'] === 'production') throw new TypeError('calledBy() is for tests')
  return {
    canActivate(context: ExecutionContext): boolean {
      const rules = rulesOf(context.getClass(), context.getHandler())
      if (rules.isPublic) return true
      if (caller === undefined) return passWithoutCaller(context, rules)
      for (const access of rules.accesses) refuseUnless(() => authorize(caller, access))
      admissions.set(keyOf(context), { caller, rules })
      const graphql = context.getType<string>() === 'graphql' ? contextOfCall(context) : undefined
      if (graphql !== undefined) admissions.set(graphql, { caller })
      return true
    },
  }
}

function passWithoutCaller(context: ExecutionContext, rules: RouteRules): boolean {
  if (!rules.isOptional) throw new EntraGuardException(new EntraGuardError('token_missing'))
  anonymous.set(keyOf(context), rules)
  return true
}

function refuseUnless(decide: () => unknown): void {
  try {
    decide()
  } catch (error) {
    throw EntraGuardError.is(error) ? new EntraGuardException(error) : error
  }
}
