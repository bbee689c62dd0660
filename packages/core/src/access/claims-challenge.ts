import type { EntraGuardErrorCode } from '../errors/error-catalogue.ts'
import { asciiJson, EntraGuardError, type EntraGuardErrorDetails } from '../errors/errors.ts'
import type { Identity } from './identity.ts'
import { isJsonObject, parseJson } from '../token/strict-json.ts'

/** Longer challenges do not fit into the headers that common servers and proxies pass on. */
const maxClaimsLength = 4096

/** Seconds since the epoch in the year 5138; in milliseconds 1973. */
const latestSeconds = 1e11

/**
 * Creates the error with which your own rule refuses a caller: 403 `check_failed`.
 *
 * `reason` is for the log (`error.details.reason`); it is never sent to the caller.
 *
 * @example
 * ```ts
 * createVerifier({ tenants, audience, check: (identity) => { if (blocked.has(identity.key)) throw refuse('blocked') } })
 * ```
 */
export function refuse(reason: string): EntraGuardError {
  return new EntraGuardError('check_failed', { details: { reason } })
}

/**
 * Creates the error that refuses a token because it was issued too early, and asks the client for a newer one
 * (continuous access evaluation). The status is 401 with a claims challenge for a client that declared `cp1`, otherwise
 * 403.
 *
 * `since` is a `Date`, or seconds since the epoch. This function does not compare it with `identity.issuedAt`: do that
 * before you throw. Pass `identity` when you throw the error outside of `check`.
 *
 * @see https://learn.microsoft.com/entra/identity-platform/claims-challenge
 *
 * @example
 * ```ts
 * const check = async (identity: Identity) => {
 *   const since = await signedOutSince(identity.key)
 *   if (since !== undefined && (identity.issuedAt ?? 0) < since) throw revoked(since)
 * }
 * ```
 */
export function revoked(since: Date | number, identity?: Identity): EntraGuardError {
  const seconds = Math.floor(since instanceof Date ? since.getTime() / 1000 : since)
  // Milliseconds would ask for a token of the far future, again and again.
  if (!(Math.abs(seconds) < latestSeconds))
    throw new TypeError('revoked: since must be a Date or seconds (not milliseconds) since the epoch')
  const claims = JSON.stringify({ access_token: { nbf: { essential: true, value: String(seconds) } } })
  return claimsError('claims_required', claims, identity, { reason: 'revoked' })
}

/**
 * Creates the error that passes a claims challenge on to the client, after another API refused an on-behalf-of call
 * with it. The status is 401 for a client that declared `cp1`, otherwise 403.
 *
 * @param json the claims request: a JSON object as text.
 * @throws {TypeError} when `json` is not a JSON object, or is too long for a header.
 *
 * @example
 * ```ts
 * const claims = readClaimsChallenge(response)
 * if (claims !== undefined) throw claimsChallenge(claims, identity)
 * ```
 */
export function claimsChallenge(json: string, identity?: Identity): EntraGuardError {
  const claims = readClaimsRequest(json)
  if (claims === undefined) {
    throw new TypeError(
      `claimsChallenge: json must be a JSON object as text, of at most ${maxClaimsLength} characters`,
    )
  }
  return claimsError('claims_required', claims, identity)
}

/**
 * A claims request as minified ASCII JSON; `undefined` for anything that is not a JSON object or is too long for a
 * header.
 */
export function readClaimsRequest(json: string): string | undefined {
  try {
    const value = parseJson(json)
    const claims = isJsonObject(value) ? asciiJson(JSON.stringify(value)) : undefined
    return claims !== undefined && claims.length <= maxClaimsLength ? claims : undefined
  } catch {
    return undefined
  }
}

/** An error with a claims challenge, bound to the identity that has to answer it. */
export function claimsError(
  code: EntraGuardErrorCode,
  claims: string,
  identity: Identity | undefined,
  details: EntraGuardErrorDetails = {},
): EntraGuardError {
  // A client that did not declare the capability would not understand the challenge and would loop on the 401.
  const answers = identity !== undefined && declaresClaimsChallenges(identity)
  return new EntraGuardError(code, {
    status: answers ? 401 : 403,
    details,
    challenge: { claims, ...(answers && { authorizationUri: authorizeEndpoint(identity) }) },
  })
}

/** The same error for this identity, when an application's check threw a challenge without knowing it. */
export function bindChallenge(error: EntraGuardError, identity: Identity): EntraGuardError {
  const { claims, authorizationUri } = error.challenge
  if (claims === undefined || authorizationUri !== undefined) return error
  return claimsError(error.code, claims, identity, error.details)
}

function declaresClaimsChallenges({ claims }: Identity): boolean {
  const capabilities = claims['xms_cc']
  return (
    Array.isArray(capabilities) &&
    capabilities.some((capability) => typeof capability === 'string' && capability.toLowerCase() === 'cp1')
  )
}

function authorizeEndpoint({ authority, loginHost, tenantId }: Identity): string {
  return authority === 'entraId'
    ? `https://${loginHost}/common/oauth2/authorize`
    : `https://${loginHost}/${tenantId}/oauth2/v2.0/authorize`
}
