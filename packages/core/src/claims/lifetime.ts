import { invalid, missing, numericDate } from './claim-values.ts'
import type { EntraGuardErrorCode } from '../errors/error-catalogue.ts'
import { EntraGuardError } from '../errors/errors.ts'
import type { JsonObject } from '../token/strict-json.ts'

/** The rules on time, in seconds. */
export interface TimeRules {
  readonly clockTolerance: number
  readonly maxTokenAge: number | undefined
}

/** Milliseconds since the epoch between which the time rules hold. */
export interface Lifetime {
  readonly validFrom: number
  readonly validUntil: number
}

/**
 * Applies the rules on `exp`, `nbf` and `iat` (RFC 7519 §4.1.4 to §4.1.6). `now` is in milliseconds.
 *
 * @throws {EntraGuardError} `token_expired`, `token_not_yet_valid`, `token_too_old`, `claim_missing`, `claim_invalid`.
 */
export function validateLifetime(
  payload: JsonObject,
  { clockTolerance, maxTokenAge }: TimeRules,
  now: number,
): Lifetime {
  const seconds = now / 1000
  const expires = numericDate(payload, 'exp')
  if (expires === undefined) throw missing('exp')
  if (seconds >= expires + clockTolerance) throw outOfTime('token_expired', 'exp', expires, seconds)
  const notBefore = numericDate(payload, 'nbf')
  if (notBefore !== undefined && notBefore > expires) throw invalid('nbf', notBefore, 'not later than exp')
  const issuedAt = numericDate(payload, 'iat')
  refuseFuture('nbf', notBefore, seconds, clockTolerance)
  refuseFuture('iat', issuedAt, seconds, clockTolerance)
  let until = expires + clockTolerance
  if (maxTokenAge !== undefined) {
    if (issuedAt === undefined) throw missing('iat')
    if (seconds >= issuedAt + maxTokenAge + clockTolerance)
      throw outOfTime('token_too_old', 'iat', issuedAt, seconds)
    until = Math.min(until, issuedAt + maxTokenAge + clockTolerance)
  }
  return {
    validFrom: (Math.max(notBefore ?? 0, issuedAt ?? 0) - clockTolerance) * 1000,
    validUntil: until * 1000,
  }
}

/** @throws {EntraGuardError} `token_not_yet_valid` for a time that is later than the tolerance allows. */
export function refuseFuture(claim: string, time: number | undefined, now: number, tolerance: number): void {
  if (time !== undefined && time > now + tolerance) throw outOfTime('token_not_yet_valid', claim, time, now)
}

/** The refusal of a token for its time, with both times. */
export function outOfTime(
  code: EntraGuardErrorCode,
  claim: string,
  time: number,
  now: number,
): EntraGuardError {
  return new EntraGuardError(code, { details: { claim, actual: time, expected: Math.floor(now) } })
}
