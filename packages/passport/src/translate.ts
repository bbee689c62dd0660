import { EntraGuardError, type Identity } from '@entraguard/core'

import { authorityOf, isCommon, readTenant } from './authority.ts'
import type { Translation } from './options.ts'
import type { LegacyOptions } from './read-options.ts'

/** `translateOptions` for options that were read before. `tenantIdOrName` counts with `common` only. */
export function translate(options: LegacyOptions, tenantIdOrName?: unknown): Translation {
  const tenant = tenantIdOrName === undefined || !isCommon(options) ? undefined : readTenant(tenantIdOrName)
  const [scope, ...scopes] = options.scope ?? []
  const issuerCheck = options.issuers.length > 0 && { check: checkIssuer(options) }
  return {
    verifier: {
      ...options.more,
      ...authorityOf(options, tenant),
      audience: options.audience,
      clockTolerance: options.clockSkew,
      ...issuerCheck,
    },
    access: scope === undefined ? undefined : { scopes: [scope, ...scopes] },
  }
}

/** Core knows tenants and versions; a list of issuers may hold fewer pairs of them. */
function checkIssuer({ issuers, more }: LegacyOptions): (identity: Identity) => unknown {
  const accepted = new Set(issuers)
  const { check } = more
  return (identity) => {
    if (!accepted.has(identity.claims.iss))
      throw new EntraGuardError('issuer_mismatch', { details: { claim: 'iss', expected: issuers } })
    return check?.(identity)
  }
}
