import { EntraGuardError, type Identity } from '@entraguard/core'

import { authorityOf, isCommon, readTenant, type AuthorityPart } from './authority.ts'
import type { MoreOptions, Translation } from './options.ts'
import type { LegacyOptions } from './read-options.ts'

/** `translateOptions` for options that were read before. `tenantIdOrName` counts with `common` only. */
export function translate(options: LegacyOptions, tenantIdOrName?: unknown): Translation {
  const tenant = tenantIdOrName === undefined || !isCommon(options) ? undefined : readTenant(tenantIdOrName)
  const [scope, ...scopes] = options.scope ?? []
  const authority = authorityOf(options, tenant)
  const issuers = saysIssuers(options, authority, tenant) ? undefined : options.issuers
  return {
    verifier: {
      ...options.more,
      ...authority,
      audience: options.audience,
      clockTolerance: options.clockSkew,
      ...(issuers !== undefined && { check: checkIssuer(issuers, options.more) }),
    },
    access: scope === undefined ? undefined : { scopes: [scope, ...scopes] },
    issuers,
  }
}

/**
 * True where the issuers are all pairs of the tenants and versions that were read from them: then nothing is left to
 * compare. A tenant that a route asked for was not.
 */
function saysIssuers(
  { issuers }: LegacyOptions,
  authority: AuthorityPart,
  asked: string | undefined,
): boolean {
  if (issuers.length === 0) return true
  const { tenants = [], versions = [] } = authority
  const count = typeof tenants === 'string' ? 1 : tenants.length
  return asked === undefined && new Set(issuers).size === count * versions.length
}

function checkIssuer(issuers: readonly string[], { check }: MoreOptions): (identity: Identity) => unknown {
  const accepted = new Set(issuers)
  return (identity) => {
    if (!accepted.has(identity.claims.iss))
      throw new EntraGuardError('issuer_mismatch', { details: { claim: 'iss', expected: issuers } })
    return check?.(identity)
  }
}
