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
      'audience is required: the client id of this API (v2.0 tokens) and its App ID URI (v1.0 tokens)',
    )
  }
  const values = readAudiences(audience)
  if (!versions.includes('1.0') && !values.some((value) => isGuid(value))) {
    throw new TypeError(
      'audience needs the client id of this API (GUID): only v2.0 tokens are accepted, and they carry nothing else',
    )
  }
  for (const value of values) {
    const isUnique =
      isGuid(value.toLowerCase()) ||
      /^api:\/\/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?:\/|$)/i.test(value) ||
      value.startsWith('https://')
    // App ID URIs are unique within one tenant only: another accepted tenant could register the same one.
    if (rule.multiTenant && !isUnique && !shared) {
      throw new TypeError(
        `audience "${value}" is not unique across tenants: use the client id, "api://<client id>" or an https URI, or set allowSharedAudience`,
      )
    }
  }
  return new Set(values)
}
