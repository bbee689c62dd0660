import { bindChallenge } from './claims-challenge.ts'
import { EntraGuardError, loggable } from '../errors/errors.ts'
import { because } from '../errors/reason.ts'
import type { Identity } from './identity.ts'

/** The rules that an application adds. Their answer may change from call to call. */
export interface PolicyRules {
  readonly tenantPredicate: ((tenantId: string) => unknown) | undefined
  readonly check: ((identity: Identity) => unknown) | undefined
}

/**
 * Applies the application's own rules: on every call, even for a token that was seen before, because only their answer
 * can change.
 *
 * @throws {EntraGuardError} `tenant_refused`, what `check` threw, or `check_unavailable`.
 */
export async function applyPolicy(
  identity: Identity,
  { tenantPredicate, check }: PolicyRules,
): Promise<void> {
  await admitTenant(identity.tenantId, tenantPredicate)
  if (check !== undefined) await runCheck(identity, check)
}

/** @throws {EntraGuardError} `tenant_refused`, or `check_unavailable` when the predicate fails. */
export async function admitTenant(
  tenantId: string,
  predicate: ((tenantId: string) => unknown) | undefined,
): Promise<void> {
  if (predicate === undefined || (await isAdmitted(tenantId, predicate))) return
  throw new EntraGuardError('tenant_refused', { details: { claim: 'tid', actual: loggable(tenantId) } })
}

async function isAdmitted(tenantId: string, predicate: (tenantId: string) => unknown): Promise<boolean> {
  try {
    // Exactly true: an object or a row of a database is not a decision.
    return (await predicate(tenantId)) === true
  } catch (cause) {
    throw new EntraGuardError('check_unavailable', {
      details: { reason: because('the tenants predicate failed', cause) },
      cause,
    })
  }
}

async function runCheck(identity: Identity, check: (identity: Identity) => unknown): Promise<void> {
  let answer: unknown
  try {
    answer = await check(identity)
  } catch (cause) {
    if (EntraGuardError.is(cause)) throw bindChallenge(cause, identity)
    throw new EntraGuardError('check_unavailable', {
      details: { reason: because('the check failed', cause) },
      cause,
    })
  }
  // People write predicates where a rule that throws is asked for: taking `false` for a yes would fail open.
  if (answer === false)
    throw new EntraGuardError('check_failed', { details: { reason: 'the check returned false' } })
}
