import type { Authority, AuthorityKind, TokenVersion } from '../authority/authority.ts'
import { encodeBase64url } from '../token/base64url.ts'
import { idTokenShapes, withDocumentedTypes } from '../claims/claim-shapes.ts'
import type { IdTokenClaims } from '../claims/id-token-claims.ts'
import { invalid, missing, numericDate, requireText } from '../claims/claim-values.ts'
import { validateAudience, validateOrigin, validateSubject, type ClaimRules } from '../claims/claims.ts'
import { EntraGuardError } from '../errors/errors.ts'
import { objectIdOf, type ObjectId, type TenantId } from './identity.ts'
import { outOfTime, refuseFuture } from '../claims/lifetime.ts'
import type { Metadata } from '../keys/metadata.ts'
import { finite, rejectUnknown } from '../options/option-values.ts'
import { readGuids } from '../options/token-values.ts'
import type { VerifiedToken } from '../keys/signature.ts'
import type { JsonObject } from '../token/strict-json.ts'

/** What an ID token must belong to. */
export interface IdTokenOptions {
  /** The client id of the web app that the user signed in to. It is the accepted `aud`. */
  readonly clientId: string
  /**
   * The nonce of this sign-in, from the session of the browser that sends the token. `false` means that the sign-in had
   * no nonce, and then nothing here detects a stolen token. Use `false` only where the token came straight from the
   * token endpoint in exchange for a code, as in the authorization code flow of MSAL, which sends no nonce.
   */
  readonly nonce: string | false
  /** The authorization code that came with the ID token. The token must then have a `c_hash` that matches. */
  readonly code?: string | undefined
  /**
   * The access token that came with the ID token from the authorization endpoint. The ID token must then have an
   * `at_hash` that matches.
   */
  readonly accessToken?: string | undefined
  /**
   * How many seconds ago the user may have last signed in interactively. The token must then have `auth_time`, which a
   * request with `max_age` makes Entra ID issue.
   */
  readonly maxAge?: number | undefined
}

/** Who signed in. Plain data, deeply frozen. This is not a caller of an API, and no access admits it. */
export interface IdTokenIdentity {
  readonly authority: AuthorityKind
  readonly tenantId: TenantId
  /** Unique only together with the tenant. */
  readonly objectId: ObjectId | undefined
  /** `sub`: different for each client app. */
  readonly subject: string
  /** `tid.oid`: the key to store data under. It is the same for this user in an access token of the tenant. */
  readonly key: string | undefined
  /** `tid.sub`: like `key`, for this client app only. */
  readonly subjectKey: string
  readonly version: TokenVersion
  /** Seconds since the epoch. */
  readonly issuedAt: number
  /** Seconds since the epoch. */
  readonly expiresAt: number
  readonly claims: IdTokenClaims
}

const names: ReadonlySet<string> = new Set(['clientId', 'nonce', 'code', 'accessToken', 'maxAge'])

const isFilled = (value: unknown): boolean => typeof value === 'string' && value !== ''

/** Checks and copies what the caller expects. @throws {TypeError} */
export function readIdTokenOptions(options: IdTokenOptions): IdTokenOptions {
  if (typeof options !== 'object' || options === null)
    throw new TypeError('verifyIdToken needs { clientId, nonce }')
  rejectUnknown('verifyIdToken option', options, names)
  if (options.nonce !== false && !isFilled(options.nonce))
    throw new TypeError('verifyIdToken: nonce must be a non-empty string, or false if the sign-in had none')
  for (const name of ['code', 'accessToken'] as const) {
    if (options[name] !== undefined && !isFilled(options[name]))
      throw new TypeError(`verifyIdToken: ${name} must be a non-empty string`)
  }
  const [clientId = ''] = readGuids('verifyIdToken: clientId', 'the client id of the web app', [
    options.clientId,
  ])
  if (options.maxAge !== undefined)
    finite('verifyIdToken: maxAge', options.maxAge, 0, Number.MAX_SAFE_INTEGER)
  return { ...options, clientId }
}

/**
 * Applies the rules on claims to an ID token whose signature is good (OpenID Connect Core §3.1.3.7, §3.3.2.11).
 *
 * @throws {EntraGuardError} a code of the step `claims`.
 */
export async function validateIdToken(
  { payload }: VerifiedToken,
  authority: Authority,
  metadata: Metadata,
  rules: ClaimRules,
  expected: IdTokenOptions,
  now: number,
): Promise<IdTokenIdentity> {
  const { tenantId } = validateOrigin(payload, authority, metadata, rules, now)
  // An access token names its client and its scopes. Where client and API share one registration, the rest is alike.
  for (const name of ['azp', 'appid', 'scp']) {
    if (Object.hasOwn(payload, name)) throw invalid(name, '(present)', 'absent in an ID token')
  }
  validateAudience(payload, { audience: new Set([expected.clientId]) })
  validateSubject(payload, authority.kind)
  if (numericDate(payload, 'iat') === undefined) throw missing('iat')
  if (expected.nonce !== false) requireSecret(payload, 'nonce', expected.nonce)
  validateSignIn(payload, expected.maxAge, rules.clockTolerance, now / 1000)
  if (expected.code !== undefined) requireSecret(payload, 'c_hash', await halfHash(expected.code))
  if (expected.accessToken !== undefined)
    requireSecret(payload, 'at_hash', await halfHash(expected.accessToken))
  return toIdTokenIdentity(payload, authority, tenantId)
}

function validateSignIn(
  payload: JsonObject,
  maxAge: number | undefined,
  tolerance: number,
  now: number,
): void {
  const signedIn = numericDate(payload, 'auth_time')
  refuseFuture('auth_time', signedIn, now, tolerance)
  if (maxAge === undefined) return
  if (signedIn === undefined) throw missing('auth_time')
  if (now >= signedIn + maxAge + tolerance) throw outOfTime('token_too_old', 'auth_time', signedIn, now)
}

/** Neither value goes into the error, and the time that it takes does not reveal how many characters were right. */
function requireSecret(payload: JsonObject, claim: string, expected: string): void {
  const actual = requireText(payload, claim)
  let difference = actual.length ^ expected.length
  for (let index = 0; index < expected.length; index++)
    difference |= expected.charCodeAt(index) ^ actual.charCodeAt(index)
  if (difference !== 0)
    throw new EntraGuardError('claim_invalid', { details: { claim, reason: 'does not match' } })
}

/** The left half of the hash of a text, as OpenID Connect writes it with RS256. */
async function halfHash(text: string): Promise<string> {
  const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))
  return encodeBase64url(new Uint8Array(hash, 0, 16))
}

function toIdTokenIdentity(payload: JsonObject, authority: Authority, tenantId: string): IdTokenIdentity {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the rules above are what makes it one
  const claims = withDocumentedTypes(payload, idTokenShapes) as IdTokenClaims
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a brand
  const objectId = objectIdOf(claims, authority.kind) as ObjectId | undefined
  return Object.freeze({
    authority: authority.kind,
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a brand
    tenantId: tenantId as TenantId,
    objectId,
    subject: claims.sub,
    key: objectId === undefined ? undefined : `${tenantId}.${objectId}`,
    subjectKey: `${tenantId}.${claims.sub}`,
    version: claims.ver,
    issuedAt: claims.iat,
    expiresAt: claims.exp,
    claims,
  })
}
