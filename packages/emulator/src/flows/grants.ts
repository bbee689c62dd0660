import { randomBase64url } from '../values/encoding.ts'
import type { User } from '../directory/registrations.ts'

/** What a user agreed to: the content of a code, a device code and a refresh token. */
export interface Grant {
  readonly clientId: string
  readonly user: User
  readonly scope: string
  readonly nonce?: string
}

/** An authorization code, for ten minutes and one redemption. */
export interface CodeGrant extends Grant {
  readonly redirectUri: string
  readonly challenge: string | undefined
  readonly challengeMethod: string
  readonly expiresAt: number
}

/** A device that waits for its user. */
export interface DeviceGrant {
  readonly userCode: string
  readonly clientId: string
  readonly scope: string
  readonly segment: string
  readonly expiresAt: number
  state: 'pending' | 'declined' | User
}

interface RefreshGrant extends Grant {
  readonly expiresAt: number
}

const MINUTE = 60_000
const DAY = 86_400_000

export const CODE_LIFETIME: number = 10 * MINUTE
export const DEVICE_LIFETIME: number = 15 * MINUTE
export const REFRESH_LIFETIME: number = 90 * DAY

/** Everything that the token endpoint remembers between two requests. */
export interface Grants {
  readonly codes: Map<string, CodeGrant>
  readonly redeemed: Set<string>
  readonly devices: Map<string, DeviceGrant>
  readonly refreshTokens: Map<string, RefreshGrant>
}

export const createGrants = (): Grants => ({
  codes: new Map(),
  redeemed: new Set(),
  devices: new Map(),
  refreshTokens: new Map(),
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
