import { isGuid } from '../authority/clouds.ts'
import { EntraGuardError } from '../errors/errors.ts'
import type { Identity } from './identity.ts'
import { member, type JsonObject } from '../token/strict-json.ts'

/**
 * The groups of an identity. `overage` means that they did not fit into the token: it is not the same as none, and a
 * program that reads it as none locks out exactly the people with the most groups.
 */
export type Groups =
  | { readonly status: 'complete'; readonly ids: readonly string[] }
  | { readonly status: 'overage' }
  | { readonly status: 'absent' }

const overage: Groups = Object.freeze({ status: 'overage' })
const absent: Groups = Object.freeze({ status: 'absent' })

/** Reads the groups of an identity whose token could not hold them; {@link graphGroups} makes one. */
export type ResolveGroups = (
  identity: Identity,
  context: { readonly graphHost: string; readonly signal?: AbortSignal },
) => Promise<readonly string[]>

/** Reads the groups of a token. Names are left out: whoever may create a group may choose its name. */
export function readGroups(claims: JsonObject): Groups {
  const groups = member(claims, 'groups')
  if (hasPointer(claims) || typeof groups === 'string') return overage
  return Array.isArray(groups) ? completeGroups(groups) : absent
}

/** The groups with these ids; what is not a GUID is left out. */
function completeGroups(groups: readonly unknown[]): Groups {
  const ids = groups
    .filter((group) => typeof group === 'string')
    .filter((group) => isGuid(group.toLowerCase()))
  return Object.freeze({ status: 'complete', ids: Object.freeze(ids) })
}

function hasPointer(claims: JsonObject): boolean {
  if (member(claims, 'hasgroups') === true || Object.hasOwn(claims, 'groups:src1')) return true
  const names = member(claims, '_claim_names')
  return typeof names === 'object' && names !== null && Object.hasOwn(names, 'groups')
}

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
  if (graphHost === undefined) throw unavailable('the metadata names no Microsoft Graph host')
  try {
    const groups = await resolveGroups(identity, { graphHost, ...(signal !== undefined && { signal }) })
    if (!Array.isArray(groups)) throw new TypeError('resolveGroups must give a list of object ids')
    return Object.freeze({ ...identity, groups: completeGroups(groups) })
  } catch (cause) {
    throw EntraGuardError.is(cause) ? cause : unavailable('the groups could not be read', cause)
  }
}

function unavailable(reason: string, cause?: unknown): EntraGuardError {
  return new EntraGuardError('check_unavailable', { details: { reason }, cause })
}
