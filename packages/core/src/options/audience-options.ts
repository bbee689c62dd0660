import type { AuthorityRule, TokenVersion } from '../authority/authority.ts'
import { isGuid } from '../authority/clouds.ts'
import { readAudiences } from './token-values.ts'

/** Checks and copies the option `audience`. @throws {TypeError} */
export function readAudience(
  audience: unknown,
  versions: readonly TokenVersion[],
  rule: AuthorityRule,
  shared: boolean,
): ReadonlySet<string> {
  if (audience === undefined || audience === null) {
    throw new TypeError(
      'audience is required: the client id of this API (v2.0 tokens) and its Application ID URI (v1.0 tokens)',
    )
  }
  const values = readAudiences(audience)
  if (!versions.includes('1.0') && !values.some((value) => isGuid(value))) {
    throw new TypeError(
      'audience needs the client id of this API (GUID): only v2.0 tokens are accepted, and their "aud" is always the client id',
    )
  }
  const shareable =
    rule.multiTenant && !shared ? values.find((value) => !isUnique(value, ownIds(values))) : undefined
  if (shareable !== undefined) {
    throw new TypeError(
      `audience "${shareable}" is not unique across tenants: another accepted tenant could register it too. Use the client id, ` +
        'an Application ID URI with a client id that audience lists too ("api://<client id>", "api://<text>/<client id>"), ' +
        'or an https URI, or set allowSharedAudience',
    )
  }
  return new Set(values)
}

/**
 * The client ids of this API. Where none is given, the one that an Application ID URI begins with can only be its own.
 */
function ownIds(values: readonly string[]): readonly string[] {
  const given = values.map((value) => value.toLowerCase()).filter(isGuid)
  if (given.length > 0) return given
  return values.flatMap((value) => /^api:\/\/([^/]+)/.exec(value.toLowerCase())?.[1] ?? []).filter(isGuid)
}

/**
 * True for a form that Entra lets only one registration have: client ids are unique, and domains belong to one tenant.
 * https://learn.microsoft.com/entra/identity-platform/identifier-uri-restrictions
 */
function isUnique(value: string, own: readonly string[]): boolean {
  const text = value.toLowerCase()
  if (isGuid(text) || value.startsWith('https://')) return true
  const [, first, second, deeper] = /^api:\/\/([^/]+)(?:\/([^/]*))?(\/)?/.exec(text) ?? []
  return own.some((id) => text === `spn:${id}` || first === id || (second === id && deeper === undefined))
}
