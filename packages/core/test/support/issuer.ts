import { createVerifier, type Verifier, type VerifierOptions } from '../../src/index.ts'

/*
 * An issuer whose documents a test writes member by member. Where the documents of the real service will do, the
 * emulator is better: it is a second opinion.
 */

export const clock = 1_800_000_000
export const tenantId = 'f645ad92-e38d-4d1a-b510-d1b09a74a8ca'
export const apiId = '87f0ee88-8251-48b3-8825-e0c9563f5234'
export const clientId = 'cccccccc-1111-4222-8333-444444444444'
export const objectId = '0f0f0f0f-1a1a-4b2b-8c3c-4d4d4d4d4d4d'
export const kid = 'the-key-of-this-test'

export type Members = Readonly<Record<string, unknown>>

const algorithm = {
  name: 'RSASSA-PKCS1-v1_5',
  modulusLength: 2048,
  publicExponent: Uint8Array.of(1, 0, 1),
  hash: 'SHA-256',
}
const pair = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
const { n, e } = await crypto.subtle.exportKey('jwk', pair.publicKey)

/** The public key, as Entra shows one. */
export const jwk: Members = { kty: 'RSA', use: 'sig', kid, n, e }

export const toBase64url = (value: string | Uint8Array): string => Buffer.from(value).toString('base64url')

/** Signs the exact bytes, whatever they are: for tokens that no library would write. */
export async function signSegments(header: string, payload: string): Promise<string> {
  const input = `${header}.${payload}`
  const signature = await crypto.subtle.sign(algorithm.name, pair.privateKey, Buffer.from(input))
  return `${input}.${toBase64url(new Uint8Array(signature))}`
}

/** Signs texts that need not be JSON. */
export const signText = (header: string | Uint8Array, payload: string | Uint8Array): Promise<string> =>
  signSegments(toBase64url(header), toBase64url(payload))

export const header: Members = { typ: 'JWT', alg: 'RS256', kid }

/** A v2.0 user token as Entra writes it. */
export const claims: Members = {
  aud: apiId,
  iss: `https://login.microsoftonline.com/${tenantId}/v2.0`,
  iat: clock - 300,
  nbf: clock - 300,
  exp: clock + 3600,
  azp: clientId,
  azpacr: '0',
  oid: objectId,
  scp: 'Orders.Read Orders.Write',
  sub: 'pAiRwIsE_sUbJeCt-000000000000000000000000000',
  tid: tenantId,
  uti: 'unique',
  ver: '2.0',
}

/** Members set or, where `undefined`, taken away. */
export const change = (members: Members, changes: Members): Members =>
  Object.fromEntries(Object.entries({ ...members, ...changes }).filter(([, value]) => value !== undefined))

/** A signed token with these changes to the ordinary one. */
export const issue = (claimChanges: Members = {}, headerChanges: Members = {}): Promise<string> =>
  signText(JSON.stringify(change(header, headerChanges)), JSON.stringify(change(claims, claimChanges)))

/** Serves one metadata document and one key set, wherever they are asked for. */
export function documents(metadata: Members, keys: readonly unknown[] = [jwk]): typeof globalThis.fetch {
  return async (input) => {
    const url = String(input instanceof Request ? input.url : input)
    if (!url.includes('openid-configuration')) return Response.json({ keys })
    const host = new URL(url).host
    return Response.json({ jwks_uri: `https://${host}/keys`, ...metadata })
  }
}

/** A verifier at the clock of these tests; by default for the ordinary token. */
export function verifierFor(options: Partial<VerifierOptions> = {}): Verifier {
  const authority = options.authority === undefined ? { tenants: tenantId } : {}
  return createVerifier({
    ...authority,
    audience: apiId,
    fetch: documents({ issuer: claims['iss'] }),
    now: () => clock * 1000,
    ...options,
  })
}
