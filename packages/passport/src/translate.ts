import { EntraGuardError, type Identity } from '@entraguard/core'

import { authorityOf, isCommon, readTenant, type AuthorityPart } from './authority.ts'
import type { MoreOptions, Translation } from './options.ts'
import type { LegacyOptions } from './read-options.ts'

/** `translateOptions` for options that were read before. `tenantIdOrName` counts with `common` only. */
export function translate(options: LegacyOptions, tenantIdOrName?: unknown): Translation {
  const tenant = tenantIdOrName === undefined || !isCommon(options) ? undefined : readTenant(tenantIdOrName)
  const [scope, ...scopes] = options.scope ?? []
  const authority = authorityOf(options, tenant)
  const issuers = saysIssuers(options, authority) ? undefined : options.issuers
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

/** True where the tenants and the versions of a list of issuers are all pairs that the list holds. */
function saysIssuers({ issuers }: LegacyOptions, { tenants, versions = [] }: AuthorityPart): boolean {
  if (issuers.length === 0) return true
  const ids = typeof tenants === 'string' ? [tenants] : Array.isArray(tenants) ? tenants : []
  const isListed = ids.every((id) => issuers.some((issuer) => issuer.includes(`/${id}/`)))
  return ids.length > 0 && isListed && new Set(issuers).size === ids.length * versions.length
}

function checkIssuer(issuers: readonly string[], { check }: MoreOptions): (identity: Identity) => unknown {
  const accepted = new Set(issuers)
  return (identity) => {
    if (!accepted.has(identity.claims.iss))
      throw new EntraGuardError('issuer_mismatch', { details: { claim: 'iss', expected: issuers } })
    return check?.(identity)
  }
}
