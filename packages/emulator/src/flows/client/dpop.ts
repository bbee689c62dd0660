import { calculateJwkThumbprint, EmbeddedJWK, errors, jwtVerify, type JWTPayload } from 'jose'

import { digest, randomBase64url, toBase64url } from '../../values/encoding.ts'
import type { World } from '../../world.ts'
import { refusals } from '../refusals.ts'

const algorithms = ['ES256', 'RS256', 'PS256', 'EdDSA', 'Ed25519']

/** Seconds: how old a proof may be, and how far a clock may be ahead. */
const LIFETIME = 300
const TOLERANCE = 60
const LONGEST_ID = 1024

const NONCE_LIFETIME = 300_000

/** What the proof of a request has to be about. */
export interface Proven {
  /** As the caller wrote it, without its query. */
  readonly address: string
  /** The access token beside it. At the token endpoint there is none. */
  readonly accessToken?: string | undefined
  /** Must it repeat one of the emulator's nonces? */
  readonly nonce?: boolean
}

/** The next nonce of the token endpoint (RFC 9449 §8). */
export function newNonce({ grants, now }: World): string {
  const nonce = randomBase64url(24)
  grants.nonces.set(nonce, now() + NONCE_LIFETIME)
  return nonce
}

/** What a refused proof should have been, in jose's own words; they repeat nothing that the client sent. */
const reasonOf = (error: unknown): string =>
  error instanceof errors.JOSEError ? error.message : 'it is not a JWT with its own public key'

async function verifySignature(proof: string, now: number) {
  try {
    return await jwtVerify(proof, EmbeddedJWK, {
      typ: 'dpop+jwt',
      algorithms,
      currentDate: new Date(now),
      maxTokenAge: LIFETIME,
      clockTolerance: TOLERANCE,
      requiredClaims: ['jti', 'htm', 'htu'],
    })
  } catch (error) {
    throw refusals.proofInvalid(reasonOf(error))
  }
}

/** RFC 9449 §4.3, check 9: without query and fragment, and after the normalization of RFC 3986. */
function isAddress(htu: unknown, address: string): boolean {
  if (typeof htu !== 'string' || !URL.canParse(htu)) return false
  const [named, own] = [new URL(htu), new URL(address)]
  named.search = ''
  named.hash = ''
  return named.href === own.href
}

async function checkRequest(
  { htm, htu, ath }: JWTPayload,
  method: string,
  { address, accessToken }: Proven,
): Promise<void> {
  if (htm !== method) throw refusals.proofInvalid('htm is not the method of the request')
  if (!isAddress(htu, address)) throw refusals.proofInvalid('htu is not the address of the request')
  const hash = accessToken === undefined ? undefined : toBase64url(await digest('SHA-256', accessToken))
  if (ath !== hash) throw refusals.proofInvalid('ath is not the hash of the access token beside it')
}

function checkNonce(world: World, nonce: unknown): void {
  const expiresAt = typeof nonce === 'string' ? world.grants.nonces.get(nonce) : undefined
  if (expiresAt === undefined || expiresAt <= world.now()) throw refusals.proofWithoutNonce(newNonce(world))
}

/** Each proof is good once. */
function useUp({ grants }: World, thumbprint: string, jti: unknown): void {
  if (typeof jti !== 'string' || jti === '' || jti.length > LONGEST_ID)
    throw refusals.proofInvalid('jti is no identifier')
  const proof = `${thumbprint} ${jti}`
  if (grants.usedProofs.has(proof)) throw refusals.proofInvalid('it has been used before')
  grants.usedProofs.set(proof, true)
}

/**
 * The thumbprint of the key that a request proves possession of. `undefined`: it brings no proof.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9449#section-4.3
 */
export async function provenKey(
  world: World,
  { headers, method }: Request,
  proven: Proven,
): Promise<string | undefined> {
  const proof = headers.get('dpop')
  if (proof === null) return undefined
  const { payload, protectedHeader } = await verifySignature(proof, world.now())
  await checkRequest(payload, method, proven)
  if (proven.nonce === true) checkNonce(world, payload['nonce'])
  const thumbprint = await calculateJwkThumbprint(protectedHeader.jwk ?? {})
  useUp(world, thumbprint, payload.jti)
  return thumbprint
}
