import { compileAccess, createVerifier, type Access, type Verifier } from '@entraguard/core'

import { isCommon, readTenant } from './authority.ts'
import type { IBearerStrategyOption, VerifierStrategyOptions } from './options.ts'
import { readLegacyOptions, type LegacyOptions } from './read-options.ts'
import { translate } from './translate.ts'
import { warnOnce } from './warnings.ts'

/** What a strategy decides with, made of either form of its options. */
export interface Door {
  /** @throws {TypeError} where the request's tenant is needed and not told, or told wrongly. */
  verifierFor(tenantIdOrName: unknown): Verifier
  readonly access: Access | undefined
  readonly passReqToCallback: boolean
  /** As passport-azure-ad: a token in the body counts, and every refusal is 401. */
  readonly legacy: boolean
}

const newNames: ReadonlySet<string> = new Set(['verifier', 'access', 'passReqToCallback'])

/** @throws {TypeError} */
export function openDoor(options: IBearerStrategyOption | VerifierStrategyOptions): Door {
  if (typeof options !== 'object' || options === null)
    throw new TypeError('BearerStrategy: options are required')
  return 'verifier' in options ? newDoor(options) : legacyDoor(readLegacyOptions(options))
}

function newDoor(options: VerifierStrategyOptions): Door {
  const { verifier, access, passReqToCallback = false } = options
  const unknown = Object.keys(options).find((name) => !newNames.has(name))
  if (unknown !== undefined)
    throw new TypeError(
      `BearerStrategy: "${unknown}" does not stand beside verifier: it is for createVerifier`,
    )
  if (typeof verifier?.authenticate !== 'function')
    throw new TypeError('BearerStrategy: verifier must be one that createVerifier made')
  if (typeof passReqToCallback !== 'boolean')
    throw new TypeError('BearerStrategy: passReqToCallback must be true or false')
  if (access !== undefined) compileAccess(access)
  return { verifierFor: () => verifier, access, passReqToCallback, legacy: false }
}

function legacyDoor(options: LegacyOptions): Door {
  if (!options.validateIssuer) warnOnce('validateIssuer')
  if (options.allowMultiAudiencesInToken) warnOnce('allowMultiAudiencesInToken')
  if (!options.loggingNoPII) warnOnce('loggingNoPII')
  if (options.hasOidc) warnOnce('oidc')
  const verifierFor = verifiersOf(options)
  const { access } = translate(options, needsTenant(options) ? anyTenant : undefined)
  if (access !== undefined) compileAccess(access)
  const { passReqToCallback } = options
  return { verifierFor, access, passReqToCallback, legacy: true }
}

/** Stands in for a tenant that only a request tells, so that everything else is checked at construction. */
const anyTenant = '00000000-0000-4000-8000-000000000000'

/** Who tells the tenant may be the caller: no more keys than these are kept. */
const maxTenants = 100

/** True where only a route can say whose tokens are accepted. */
function needsTenant(options: LegacyOptions): boolean {
  return isCommon(options) && (options.isB2C || (options.validateIssuer && options.issuers.length === 0))
}

function verifiersOf(options: LegacyOptions): Door['verifierFor'] {
  const isNeeded = needsTenant(options)
  const whole = createVerifier(translate(options, isNeeded ? anyTenant : undefined).verifier)
  if (!isCommon(options)) return () => whole
  const byTenant = new Map<string, Verifier>()
  return (tenantIdOrName) => {
    if (tenantIdOrName === undefined && !isNeeded) return whole
    const tenant = readTenant(tenantIdOrName)
    const known = byTenant.get(tenant) ?? createVerifier(translate(options, tenant).verifier)
    byTenant.delete(tenant)
    byTenant.set(tenant, known)
    const [oldest] = byTenant.keys()
    if (byTenant.size > maxTenants && oldest !== undefined) byTenant.delete(oldest)
    return known
  }
}
