import { compileAccess, createVerifier, type Access, type Verifier } from '@entraguard/core'

import { isCommon, readTenant } from './authority.ts'
import type { IBearerStrategyOption, VerifierStrategyOptions } from './options.ts'
import { readLegacyOptions, type LegacyOptions } from './read-options.ts'
import { TenantVerifiers } from './tenant-verifiers.ts'
import { translate } from './translate.ts'
import { warnOnce } from './warnings.ts'

/** What a strategy decides with, derived from either form of its options. */
export interface Door {
  /** @throws {TypeError} if the tenant of the request is needed but missing or malformed. */
  verifierFor(tenantIdOrName: unknown): Verifier
  /** Called for a caller whom the verifier for this tenant has admitted. */
  admitted(tenantIdOrName: unknown): void
  readonly access: Access | undefined
  readonly passReqToCallback: boolean
  /** Like passport-azure-ad: a token in the body is accepted, and every refusal is 401. */
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
  if ('scope' in options)
    throw new TypeError(
      'BearerStrategy: write access: { scopes: [...] } in place of scope, which belongs to the options of passport-azure-ad',
    )
  const unknown = Object.keys(options).find((name) => !newNames.has(name))
  if (unknown !== undefined)
    throw new TypeError(
      `BearerStrategy: "${unknown}" cannot stand beside verifier: pass it to createVerifier`,
    )
  if (typeof verifier?.authenticate !== 'function')
    throw new TypeError('BearerStrategy: verifier must come from createVerifier')
  if (typeof passReqToCallback !== 'boolean')
    throw new TypeError('BearerStrategy: passReqToCallback must be true or false')
  if (access !== undefined) compileAccess(access)
  return { verifierFor: () => verifier, admitted: () => {}, access, passReqToCallback, legacy: false }
}

function legacyDoor(options: LegacyOptions): Door {
  if (!options.validateIssuer) warnOnce('validateIssuer')
  if (options.allowMultiAudiencesInToken) warnOnce('allowMultiAudiencesInToken')
  if (!options.loggingNoPII) warnOnce('loggingNoPII')
  if (options.hasOidc) warnOnce('oidc')
  const verifiers = verifiersOf(options)
  const { access } = translate(options, needsTenant(options) ? anyTenant : undefined)
  if (access !== undefined) compileAccess(access)
  const { passReqToCallback } = options
  return { ...verifiers, access, passReqToCallback, legacy: true }
}

/** Stands in for a tenant that only a request tells, so that everything else is checked at construction. */
const anyTenant = '00000000-0000-4000-8000-000000000000'

/** True where only a route can say whose tokens are accepted. */
function needsTenant(options: LegacyOptions): boolean {
  return isCommon(options) && (options.isB2C || (options.validateIssuer && options.issuers.length === 0))
}

function verifiersOf(options: LegacyOptions): Pick<Door, 'verifierFor' | 'admitted'> {
  const isNeeded = needsTenant(options)
  const whole = createVerifier(translate(options, isNeeded ? anyTenant : undefined).verifier)
  if (!isCommon(options)) return { verifierFor: () => whole, admitted: () => {} }
  const ofTenants = new TenantVerifiers((tenant) => createVerifier(translate(options, tenant).verifier))
  const isWhole = (tenantIdOrName: unknown): boolean => tenantIdOrName === undefined && !isNeeded
  return {
    verifierFor: (named) => (isWhole(named) ? whole : ofTenants.of(readTenant(named))),
    admitted: (named) => {
      if (!isWhole(named)) ofTenants.admitted(readTenant(named))
    },
  }
}
