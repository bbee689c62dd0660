import type { ModulesContainer } from '@nestjs/core'

import { getVerifierToken } from '../verifier.tokens.ts'

/** Under which token GraphQLModule has its options. */
export const graphqlOptions = 'GqlModuleOptions'

/**
 * Refuses to start a GraphQL application that has a guard but does not import `EntraGuardModule`. Nest asks no guard
 * for fields and references, so that there `@Access` would be ignored; elsewhere the guard misses its verifier and
 * refuses everybody.
 *
 * @throws {TypeError}
 */
export function checkImported(modules: ModulesContainer): void {
  const tokens = [...modules.values()].flatMap(({ providers }) => [...providers.keys()].map(String))
  const hasVerifier = tokens.some((token) => token.startsWith(getVerifierToken('')))
  if (tokens.includes(graphqlOptions) && !hasVerifier)
    throw new TypeError('@Access() and EntraGuard work for resolvers only with EntraGuardModule: import it')
}
