import type { ModulesContainer } from '@nestjs/core'

import { getVerifierToken, settingsToken } from '../verifier.tokens.ts'

/** Under which token GraphQLModule has its options. */
export const graphqlOptions = 'GqlModuleOptions'

/**
 * Refuses to start a GraphQL application that has a guard but does not import `EntraGuardModule`. Nest asks no guard
 * for fields and references, so that there `@Access` would be ignored; elsewhere the guard misses its verifier and
 * refuses everybody. The module of another copy of this package does not know what this one wrote on a resolver.
 *
 * @throws {TypeError}
 */
export function checkImported(modules: ModulesContainer): void {
  const tokens = [...modules.values()].flatMap(({ providers }) => Array.from(providers.keys()))
  if (!tokens.includes(graphqlOptions) || tokens.includes(settingsToken)) return
  throw new TypeError(
    tokens.some((token) => String(token).startsWith(getVerifierToken('')))
      ? '@Access() and EntraGuard work for resolvers only with the EntraGuardModule of the same copy of @entraguard/nestjs, ' +
          'and there are two: install it once (npm ls @entraguard/nestjs, pnpm why @entraguard/nestjs)'
      : '@Access() and EntraGuard work for resolvers only with EntraGuardModule: import it',
  )
}
