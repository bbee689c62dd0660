import { EntraGuardError } from '../errors/errors.ts'
import { because } from '../errors/reason.ts'
import { completeGroups } from './groups.ts'
import type { Identity } from './identity.ts'

/**
 * Reads the groups of an identity when they did not fit into the token. {@link graphGroups} creates such a function.
 */
export type ResolveGroups = (
  identity: Identity,
  context: { readonly graphHost: string; readonly signal?: AbortSignal },
) => Promise<readonly string[]>

/**
 * The identity with its groups read from elsewhere. Without `resolveGroups` it stays as it is, and the access
 * refuses it with `groups_overage`.
 *
 * @throws {EntraGuardError} `check_unavailable` when the groups cannot be read: unknown is not "in none".
 */
export async function resolveOverage(
  identity: Identity,
  graphHost: string | undefined,
  resolveGroups: ResolveGroups | undefined,
  signal: AbortSignal | undefined,
): Promise<Identity> {
  if (resolveGroups === undefined) return identity
  if (graphHost === undefined)
    throw unavailable(
      'the metadata names no known host of Microsoft Graph; list the host in cloud.graphHosts',
    )
  try {
    const groups = await resolveGroups(identity, { graphHost, ...(signal !== undefined && { signal }) })
    if (!Array.isArray(groups)) throw new TypeError('resolveGroups must return a list of object ids')
    return Object.freeze({ ...identity, groups: completeGroups(groups) })
  } catch (cause) {
    throw EntraGuardError.is(cause)
      ? cause
      : unavailable(because('the groups could not be read', cause), cause)
  }
}

function unavailable(reason: string, cause?: unknown): EntraGuardError {
  return new EntraGuardError('check_unavailable', { details: { reason }, cause })
}
