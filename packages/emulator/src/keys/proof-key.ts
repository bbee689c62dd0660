import { calculateJwkThumbprint, type JWK } from 'jose'

import { digest, toBase64url } from '../values/encoding.ts'
import { hasMembersAnd, isObject, isText, type Check } from '../values/shape.ts'
import type { TokenMembers } from './sign.ts'

/** The algorithm with which a client signs its proofs. */
export type ProofAlgorithm = 'ES256' | 'RS256' | 'EdDSA'

/** The content of a DPoP proof (RFC 9449 §4.2). */
export interface ProofOptions {
  /** The method of the request, such as `GET`. */
  readonly method: string
  /** The URL of the request, with the public address of the API. Query and fragment are left out. */
  readonly url: string
  /** The access token of the request, for `ath`. Default: none, as at the token endpoint. */
  readonly accessToken?: string | undefined
  /** The nonce from the `DPoP-Nonce` header of the API. */
  readonly nonce?: string | undefined
  /** Claims to set or, with `undefined`, to remove. They are applied last, so anything can be made wrong. */
  readonly claims?: TokenMembers | undefined
  /** Header parameters to set or, with `undefined`, to remove. The same key signs, whatever they say. */
  readonly header?: TokenMembers | undefined
}

/** The key of a client that sends DPoP proofs. */
export interface ProofKey {
  /** Its thumbprint (RFC 7638), for `boundTo` and `dpop_jkt`. */
  readonly jkt: string
  /** Creates a proof for one request: the value of the `DPoP` header. */
  proof(options: ProofOptions): Promise<string>
}

const checkProof = hasMembersAnd(['method', 'url'], {
  method: isText,
  url: isText,
  accessToken: isText,
  nonce: isText,
  claims: isObject,
  header: isObject,
} satisfies Readonly<Record<keyof ProofOptions, Check>>)

interface Scheme {
  readonly generation: EcKeyGenParams | RsaHashedKeyGenParams | Algorithm
  readonly signing: EcdsaParams | Algorithm
  /** What the thumbprint is made of. */
  readonly members: readonly ('kty' | 'crv' | 'x' | 'y' | 'n' | 'e')[]
}

const schemes: Readonly<Record<ProofAlgorithm, Scheme>> = {
  ES256: {
    generation: { name: 'ECDSA', namedCurve: 'P-256' },
    signing: { name: 'ECDSA', hash: 'SHA-256' },
    members: ['kty', 'crv', 'x', 'y'],
  },
  RS256: {
    generation: {
      name: 'RSASSA-PKCS1-v1_5',
      modulusLength: 2048,
      publicExponent: Uint8Array.of(1, 0, 1),
      hash: 'SHA-256',
    },
    signing: { name: 'RSASSA-PKCS1-v1_5' },
    members: ['kty', 'n', 'e'],
  },
  EdDSA: {
    generation: { name: 'Ed25519' },
    signing: { name: 'Ed25519' },
    members: ['kty', 'crv', 'x'],
  },
}

function withoutQuery(address: string): string {
  const url = new URL(address)
  url.search = ''
  url.hash = ''
  return url.href
}

const encode = (members: TokenMembers): string => toBase64url(JSON.stringify(members))

/** @param now milliseconds since the epoch, when a proof is made. */
export async function createProofKey(alg: ProofAlgorithm, now: () => number): Promise<ProofKey> {
  const scheme = Object.hasOwn(schemes, alg) ? schemes[alg] : undefined
  if (scheme === undefined) throw new TypeError(`A proof is signed by ${Object.keys(schemes).join(', ')}`)
  const keys = await crypto.subtle.generateKey(scheme.generation, false, ['sign', 'verify'])
  if (!('privateKey' in keys)) throw new TypeError('A proof is signed with the private key of a pair')
  const exported = await crypto.subtle.exportKey('jwk', keys.publicKey)
  const jwk: JWK = Object.fromEntries(scheme.members.map((name) => [name, exported[name]]))
  return {
    jkt: await calculateJwkThumbprint(jwk),
    async proof(options) {
      checkProof(options, '')
      const { method, url, accessToken, nonce, claims, header } = options
      const ath = accessToken === undefined ? undefined : toBase64url(await digest('SHA-256', accessToken))
      const own = {
        jti: crypto.randomUUID(),
        htm: method,
        htu: withoutQuery(url),
        iat: Math.floor(now() / 1000),
        ath,
        nonce,
      }
      const input = `${encode({ typ: 'dpop+jwt', alg, jwk, ...header })}.${encode({ ...own, ...claims })}`
      const signature = await crypto.subtle.sign(
        scheme.signing,
        keys.privateKey,
        new TextEncoder().encode(input),
      )
      return `${input}.${toBase64url(new Uint8Array(signature))}`
    },
  }
}
