import { decodeBase64url, isAscii } from '../token/base64url.ts'
import { isJsonObject, member, type JsonObject } from '../token/strict-json.ts'

/**
 * A public RSA key that may check signatures. One object stands for one key; a key that replaces it is a different
 * object.
 */
export interface SigningKey {
  readonly kid: string
  readonly kty: 'RSA'
  /** Modulus, base64url. */
  readonly n: string
  /** Exponent, base64url. */
  readonly e: string
  /**
   * The issuer whose tokens this key may sign, with `{tenantid}` for any tenant. Absent if the document does not name
   * one.
   */
  readonly issuer?: string
  readonly cloudName?: string
}

/** A key that the document lists and that may not be used, with the reason. */
export interface UnusableKey {
  readonly kid: string
  readonly reason: string
}

const privateMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k']

/**
 * Reads one JWK (RFC 7517, RFC 7518 §6.3). Returns `undefined` for a key without an id, because no token can refer to
 * it.
 *
 * Entra's keys carry no `alg`, so its absence means RS256. The other limits exist because a document may be damaged,
 * and one bad key must not make the good ones unusable.
 */
export function readSigningKey(jwk: unknown): SigningKey | UnusableKey | undefined {
  if (!isJsonObject(jwk)) return undefined
  const kid = member(jwk, 'kid')
  if (typeof kid !== 'string' || kid === '') return undefined
  const reason = purposeProblem(jwk)
  if (reason !== undefined) return { kid, reason }
  const n = readModulus(member(jwk, 'n'))
  const e = readExponent(member(jwk, 'e'))
  if (n === undefined) return { kid, reason: 'the modulus is not 2048 to 8192 bits' }
  if (e === undefined) return { kid, reason: 'the exponent is not odd and at least 3' }
  const issuer = optionalText(jwk, 'issuer')
  const cloudName = optionalText(jwk, 'cloud_instance_name')
  if (issuer === null || cloudName === null)
    return { kid, reason: 'issuer or cloud_instance_name is not a string' }
  return Object.freeze({
    kid,
    kty: 'RSA',
    n,
    e,
    // Microsoft writes "{tenantid}" and documents "{tenantId}".
    ...(issuer !== undefined && { issuer: issuer.replace(/\{tenantid\}/gi, '{tenantid}') }),
    ...(cloudName !== undefined && { cloudName }),
  })
}

function purposeProblem(jwk: JsonObject): string | undefined {
  if (member(jwk, 'kty') !== 'RSA') return 'it is not an RSA key'
  if (Object.hasOwn(jwk, 'use') && member(jwk, 'use') !== 'sig') return 'its use is not signatures'
  if (Object.hasOwn(jwk, 'alg') && member(jwk, 'alg') !== 'RS256') return 'its algorithm is not RS256'
  const operations = member(jwk, 'key_ops')
  if (operations !== undefined && !(Array.isArray(operations) && operations.includes('verify'))) {
    return 'its operations do not include verify'
  }
  // Whoever publishes a private key has lost it.
  return privateMembers.some((name) => Object.hasOwn(jwk, name)) ? 'it has a private member' : undefined
}

function readModulus(value: unknown): string | undefined {
  const integer = readInteger(value)
  return integer?.isOdd === true && integer.bits >= 2048 && integer.bits <= 8192 ? integer.text : undefined
}

function readExponent(value: unknown): string | undefined {
  const integer = readInteger(value)
  return integer?.isOdd === true && integer.bits > 1 ? integer.text : undefined
}

interface UnsignedInteger {
  readonly text: string
  /** Without leading zeros; of no meaning for zero, which is even. */
  readonly bits: number
  readonly isOdd: boolean
}

/** An unsigned integer as RFC 7518 §2 writes it; `undefined` when it is not one or is absurdly long. */
function readInteger(value: unknown): UnsignedInteger | undefined {
  if (typeof value !== 'string' || value.length > 2000 || !isAscii(value)) return undefined
  const text = normalise(value)
  const bytes = decodeBase64url(text)
  if (bytes === undefined) return undefined
  const start = bytes.findIndex((byte) => byte !== 0)
  const bitsOfFirst = 32 - Math.clz32(bytes[start] ?? 0)
  return {
    text,
    bits: (bytes.length - start - 1) * 8 + bitsOfFirst,
    isOdd: (bytes.at(-1) ?? 0) % 2 === 1,
  }
}

/** Key sets of 2014 wrote `n` in standard base64 with padding; the number is the same. */
function normalise(value: string): string {
  return value
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replace(/={1,2}$/, '')
}

/** `undefined` for an absent or blank member, `null` for one that is not a string. */
function optionalText(object: JsonObject, name: string): string | undefined | null {
  const value = member(object, name)
  if (value === undefined || value === null || value === '') return undefined
  return typeof value === 'string' ? value : null
}
