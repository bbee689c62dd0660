import type { EntraGuardErrorCode, EntraGuardStatus } from './error-catalogue.ts'
import { asciiJson, type ChallengeFacts, type EntraGuardError } from './errors.ts'

/** Options for how refusals are reported to callers. */
export interface ChallengeOptions {
  /** The `realm` of RFC 9110 §11.5. */
  readonly realm?: string | undefined
  /** The https URL of the protected resource metadata (RFC 9728 §5.1); http on this machine only. */
  readonly resourceMetadata?: string | undefined
  /** Adds the code and the hint to the body. For development only: it tells an attacker why a token failed. */
  readonly exposeCode?: boolean | undefined
  /**
   * The text before each scope in a challenge, so that clients can request the scope as it is named there. Tokens carry
   * `Orders.Read`, but clients request `api://…/Orders.Read`; Entra takes a short name for a scope of Microsoft Graph.
   * Default: the Application ID URI in `audience` and a slash if there is exactly one, otherwise nothing.
   */
  readonly scopePrefix?: string | undefined
}

/** A refusal as an HTTP response. */
export interface Challenge {
  readonly status: EntraGuardStatus
  readonly headers: Readonly<Record<string, string>>
  readonly body: ChallengeBody
}

/** The JSON body of a refusal (RFC 6750 §3). It has `code` and `hint` only with `exposeCode`. */
export interface ChallengeBody {
  readonly error: string
  readonly error_description: string
  readonly code?: EntraGuardErrorCode
  readonly hint?: string
}

// Fixed texts: all 401 of one token look alike from outside, so that nobody can probe which check it passed.
const bodies = {
  proof: { error: 'invalid_dpop_proof', error_description: 'The DPoP proof is not valid for this request.' },
  nonce: { error: 'use_dpop_nonce', error_description: 'The DPoP proof must hold a nonce of this API.' },
  missing: { error: 'unauthorized', error_description: 'An access token is required.' },
  otherScheme: { error: 'unauthorized', error_description: 'A bearer access token is required.' },
  400: { error: 'invalid_request', error_description: 'The Authorization header is malformed.' },
  401: { error: 'invalid_token', error_description: 'The access token is not valid for this API.' },
  403: { error: 'insufficient_scope', error_description: 'The access token does not permit this operation.' },
  claims: {
    error: 'insufficient_claims',
    error_description: 'The access token must be requested again with other claims.',
  },
  503: {
    error: 'temporarily_unavailable',
    error_description: 'Access tokens cannot be checked at the moment.',
  },
} as const

/** The refusals of a request that carries no bearer token at all. */
const withoutToken: { readonly [Code in EntraGuardErrorCode]?: (typeof bodies)['missing' | 'otherScheme'] } =
  {
    token_missing: bodies.missing,
    scheme_refused: bodies.otherScheme,
  }

/** Seconds to wait when the error does not know better. */
const defaultRetryAfter = 5

/**
 * Returns a refusal as HTTP (RFC 6750 §3, RFC 9728 §5.1, Microsoft's claims challenge): status, headers and a JSON
 * body. It contains nothing from the token or from a request header.
 *
 * @example
 * ```ts
 * const { status, headers, body } = challengeFor(error)
 * response.writeHead(status, { ...headers, 'content-type': 'application/json' }).end(JSON.stringify(body))
 * ```
 */
export function challengeFor(error: EntraGuardError, options: ChallengeOptions = {}): Challenge {
  const request = claimsRequestOf(error.challenge)
  const text = request === undefined ? textOf(error) : bodies.claims
  const headers: Record<string, string> = { 'cache-control': 'no-store' }
  if (error.status === 503) headers['retry-after'] = String(error.challenge.retryAfter ?? defaultRetryAfter)
  if (error.challenge.dpop?.nonce !== undefined) headers['dpop-nonce'] = error.challenge.dpop.nonce
  if (error.status !== 503) headers['www-authenticate'] = wwwAuthenticate(error, text, request, options)
  const exposed = options.exposeCode === true ? { code: error.code, hint: error.hint } : {}
  return { status: error.status, headers, body: { ...text, ...exposed } }
}

/** Microsoft's claims challenge: what the client must ask for, and where. */
interface ClaimsRequest {
  readonly claims: string
  readonly authorizationUri: string
}

function claimsRequestOf({ claims, authorizationUri }: ChallengeFacts): ClaimsRequest | undefined {
  return claims === undefined || authorizationUri === undefined ? undefined : { claims, authorizationUri }
}

/** What is wrong with a DPoP proof is told (RFC 9449 §7.1): who sees it has a token that is good. */
const aboutProof: { readonly [Code in EntraGuardErrorCode]?: (typeof bodies)['proof' | 'nonce'] } = {
  proof_missing: bodies.proof,
  proof_invalid: bodies.proof,
  proof_replayed: bodies.proof,
  proof_nonce_required: bodies.nonce,
}

function textOf({ code, status, challenge }: EntraGuardError): Omit<ChallengeBody, 'code' | 'hint'> {
  const ofProof = challenge.dpop?.used === true ? aboutProof[code] : undefined
  return ofProof ?? withoutToken[code] ?? bodies[status]
}

/**
 * {@link challengeFor} as a `Response`, for frameworks that use the Fetch API.
 *
 * @example
 * ```ts
 * if (EntraGuardError.is(error)) return toResponse(error, verifier.challenge)
 * throw error
 * ```
 */
export function toResponse(error: EntraGuardError, options?: ChallengeOptions): Response {
  const { status, headers, body } = challengeFor(error, options)
  return new Response(JSON.stringify(body), {
    status,
    headers: { ...headers, 'content-type': 'application/json' },
  })
}

/**
 * The part of Node's `ServerResponse` that {@link writeRefusal} needs. Express, Next's `pages/api` and others have it.
 */
export interface NodeResponse {
  statusCode: number
  readonly headersSent: boolean
  /** Called with each header of the refusal. */
  setHeader(name: string, value: string): unknown
  /** Called with the headers that described another body. */
  removeHeader(name: string): unknown
  /** Called once, with the JSON body. */
  end(body: string): unknown
}

/**
 * Sends a refusal on a Node response: the status, headers and JSON body of {@link challengeFor}.
 *
 * Headers that describe another body (length, encoding, entity tag) are removed. Call it only before anything was sent:
 * afterwards a refusal can only close the connection.
 *
 * @throws {TypeError} when the response was already started.
 *
 * @example
 * ```ts
 * if (!EntraGuardError.is(error) || response.headersSent) throw error
 * writeRefusal(response, error, verifier.challenge)
 * ```
 */
export function writeRefusal(
  response: NodeResponse,
  error: EntraGuardError,
  options?: ChallengeOptions,
): void {
  if (response.headersSent) throw new TypeError('writeRefusal: the response has begun', { cause: error })
  const { status, headers, body } = challengeFor(error, options)
  // With the length of another body the caller waits for the rest.
  for (const name of ['content-encoding', 'content-length', 'etag']) response.removeHeader(name)
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
  response.setHeader('content-type', 'application/json')
  response.statusCode = status
  response.end(JSON.stringify(body))
}

function wwwAuthenticate(
  error: EntraGuardError,
  text: { readonly error: string; readonly error_description: string },
  request: ClaimsRequest | undefined,
  { realm, resourceMetadata, scopePrefix = error.challenge.scopePrefix ?? '' }: ChallengeOptions,
): string {
  const parameters: Array<readonly [string, string]> = []
  if (realm !== undefined) parameters.push(['realm', realm])
  const { scopes, dpop } = error.challenge
  if (request !== undefined) {
    if (realm === undefined) parameters.push(['realm', ''])
    parameters.push(
      ['authorization_uri', request.authorizationUri],
      ['error', text.error],
      ['claims', toBase64(request.claims)],
    )
  } else {
    // RFC 6750 §3.1: no error code when the request carries no credentials that this scheme knows.
    if (withoutToken[error.code] === undefined)
      parameters.push(['error', text.error], ['error_description', text.error_description])
    if (scopes !== undefined && scopes.length > 0)
      parameters.push(['scope', scopes.map((scope) => `${scopePrefix}${scope}`).join(' ')])
  }
  if (resourceMetadata !== undefined) parameters.push(['resource_metadata', resourceMetadata])
  // RFC 6750 §3: the scheme is followed by at least one parameter.
  if (parameters.length === 0) parameters.push(['realm', ''])
  if (dpop === undefined) return challengeIn('Bearer', parameters)
  const algorithms = ['algs', dpop.algorithms.join(' ')] as const
  // RFC 9449 §7.1: of the scheme that failed, or of both where a client may choose. Microsoft documents claims
  // challenges for Bearer only, and its clients look for that word.
  const ofDpop = request === undefined && (dpop.used || !dpop.bearer)
  return ofDpop
    ? challengeIn('DPoP', [...parameters, algorithms])
    : `${challengeIn('Bearer', parameters)}, ${challengeIn('DPoP', [algorithms])}`
}

function challengeIn(scheme: string, parameters: ReadonlyArray<readonly [string, string]>): string {
  return `${scheme} ${parameters.map(([name, value]) => `${name}="${quoted(value)}"`).join(', ')}`
}

/** RFC 9110 §5.6.4. What cannot stand in a header is left out. */
function quoted(value: string): string {
  return value.replace(/[^\x20-\x7e]/g, '').replace(/["\\]/g, '\\$&')
}

/** Standard base64 with padding: Microsoft's clients do not read base64url here. */
function toBase64(json: string): string {
  return btoa(asciiJson(json))
}
