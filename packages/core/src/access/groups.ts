import { isGuid } from '../authority/clouds.ts'
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

/** Reads the groups of a token. Names are left out: whoever may create a group may choose its name. */
export function readGroups(claims: JsonObject): Groups {
  const groups = member(claims, 'groups')
  if (hasPointer(claims) || typeof groups === 'string') return overage
  return Array.isArray(groups) ? completeGroups(groups) : absent
}

/** The groups with these ids; what is not a GUID is left out. */
export function completeGroups(groups: readonly unknown[]): Groups {
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
