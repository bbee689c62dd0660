import { decodeJwt, decodeProtectedHeader, type JWTPayload } from 'jose'

import { withHashedNonce } from './finish-token.ts'
import { toBase64url } from '../values/encoding.ts'
import type { World } from '../world.ts'

/** The claims of a token that this emulator signed, or why it is none. Audience and kind are the caller's to check. */
export async function readOwnToken(
  world: World,
  token: string,
): Promise<JWTPayload | 'signature' | 'expired'> {
  const [, payload = '', signature = ''] = token.split('.')
  try {
    const header = decodeProtectedHeader(token)
    const key = world.signingKeys.find(header.kid ?? '')
    if (key === undefined || key.ring === 'unknown' || header.alg !== 'RS256') return 'signature'
    const signed = `${toBase64url(JSON.stringify(await withHashedNonce(header)))}.${payload}`
    const bytes = Uint8Array.from(atob(signature.replaceAll('-', '+').replaceAll('_', '/')), (one) =>
      one.charCodeAt(0),
    )
    const valid = await crypto.subtle.verify(
      'RSASSA-PKCS1-v1_5',
      key.keys.publicKey,
      bytes,
      new TextEncoder().encode(signed),
    )
    if (!valid) return 'signature'
    const claims = decodeJwt(token)
    return (claims.exp ?? 0) * 1000 <= world.now() ? 'expired' : claims
  } catch {
    return 'signature'
  }
}

/** The id of a token that this emulator has just signed. */
export function tokenId(token: string): string {
  const { uti } = decodeJwt(token)
  return typeof uti === 'string' ? uti : ''
}

/** Seconds that a token of this emulator is good for from now on. */
export const lifetimeOf = (token: string, now: number): number =>
  Math.max(0, (decodeJwt(token).exp ?? 0) - Math.floor(now / 1000))
