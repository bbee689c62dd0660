import { digest, randomBase64url, toBase64url } from '../values/encoding.ts'
import { signToken, type TokenMembers } from '../keys/sign.ts'
import type { KeyRingName, SigningKey } from '../keys/signing-keys.ts'
import type { TokenOptions } from './token-options.ts'
import type { World } from '../world.ts'

/** Entra dates a token five minutes back. */
export const BACKDATED = 300
const DEFAULT_LIFETIME = 3600

/** The three times of a token, in seconds. */
export function timesOf({ expiresIn = DEFAULT_LIFETIME }: TokenOptions, now: number): TokenMembers {
  if (!Number.isFinite(expiresIn)) throw new TypeError('expiresIn must be a number of seconds')
  const seconds = Math.floor(now / 1000)
  const exp = seconds + Math.floor(expiresIn)
  // An expired token was issued before it expired.
  const iat = expiresIn > 0 ? seconds - BACKDATED : exp - DEFAULT_LIFETIME - BACKDATED
  return { iat, nbf: iat, exp }
}

/** Removes what is absent, and says an override of `undefined` like an absence. */
function withOverrides(members: TokenMembers, overrides: TokenMembers = {}): TokenMembers {
  return Object.fromEntries(
    Object.entries({ ...members, ...overrides }).filter(([, value]) => value !== undefined),
  )
}

export async function chooseKey(
  world: World,
  { signWith, audience }: TokenOptions,
  ring: KeyRingName,
): Promise<SigningKey> {
  if (signWith === undefined) return world.signingKeys.current(ring)
  if (signWith === 'unknown') return world.signingKeys.current('unknown')
  if (signWith === 'app') {
    const app =
      (audience === undefined ? undefined : world.directory.app(audience)) ?? world.directory.firstApp
    return world.signingKeys.current(`app:${app.clientId}`)
  }
  const key = world.signingKeys.find(signWith)
  if (key === undefined)
    throw new TypeError(`signWith: no key of this emulator has the kid ${JSON.stringify(signWith)}`)
  return key
}

/** Signs, after the overrides: the last step of every token. */
export async function finishToken(
  key: SigningKey,
  claims: TokenMembers,
  options: TokenOptions,
  header: TokenMembers = {},
): Promise<string> {
  return signToken(
    key,
    withOverrides({ typ: 'JWT', alg: 'RS256', ...header, kid: key.kid }, options.header),
    withOverrides(claims, options.claims),
  )
}

/**
 * Microsoft Graph's own kind of token. The header shows a `nonce`, but the signature is over its SHA-256: only Graph
 * knows that, and everybody else finds a broken signature.
 */
export async function finishGraphToken(
  key: SigningKey,
  claims: TokenMembers,
  options: TokenOptions,
): Promise<string> {
  const header = { typ: 'JWT', nonce: randomBase64url(32), alg: 'RS256', x5t: key.kid, kid: key.kid }
  const shown = withOverrides(header, options.header)
  return signToken(key, shown, withOverrides(claims, options.claims), await withHashedNonce(shown))
}

/** The header that a Graph token's signature is really over. */
export async function withHashedNonce(header: TokenMembers): Promise<TokenMembers> {
  const { nonce } = header
  return typeof nonce === 'string'
    ? { ...header, nonce: toBase64url(await digest('SHA-256', nonce)) }
    : header
}
