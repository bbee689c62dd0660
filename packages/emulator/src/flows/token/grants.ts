import type { App, User } from '../../directory/registrations.ts'
import { BoundedMap } from '../../values/bounded-map.ts'
import { randomBase64url } from '../../values/encoding.ts'
import type { Evidence } from '../client/proven.ts'
import type { Platform } from '../client/redirect-uris.ts'

/** What a user agreed to: the content of a code, a device code and a refresh token. */
export interface Grant extends Evidence {
  readonly clientId: string
  readonly user: User
  readonly scope: string
  readonly nonce?: string | undefined
  /** The session that it came out of. */
  readonly sid?: string | undefined
  /** What kind of client got it: that one only may use it. */
  readonly platform: Platform
}

/** An authorization code, for ten minutes and one redemption. */
export interface CodeGrant extends Grant {
  readonly redirectUri: string
  readonly challenge: string | undefined
  readonly challengeMethod: string
  /** The thumbprint of the key that redeems it (`dpop_jkt`, RFC 9449 §10). */
  readonly jkt: string | undefined
  readonly expiresAt: number
}

/** A device that waits for its user. */
export interface DeviceGrant {
  readonly userCode: string
  readonly clientId: string
  readonly scope: string
  readonly resources: readonly App[]
  readonly segment: string
  readonly expiresAt: number
  state: 'pending' | 'declined' | { readonly user: User; readonly evidence: Evidence }
}

/** A refresh token, opaque to its client. */
export interface RefreshGrant extends Grant {
  /** The thumbprint of the one key that renews with it; `undefined`: any key does, and so does none. */
  readonly jkt: string | undefined
  readonly expiresAt: number
}

const MINUTE = 60_000
const DAY = 86_400_000

export const CODE_LIFETIME: number = 10 * MINUTE
export const DEVICE_LIFETIME: number = 15 * MINUTE
const REFRESH_LIFETIME: number = 90 * DAY
/** A page cannot keep a secret: its sign-in ends after a day. */
const PAGE_REFRESH_LIFETIME: number = DAY

export const refreshLifetime = ({ platform }: Grant): number =>
  platform === 'spa' ? PAGE_REFRESH_LIFETIME : REFRESH_LIFETIME

/** Everything that the token endpoint remembers between two requests. */
export interface Grants {
  readonly codes: Map<string, CodeGrant>
  readonly redeemed: Map<string, true>
  readonly devices: Map<string, DeviceGrant>
  readonly refreshTokens: Map<string, RefreshGrant>
  /** What the sign-in behind an access token has proven, by `uti`: an exchange on behalf of its user needs it. */
  readonly evidence: Map<string, Evidence>
  /** DPoP proofs, by key and `jti`. */
  readonly usedProofs: Map<string, true>
  /** Nonces for DPoP proofs, and when each of them ends. */
  readonly nonces: Map<string, number>
}

const MOST = 10_000
const MOST_REFRESH_TOKENS = 100_000
const MOST_PROOFS = 100_000

export const createGrants = (): Grants => ({
  codes: new BoundedMap(MOST),
  redeemed: new BoundedMap(MOST),
  devices: new BoundedMap(MOST),
  refreshTokens: new BoundedMap(MOST_REFRESH_TOKENS),
  evidence: new BoundedMap(MOST),
  usedProofs: new BoundedMap(MOST_PROOFS),
  nonces: new BoundedMap(MOST),
})

/** Entra's codes and refresh tokens are opaque, and begin like this. */
export const newCode = (): string => `1.A${randomBase64url(96)}`

/** Nine letters and digits that nobody mistakes for each other. */
export function newUserCode(): string {
  const alphabet = 'ABCDEFGHJKLMNPQRSTUVWXYZ23456789'
  return Array.from(
    crypto.getRandomValues(new Uint8Array(9)),
    (byte) => alphabet[byte % alphabet.length],
  ).join('')
}
