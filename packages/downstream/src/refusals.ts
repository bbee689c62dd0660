import { claimsChallenge, EntraGuardError, type UserIdentity } from '@entraguard/core'

import { DownstreamError } from './downstream-error.ts'
import type { LastAnswer } from './msal-network.ts'

/** As much of MSAL's errors as is read. By shape and not by class: an application may have MSAL twice. */
interface MsalError {
  readonly errorCode: string
  readonly errorMessage?: string
  readonly subError?: string
  readonly claims?: string
  readonly correlationId?: string
}

/** Numbers of `AADSTS…` errors that mean the credential of this API. */
const ofCredential: ReadonlySet<number> = new Set([
  7000215, 7000222, 700027, 700024, 700213, 7000216, 7000218, 700016,
])
const consentRequired = 65001
/** The token of the user is no longer valid for Entra ID, which gives it no tolerance. */
const expiredAssertion = 500133

/** Entra ID asks for more than the token of the user proves, or for the user. */
const interactions: ReadonlySet<string> = new Set([
  'interaction_required',
  'login_required',
  'consent_required',
])

/**
 * What a failed exchange means for the caller: a claims challenge that the client can answer, 503 if waiting helps, and
 * a server error if somebody must fix something. MSAL's text is not passed on, because its content is unknown.
 */
export function refusalOf(
  error: unknown,
  user: UserIdentity | undefined,
  { status, retryAfter }: LastAnswer,
): unknown {
  if (EntraGuardError.is(error) || error instanceof DownstreamError) return error
  if (status !== undefined && isOutage(status))
    return unavailable(`the token endpoint answered ${status}`, retryAfter)
  if (!isMsalError(error)) return unavailable('the token endpoint could not be reached')
  const { errorCode, errorMessage = '', claims = '', correlationId } = error
  const number = numberOf(errorMessage)
  if (number === consentRequired) return new DownstreamError('consent_required', number, correlationId)
  if (number === expiredAssertion)
    return new EntraGuardError('token_expired', { details: { reason: `AADSTS${number}` } })
  if (claims !== '' && user !== undefined) return claimsChallenge(claims, user)
  if (interactions.has(errorCode)) return new DownstreamError('exchange_refused', number, correlationId)
  if (errorCode === 'invalid_client' || (number !== undefined && ofCredential.has(number)))
    return new DownstreamError('credential_refused', number, correlationId)
  if (outages.has(errorCode)) return unavailable('the token endpoint could not be reached', retryAfter)
  return new DownstreamError('exchange_refused', number, correlationId)
}

/** 503: nobody made a mistake, and a later attempt may succeed. */
export function unavailable(reason: string, retryAfter?: number): EntraGuardError {
  return new EntraGuardError('check_unavailable', {
    details: { reason },
    ...(retryAfter !== undefined && { challenge: { retryAfter } }),
  })
}

const outages: ReadonlySet<string> = new Set([
  'temporarily_unavailable',
  'server_error',
  'network_error',
  'endpoints_resolution_error',
  'openid_config_error',
  'request_timeout',
  'unknown_error',
  '',
])

const isOutage = (status: number): boolean => status === 429 || status === 408 || status >= 500

function numberOf(message: string): number | undefined {
  const found = /AADSTS(\d{4,8})/.exec(message)?.[1]
  return found === undefined ? undefined : Number(found)
}

function isMsalError(error: unknown): error is MsalError {
  return error instanceof Error && 'errorCode' in error && typeof error.errorCode === 'string'
}
