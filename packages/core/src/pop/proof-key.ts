import { invalidProof } from './refusal.ts'
import type { DpopAlgorithm } from './proof.ts'
import { decodeBase64url, encodeBase64url, isAscii, type Bytes } from '../token/base64url.ts'
import { member, type JsonObject } from '../token/strict-json.ts'

/** The public key of a proof: the members that make it up, and no others. */
export interface ProofKey {
  readonly algorithm: DpopAlgorithm
  /** The members that RFC 7638 §3.2 and RFC 8037 §2 count, in the order of their names. */
  readonly members: Readonly<Record<string, string>>
}

const algorithms = {
  ES256: {
    kty: 'EC',
    members: ['crv', 'kty', 'x', 'y'],
    import: { name: 'ECDSA', namedCurve: 'P-256' },
    verify: { name: 'ECDSA', hash: 'SHA-256' },
  },
  RS256: {
    kty: 'RSA',
    members: ['e', 'kty', 'n'],
    import: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' },
    verify: { name: 'RSASSA-PKCS1-v1_5' },
  },
  EdDSA: {
    kty: 'OKP',
    members: ['crv', 'kty', 'x'],
    import: { name: 'Ed25519' },
    verify: { name: 'Ed25519' },
  },
} as const

const curves: Readonly<Record<string, string>> = { ES256: 'P-256', EdDSA: 'Ed25519' }

/** Private members of every type of key, and `k`, the whole of a symmetric one. */
const privateMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'priv']

/**
 * Reads the key of a proof (RFC 9449 §4.2, RFC 7517, RFC 7518 §6, RFC 8037). Members that are not needed are left out:
 * browsers export `ext` and `key_ops`.
 *
 * @throws {EntraGuardError} `proof_invalid` for a key of another type than the algorithm, a private or symmetric one,
 * one that is for something else, and an RSA key that is too weak, or so large that it costs more than others.
 */
export function readProofKey(jwk: JsonObject, algorithm: DpopAlgorithm): ProofKey {
  const { kty, members } = algorithms[algorithm]
  // Whoever sends a private key has lost it.
  if (privateMembers.some((name) => Object.hasOwn(jwk, name)))
    throw invalidProof('the key has a private member')
  if (member(jwk, 'kty') !== kty)
    throw invalidProof('the key does not belong to its algorithm', {
      expected: kty,
      actual: member(jwk, 'kty'),
    })
  refuseOtherPurposes(jwk, algorithm)
  const values = Object.fromEntries(members.map((name) => [name, textOf(jwk, name)]))
  if (values['crv'] !== curves[algorithm])
    throw invalidProof('the curve of the key is not that of its algorithm')
  if (algorithm === 'RS256') checkRsa(values['n'], values['e'])
  else for (const name of ['x', 'y']) if (values[name] !== undefined) checkCoordinate(values[name])
  return { algorithm, members: values }
}

function refuseOtherPurposes(jwk: JsonObject, algorithm: DpopAlgorithm): void {
  const [use, named, operations] = ['use', 'alg', 'key_ops'].map((name) => member(jwk, name))
  if (use !== undefined && use !== 'sig') throw invalidProof('the use of the key is not signatures')
  if (named !== undefined && named !== algorithm) throw invalidProof('the key is for another algorithm')
  if (operations !== undefined && !(Array.isArray(operations) && operations.includes('verify')))
    throw invalidProof('the operations of the key do not include verify')
}

function textOf(jwk: JsonObject, name: string): string {
  const value = member(jwk, name)
  if (typeof value === 'string' && isAscii(value)) return value
  throw invalidProof(`the key has no ${name}`)
}

/** One spelling for each number: a thumbprint is over the text. */
function checkCoordinate(text: string): void {
  if (decodeBase64url(text)?.length !== 32) throw invalidProof('a coordinate of the key is not 32 bytes')
}

/** Bits of the modulus. A check takes four times as long with each doubling. */
const [leastBits, mostBits] = [2048, 4096]

function checkRsa(modulus = '', exponent = ''): void {
  const n = decodeBase64url(modulus)
  const [first = 0] = n ?? []
  const bits = (n?.length ?? 0) * 8 - (Math.clz32(first) - 24)
  if (n === undefined || first === 0 || (n.at(-1) ?? 0) % 2 === 0 || bits < leastBits || bits > mostBits)
    throw invalidProof(`the modulus of the key is not ${leastBits} to ${mostBits} bits`)
  // A check takes as many multiplications as the exponent has bits.
  if (exponent !== 'AQAB') throw invalidProof('the exponent of the key is not 65537')
}

/** RFC 7638: SHA-256 of the members in the order of their names, without white space. */
export async function thumbprintOf({ members }: ProofKey): Promise<string> {
  return await sha256(JSON.stringify(members))
}

/** SHA-256 of an ASCII text, in base64url. */
export async function sha256(text: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))
  return encodeBase64url(new Uint8Array(digest))
}

/** @throws {EntraGuardError} `proof_invalid` for numbers that do not form a key. */
export async function importProofKey({ algorithm, members }: ProofKey): Promise<CryptoKey> {
  try {
    return await crypto.subtle.importKey('jwk', members, algorithms[algorithm].import, false, ['verify'])
  } catch (cause) {
    throw invalidProof('the key cannot be used', { cause })
  }
}

/** True for a signature by the key. @throws {EntraGuardError} `proof_invalid` where it cannot be checked. */
export async function isSignedBy(
  key: CryptoKey,
  algorithm: DpopAlgorithm,
  signature: Bytes,
  signedBytes: Bytes,
): Promise<boolean> {
  try {
    return await crypto.subtle.verify(algorithms[algorithm].verify, key, signature, signedBytes)
  } catch (cause) {
    throw invalidProof('the signature cannot be checked', { cause })
  }
}
