import { toBase64url } from '../values/encoding.ts'
import type { SigningKey } from './signing-keys.ts'

/** The header or the claims of a token. Members that are `undefined` are left out. */
export type TokenMembers = Readonly<Record<string, unknown>>

interface Algorithm {
  readonly importing: RsaHashedImportParams
  readonly signing: AlgorithmIdentifier | RsaPssParams
}

const rsa = (hash: string): Algorithm => ({
  importing: { name: 'RSASSA-PKCS1-v1_5', hash },
  signing: 'RSASSA-PKCS1-v1_5',
})

const pss = (hash: string, saltLength: number): Algorithm => ({
  importing: { name: 'RSA-PSS', hash },
  signing: { name: 'RSA-PSS', saltLength },
})

const algorithms: ReadonlyMap<unknown, Algorithm> = new Map([
  ['RS384', rsa('SHA-384')],
  ['RS512', rsa('SHA-512')],
  ['PS256', pss('SHA-256', 32)],
  ['PS384', pss('SHA-384', 48)],
  ['PS512', pss('SHA-512', 64)],
])

type Bytes = Uint8Array<ArrayBuffer>

async function rsaSignature(
  key: SigningKey,
  { importing, signing }: Algorithm,
  input: Bytes,
): Promise<ArrayBuffer> {
  const pkcs8 = await crypto.subtle.exportKey('pkcs8', key.keys.privateKey)
  const privateKey = await crypto.subtle.importKey('pkcs8', pkcs8, importing, false, ['sign'])
  return crypto.subtle.sign(signing, privateKey, input)
}

/** The algorithm confusion attack: the public key, which everybody knows, used as the secret of an HMAC. */
async function hmacWithPublicKey(key: SigningKey, input: Bytes): Promise<ArrayBuffer> {
  const spki = new Uint8Array(await crypto.subtle.exportKey('spki', key.keys.publicKey))
  const lines = btoa(String.fromCharCode(...spki)).match(/.{1,64}/g) ?? []
  const pem = `-----BEGIN PUBLIC KEY-----\n${lines.join('\n')}\n-----END PUBLIC KEY-----\n`
  const hmac = { name: 'HMAC', hash: 'SHA-256' }
  const secret = await crypto.subtle.importKey('raw', new TextEncoder().encode(pem), hmac, false, ['sign'])
  return crypto.subtle.sign('HMAC', secret, input)
}

async function signature(key: SigningKey, alg: unknown, input: Bytes): Promise<ArrayBuffer | undefined> {
  if (typeof alg === 'string' && alg.toLowerCase() === 'none') return undefined
  if (alg === 'HS256') return hmacWithPublicKey(key, input)
  const other = algorithms.get(alg)
  if (other !== undefined) return rsaSignature(key, other, input)
  return crypto.subtle.sign('RSASSA-PKCS1-v1_5', key.keys.privateKey, input)
}

/**
 * A compact JWS (RFC 7515 §7.1). The signature is real for the `alg` that the header names, so that a refused token
 * is refused for its algorithm and not for a broken signature: `none` is empty, `HS256` is an HMAC with the public
 * key as its secret, RS and PS of any size use the RSA key. Every other value gets an RS256 signature.
 * `signedHeader` is there for tokens whose signature is over another header than the one they show.
 */
export async function signToken(
  key: SigningKey,
  header: TokenMembers,
  claims: TokenMembers,
  signedHeader: TokenMembers = header,
): Promise<string> {
  const payload = toBase64url(JSON.stringify(claims))
  const input = `${toBase64url(JSON.stringify(signedHeader))}.${payload}`
  const signed = await signature(key, header['alg'], new TextEncoder().encode(input))
  const shown = `${toBase64url(JSON.stringify(header))}.${payload}`
  return `${shown}.${signed === undefined ? '' : toBase64url(new Uint8Array(signed))}`
}
