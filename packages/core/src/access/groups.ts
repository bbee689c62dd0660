import { isGuid } from '../authority/clouds.ts'
import { isStringList } from '../claims/claim-shapes.ts'
import { isJsonObject, member, type JsonObject } from '../token/strict-json.ts'

/**
 * The groups of an identity. `overage` means that the groups did not fit into the token. It does not mean that there
 * are none: code that confuses the two locks out the very people who are in the most groups.
 */
export type Groups =
  | { readonly status: 'complete'; readonly ids: readonly string[] }
  | { readonly status: 'overage' }
  | { readonly status: 'absent' }

const overage: Groups = Object.freeze({ status: 'overage' })
const absent: Groups = Object.freeze({ status: 'absent' })

/**
 * Reads the groups of a token. Names are left out, because anyone who may create a group can choose its name. Groups in
 * any other form count as absent: only a B2C policy writes such.
 */
export function readGroups(payload: JsonObject): Groups {
  const groups = member(payload, 'groups')
  if (hasPointer(payload, groups)) return overage
  return isStringList(groups) ? completeGroups(groups) : absent
}

/** The groups with these ids; what is not a GUID is left out. */
export function completeGroups(groups: readonly unknown[]): Groups {
  const ids = groups
    .filter((group) => typeof group === 'string')
    .filter((group) => isGuid(group.toLowerCase()))
  return Object.freeze({ status: 'complete', ids: Object.freeze(ids) })
}

/** True for every sign that the groups are elsewhere, even in an undocumented form. */
function hasPointer(payload: JsonObject, groups: unknown): boolean {
  const isElsewhere = member(payload, 'hasgroups') ?? false
  if (isElsewhere !== false || Object.hasOwn(payload, 'groups:src1')) return true
  if (typeof groups === 'string' && Object.hasOwn(payload, '_claim_sources')) return true
  const names = member(payload, '_claim_names')
  return names !== undefined && (!isJsonObject(names) || Object.hasOwn(names, 'groups'))
}
