import { invalidProof } from './refusal.ts'
import type { ProofRequest } from '../proof-request.ts'
import { EntraGuardError } from '../errors/errors.ts'
import { decodeBase64url, encodeAscii, type Bytes } from '../token/base64url.ts'
import {
  decodeUtf8,
  isJsonObject,
  JsonError,
  member,
  parseStrictObject,
  type JsonObject,
} from '../token/strict-json.ts'

/** Characters. A key of 4096 bits, its signature and an address of 2,000 characters fit. */
const maxLength = 8192

/** The algorithms that proofs may be signed with. */
export type DpopAlgorithm = 'ES256' | 'RS256' | 'EdDSA'

/** A DPoP proof of the right shape (RFC 9449 §4.2). Nothing in it may be trusted. */
export interface UnverifiedProof {
  readonly algorithm: DpopAlgorithm
  /** As it came. */
  readonly key: JsonObject
  readonly claims: JsonObject
  readonly signedBytes: Bytes
  readonly signature: Bytes
}

const headerNames: ReadonlySet<string> = new Set(['typ', 'alg', 'jwk', 'crit', 'b64'])
const claimNames: ReadonlySet<string> = new Set(['jti', 'htm', 'htu', 'iat', 'ath', 'nonce', 'exp', 'nbf'])

/** The one proof of a request (RFC 9449 §4.3, check 1). @throws {EntraGuardError} `proof_missing` or `proof_invalid` */
export function readProof({ proof }: ProofRequest): string {
  const values: readonly unknown[] = Array.isArray(proof) ? proof : [proof]
  if (values.length > 1) throw invalidProof('more than one proof')
  const [value] = values
  if (value === undefined || value === null) throw new EntraGuardError('proof_missing')
  if (typeof value !== 'string') throw invalidProof('the proof is not text')
  if (value.length > maxLength) throw invalidProof(`the proof is longer than ${maxLength} characters`)
  const text = value.trim()
  // Servers join headers of one name.
  if (text.includes(',')) throw invalidProof('more than one proof')
  if (text === '') throw new EntraGuardError('proof_missing')
  return text
}

/**
 * Checks the shape of a proof (RFC 9449 §4.3, checks 2 to 5 and 7), in time linear in the length and before anything is
 * computed.
 *
 * @throws {EntraGuardError} `proof_invalid`
 */
export function parseProof(text: string, algorithms: readonly DpopAlgorithm[]): UnverifiedProof {
  const segments = text.split('.', 4)
  const [encodedHeader = '', encodedPayload = '', encodedSignature = ''] = segments
  const bytes = encodeAscii(text)
  if (segments.length !== 3 || bytes === undefined) throw invalidProof('the proof is not a compact JWS')
  const header = parseSegment(encodedHeader, headerNames, 'header')
  const type = member(header, 'typ')
  if (!isProofType(type))
    throw invalidProof('typ is not that of a proof', { expected: 'dpop+jwt', actual: type })
  const named = member(header, 'alg')
  const algorithm = algorithms.find((known) => known === named)
  if (algorithm === undefined)
    throw invalidProof('alg is not accepted', { expected: algorithms, actual: named })
  // RFC 7515 §4.1.11 and RFC 7797: an extension that is not understood changes what the signature means.
  for (const name of ['crit', 'b64'])
    if (Object.hasOwn(header, name)) throw invalidProof(`the header demands an extension (${name})`)
  const key = member(header, 'jwk')
  if (!isJsonObject(key)) throw invalidProof('jwk is not a key')
  const claims = parseSegment(encodedPayload, claimNames, 'payload')
  const signature = decodeBase64url(encodedSignature)
  if (signature === undefined || signature.length === 0) throw invalidProof('the signature is not base64url')
  const signedBytes = bytes.subarray(0, encodedHeader.length + 1 + encodedPayload.length)
  return { algorithm, key, claims, signedBytes, signature }
}

function isProofType(type: unknown): boolean {
  if (typeof type !== 'string') return false
  // RFC 7515 §4.1.9: "application/" may be left out. ASCII only: no other letter may fold to one of these.
  const name = type.replace(/[A-Z]/g, (letter) => letter.toLowerCase())
  return name === 'dpop+jwt' || name === 'application/dpop+jwt'
}

function parseSegment(encoded: string, names: ReadonlySet<string>, what: string): JsonObject {
  const bytes = decodeBase64url(encoded)
  const text = bytes === undefined ? undefined : decodeUtf8(bytes)
  if (text === undefined) throw invalidProof(`the ${what} is not base64url of UTF-8`)
  let segment: JsonObject
  try {
    segment = parseStrictObject(text, names)
  } catch (error) {
    throw invalidProof(`the ${what} ${error instanceof JsonError ? error.message : 'cannot be read'}`)
  }
  // RFC 7517 §4: a key whose x stands there twice is one key here, and another one elsewhere.
  const hasObjects = text.includes('{', 1)
  if (hasObjects && countSpelled(text) !== countMembers(segment))
    throw invalidProof(`the ${what} names a member twice`)
  return segment
}

/** The members that a JSON text spells, at every depth: each has one colon outside of strings. */
function countSpelled(text: string): number {
  return text.replace(/"(?:[^"\\]|\\.)*"/g, '').split(':').length - 1
}

function countMembers(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  const children: readonly unknown[] = Object.values(value)
  const own = Array.isArray(value) ? 0 : children.length
  return children.reduce<number>((sum, child) => sum + countMembers(child), own)
}
