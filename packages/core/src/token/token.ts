import { decodeBase64url, encodeAscii, type Bytes } from './base64url.ts'
import { EntraGuardError, loggable } from '../errors/errors.ts'
import { decodeUtf8, JsonError, member, parseStrictObject, type JsonObject } from './strict-json.ts'

/** The parts of a JOSE header that decide (RFC 7515 §4.1). `jku`, `x5u`, `jwk`, `x5c` and the rest are not read. */
export interface TokenHeader {
  readonly kid: string
  /** Microsoft Graph signs over a hashed `nonce`, so nobody else can validate such a token. */
  readonly hasNonce: boolean
}

/** A token of the right shape. Nothing in it may be trusted. */
export interface UnverifiedToken {
  readonly header: TokenHeader
  /** What {@link header} was read from, unless it was known before. */
  readonly encodedHeader: string | undefined
  readonly payload: JsonObject
  /** The JWS signing input (RFC 7515 §5.1), exactly as it came. */
  readonly signedBytes: Bytes
  readonly signature: Bytes
}

/** Where headers are looked up before they are parsed. */
export interface HeaderLookup {
  get(encoded: string): TokenHeader | undefined
}

/** Header members that must not occur a second time in another case. */
export const headerNames: ReadonlySet<string> = new Set(['alg', 'kid', 'typ', 'crit', 'b64'])
/** The same for claims. */
export const claimNames: ReadonlySet<string> = new Set(
  (
    'iss aud exp nbf iat tid oid sub ver scp roles wids groups azp appid idtyp acct amr acrs tfp acr cnf nonce ' +
    'xms_cc'
  ).split(' '),
)

/**
 * Checks the shape of a compact JWS (RFC 7515 §7.1, RFC 7519 §7.2) before anything is fetched or computed, in time
 * linear in the length.
 *
 * It does not check the signature or any claim.
 *
 * @throws {EntraGuardError} a code of the step `parse`.
 */
export function parseToken(token: unknown, maxLength: number, known?: HeaderLookup): UnverifiedToken {
  if (typeof token !== 'string') throw malformed('not a string')
  if (token.length > maxLength) {
    throw new EntraGuardError('token_too_large', { details: { expected: maxLength, actual: token.length } })
  }
  const headerEnd = token.indexOf('.')
  const payloadEnd = token.indexOf('.', headerEnd + 1)
  // Without a first dot the search begins at the start again, and finds none either.
  if (payloadEnd === -1) throw malformed('not three segments')
  const third = token.indexOf('.', payloadEnd + 1)
  if (third !== -1) {
    const fourth = token.indexOf('.', third + 1)
    if (fourth !== -1 && !token.includes('.', fourth + 1)) throw new EntraGuardError('token_encrypted')
    throw malformed('not three segments')
  }
  const bytes = encodeAscii(token)
  if (bytes === undefined) throw malformed('not base64url')
  const encodedHeader = token.slice(0, headerEnd)
  const knownHeader = known?.get(encodedHeader)
  const header = knownHeader ?? parseHeader(encodedHeader)
  const signature = decodeBase64url(token.slice(payloadEnd + 1))
  if (signature === undefined || signature.length === 0) throw malformed('signature is not base64url')
  const payload = parseSegment(token.slice(headerEnd + 1, payloadEnd), claimNames, 'payload')
  return {
    header,
    encodedHeader: knownHeader === undefined ? encodedHeader : undefined,
    payload,
    signedBytes: bytes.subarray(0, payloadEnd),
    signature,
  }
}

function parseHeader(encoded: string): TokenHeader {
  const header = parseSegment(encoded, headerNames, 'header')
  // RFC 8725 §3.1: the verifier fixes the algorithm. A token that may choose turns a public key into an HMAC secret.
  const algorithm = member(header, 'alg')
  if (algorithm !== 'RS256') {
    throw new EntraGuardError('algorithm_refused', {
      details: { expected: 'RS256', actual: loggable(algorithm) },
    })
  }
  const type = member(header, 'typ')
  if (type !== undefined && !isAccessTokenType(type)) {
    throw new EntraGuardError('token_type_refused', { details: { expected: 'JWT', actual: loggable(type) } })
  }
  // RFC 7515 §4.1.11 and RFC 7797: an extension that is not understood changes what the signature means.
  for (const name of ['crit', 'b64']) {
    if (Object.hasOwn(header, name))
      throw new EntraGuardError('header_refused', { details: { reason: name } })
  }
  const kid = member(header, 'kid')
  if (typeof kid !== 'string' || kid === '') throw malformed('no key id (kid)')
  return { kid, hasNonce: Object.hasOwn(header, 'nonce') }
}

function isAccessTokenType(type: unknown): boolean {
  if (typeof type !== 'string') return false
  // RFC 7515 §4.1.9: "application/" may be left out. ASCII only: "ſ" must not fold to "s" here.
  const name = type.replace(/[A-Z]/g, (letter) => letter.toLowerCase())
  return name === 'jwt' || name === 'at+jwt' || name === 'application/jwt' || name === 'application/at+jwt'
}

function parseSegment(encoded: string, names: ReadonlySet<string>, what: string): JsonObject {
  const bytes = decodeBase64url(encoded)
  if (bytes === undefined) throw malformed(`the ${what} is not base64url`)
  const text = decodeUtf8(bytes)
  if (text === undefined) throw malformed(`the ${what} is not UTF-8`)
  try {
    return parseStrictObject(text, names)
  } catch (error) {
    throw malformed(`the ${what} ${error instanceof JsonError ? error.message : 'cannot be read'}`)
  }
}

function malformed(reason: string): EntraGuardError {
  return new EntraGuardError('token_malformed', { details: { reason } })
}
