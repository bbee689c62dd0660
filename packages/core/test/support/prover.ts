import {
  createHash,
  generateKeyPairSync,
  randomUUID,
  sign,
  type JsonWebKey,
  type KeyObject,
} from 'node:crypto'

import type { Verifier, VerifierOptions } from '../../src/index.ts'
import { dpop, type DpopOptions } from '../../src/pop.ts'
import { change, clock, issue, toBase64url, verifierFor, type Members } from './issuer.ts'

/*
 * Holders of keys who prove them with DPoP (RFC 9449), written with node:crypto: a second opinion on what the package
 * does with WebCrypto.
 */

export const origin = 'https://api.contoso.com'
export const scope = { scopes: ['Orders.Read'] } as const

export const sha256 = (value: string | Uint8Array): string =>
  createHash('sha256').update(value).digest('base64url')

const thumbprintMembers: Readonly<Record<string, readonly string[]>> = {
  EC: ['crv', 'kty', 'x', 'y'],
  RSA: ['e', 'kty', 'n'],
  OKP: ['crv', 'kty', 'x'],
}

/** RFC 7638. */
export function thumbprint(jwk: Members): string {
  const names = thumbprintMembers[String(jwk['kty'])] ?? []
  return sha256(JSON.stringify(Object.fromEntries(names.map((name) => [name, jwk[name]]))))
}

export interface Holder {
  readonly algorithm: string
  readonly jwk: Members
  readonly jkt: string
  readonly privateKey: KeyObject
}

function holderOf(algorithm: string, pair: { publicKey: KeyObject; privateKey: KeyObject }): Holder {
  const jwk: JsonWebKey & Members = pair.publicKey.export({ format: 'jwk' })
  return { algorithm, jwk, jkt: thumbprint(jwk), privateKey: pair.privateKey }
}

export const ellipticHolder = (curve = 'P-256', algorithm = 'ES256'): Holder =>
  holderOf(algorithm, generateKeyPairSync('ec', { namedCurve: curve }))
export const rsaHolder = (bits = 2048, publicExponent = 65_537): Holder =>
  holderOf('RS256', generateKeyPairSync('rsa', { modulusLength: bits, publicExponent }))
export const edwardsHolder = (): Holder => holderOf('EdDSA', generateKeyPairSync('ed25519'))

export const holder = ellipticHolder()
export const thief = ellipticHolder()

/** The signature as JWS writes it. */
export function signatureOf(
  input: string,
  { algorithm, privateKey }: Holder,
  encoding = 'ieee-p1363',
): Uint8Array {
  const digest = algorithm === 'EdDSA' ? null : 'sha256'
  const dsaEncoding = encoding === 'der' ? 'der' : 'ieee-p1363'
  return sign(digest, Buffer.from(input), { key: privateKey, dsaEncoding })
}

export function signProof(header: string, payload: string, by: Holder = holder): string {
  const input = `${toBase64url(header)}.${toBase64url(payload)}`
  return `${input}.${toBase64url(signatureOf(input, by))}`
}

/** The claims of a good proof for `GET /orders`, and for this token. */
export const proofClaims = (token: string, claims: Members = {}): Members =>
  change({ jti: randomUUID(), htm: 'GET', htu: `${origin}/orders`, iat: clock, ath: sha256(token) }, claims)

export const proofHeader = (by: Holder, header: Members = {}): Members =>
  change({ typ: 'dpop+jwt', alg: by.algorithm, jwk: by.jwk }, header)

/** A proof with these changes to a good one. */
export function prove(
  token: string,
  claims: Members = {},
  header: Members = {},
  by: Holder = holder,
): string {
  return signProof(JSON.stringify(proofHeader(by, header)), JSON.stringify(proofClaims(token, claims)), by)
}

/** A token that is bound to the key of a holder. */
export const issueBound = (by: Holder = holder, claims: Members = {}): Promise<string> =>
  issue({ cnf: { jkt: by.jkt }, ...claims })

export const popVerifier = (
  options: Partial<DpopOptions> = {},
  others: Partial<VerifierOptions> = {},
): Verifier => verifierFor({ bound: dpop({ origin, ...options }), ...others })

/** What `authenticate` is told of a `GET /orders` with this proof. */
export const withProof = (
  proof: string | readonly string[] | undefined,
  request: Partial<{ method: string; url: string }> = {},
) => ({ request: { method: 'GET', url: '/orders', proof, ...request } })
