import type { EntraGuardErrorCode } from '../errors/error-catalogue.ts'
import { EntraGuardError, loggable } from '../errors/errors.ts'
import { member, type JsonObject } from '../token/strict-json.ts'

/** A time in seconds since the epoch (RFC 7519 §2). @throws {EntraGuardError} `claim_invalid` */
export function numericDate(payload: JsonObject, claim: string): number | undefined {
  const value = member(payload, claim)
  if (value === undefined) return undefined
  // JSON.parse reads 1e400 as Infinity: a token that never expires.
  if (typeof value !== 'number' || !Number.isFinite(value)) throw invalid(claim, value, 'a finite number')
  return value
}

/** @throws {EntraGuardError} `claim_missing` or `claim_invalid` */
export function requireText(payload: JsonObject, claim: string): string {
  const value = optionalText(payload, claim)
  if (value === undefined) throw missing(claim)
  return value
}

/** A string that is not empty, where it is present. @throws {EntraGuardError} `claim_invalid` */
export function optionalText(payload: JsonObject, claim: string): string | undefined {
  const value = member(payload, claim)
  if (value === undefined) return undefined
  if (typeof value !== 'string' || value === '') throw invalid(claim, value, 'a non-empty string')
  return value
}

/** The refusal of a token that lacks a claim. */
export function missing(claim: string): EntraGuardError {
  return new EntraGuardError('claim_missing', { details: { claim } })
}

/** The refusal of a value that none of the accepted issuers writes. */
export function invalid(claim: string, actual: unknown, expected: string): EntraGuardError {
  return new EntraGuardError('claim_invalid', { details: { claim, expected, actual: loggable(actual) } })
}

/** A refusal with the expected and the actual value, for a log. */
export function refusal(
  code: EntraGuardErrorCode,
  claim: string,
  expected: unknown,
  actual: unknown,
): EntraGuardError {
  return new EntraGuardError(code, { details: { claim, expected, actual: loggable(actual) } })
}
