import { compileAccess, type CompiledRule } from './access-rules.ts'
import type { Access } from './access.ts'
import { EntraGuardError } from '../errors/errors.ts'

/**
 * Names the scopes of several accesses in the challenge of one refusal. It is for adapters in which a route has several
 * accesses that must all admit the caller: the client can then request all scopes at once. An error that asks for no
 * scopes (a missing app permission, a claims challenge, a 503) is returned unchanged.
 *
 * `authenticate` already does this for the one access that it is given.
 *
 * @example
 * ```ts
 * toResponse(withScopes(error, [accessOfClass, accessOfMethod]), verifier.challenge)
 * ```
 */
export function withScopes(error: EntraGuardError, accesses: readonly Access[]): EntraGuardError {
  return nameScopes(error, accesses.map(compileAccess))
}

/** {@link withScopes} for compiled accesses, with the prefix of each scope if the verifier knows it. */
export function nameScopes(
  error: EntraGuardError,
  accesses: ReadonlyArray<readonly CompiledRule[]>,
  scopePrefix?: string,
): EntraGuardError {
  const { challenge, code, status } = error
  const lacksScopes = code === 'scope_missing' || (status === 401 && challenge.claims === undefined)
  if (!lacksScopes) return error
  const refused = challenge.scopes ?? []
  const scopes = [...new Set(accesses.flatMap((rules) => scopesOf(rules, refused)))]
  if (scopes.length === 0) return error
  const facts = {
    ...challenge,
    scopes: Object.freeze(scopes),
    ...(scopePrefix !== undefined && { scopePrefix }),
  }
  // A new error: requests for other routes may wait for the same key, and get the same refusal.
  const { hint, details } = error
  const cause = 'cause' in error ? { cause: error.cause } : {}
  return new EntraGuardError(code, { status, hint, details, challenge: facts, ...cause })
}

/**
 * The scopes to ask for: those of the rule that refused, if it is one of these, otherwise those of the first rule that
 * admits users by scopes. One alternative is enough; a client that requested all of them would ask its user for more
 * than it needs.
 */
function scopesOf(rules: readonly CompiledRule[], refused: readonly string[]): readonly string[] {
  const lists = rules.flatMap(({ scopes }) => (scopes === undefined ? [] : [scopes.values]))
  return lists.find((values) => values.join(' ') === refused.join(' ')) ?? lists[0] ?? []
}
