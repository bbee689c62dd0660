import { createHmac, createSign, generateKeyPairSync, sign as signBytes, type KeyObject } from 'node:crypto'

import { createVerifier, type Verifier, type VerifierOptions } from '@entraguard/core'

/** An attacker's bench: every byte of a token, a key set or a metadata document is free. */
export const tenantId = '1a1a1a1a-2b2b-4c3c-8d4d-5e5e5e5e5e5e'
export const otherTenantId = '99999999-8888-4777-8666-555555555555'
export const audience = 'aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee'
export const loginHost = 'https://login.microsoftonline.com'
/** Seconds since the epoch: the moment at which every case is judged. Servers with a clock of their own judge at theirs. */
export const now = Number(process.env['ENTRAGUARD_HOSTILE_NOW'] ?? 1_800_000_000)

export const kid = 'genuine-key'
const genuine = generateKeyPairSync('rsa', { modulusLength: 2048 })
const stranger = generateKeyPairSync('rsa', { modulusLength: 2048 })
export const genuineKey: KeyObject = genuine.privateKey
export const strangerKey: KeyObject = stranger.privateKey
export const publicJwk: Readonly<Record<string, unknown>> = {
  ...genuine.publicKey.export({ format: 'jwk' }),
  kid,
  use: 'sig',
  issuer: `${loginHost}/{tenantid}/v2.0`,
  cloud_instance_name: 'microsoftonline.com',
}
export const publicPem: string = genuine.publicKey.export({ type: 'spki', format: 'pem' }).toString()
export const strangerJwk: Readonly<Record<string, unknown>> = {
  ...stranger.publicKey.export({ format: 'jwk' }),
  use: 'sig',
}

export type Json = Readonly<Record<string, unknown>>

export const header: Json = { typ: 'JWT', alg: 'RS256', kid }
export const claims: Json = {
  aud: audience,
  iss: `${loginHost}/${tenantId}/v2.0`,
  iat: now - 60,
  nbf: now - 60,
  exp: now + 3600,
  azp: 'cccccccc-bbbb-4ccc-8ddd-eeeeeeeeeeee',
  azpacr: '1',
  oid: 'dddddddd-bbbb-4ccc-8ddd-eeeeeeeeeeee',
  scp: 'Orders.Read',
  sub: 'pairwise-subject',
  tid: tenantId,
  uti: 'token-id',
  ver: '2.0',
}
export const v1Claims: Json = (() => {
  const { azp, azpacr, ...rest } = claims
  return { ...rest, iss: `https://sts.windows.net/${tenantId}/`, appid: azp, appidacr: azpacr, ver: '1.0' }
})()

export function encode(text: string | Uint8Array): string {
  return Buffer.from(text).toString('base64url')
}

/** Signs exactly these texts; nothing is parsed or normalised. */
export function signTexts(
  headerText: string | Uint8Array,
  payloadText: string | Uint8Array,
  key = genuineKey,
): string {
  const input = `${encode(headerText)}.${encode(payloadText)}`
  return `${input}.${createSign('sha256').update(input).sign(key).toString('base64url')}`
}

export function sign(payload: object, changes: object = {}, key = genuineKey): string {
  return signTexts(JSON.stringify({ ...header, ...changes }), JSON.stringify(payload), key)
}

export function without(object: Json, ...names: readonly string[]): Json {
  return Object.fromEntries(Object.entries(object).filter(([name]) => !names.includes(name)))
}

/** A token under another algorithm, with a signature that this algorithm would accept. */
export function signAs(algorithm: string, secret: string | Buffer | KeyObject): string {
  const input = `${encode(JSON.stringify({ ...header, alg: algorithm }))}.${encode(JSON.stringify(claims))}`
  const hash = `sha${algorithm.slice(-3)}`
  const signature =
    typeof secret === 'string' || Buffer.isBuffer(secret)
      ? createHmac(hash, secret).update(input).digest()
      : signBytes(hash, Buffer.from(input), secret)
  return `${input}.${signature.toString('base64url')}`
}

export interface Documents {
  readonly metadata?: unknown
  readonly keys?: unknown
}

export const metadata: Json = {
  issuer: `${loginHost}/${tenantId}/v2.0`,
  jwks_uri: `${loginHost}/${tenantId}/discovery/v2.0/keys`,
  cloud_instance_name: 'microsoftonline.com',
  msgraph_host: 'graph.microsoft.com',
}

/** As the cases know it: servers for Node put another one in its place. */
const OriginalResponse = Response

/** A verifier whose identity provider serves these documents; `requested` lists what it was asked for. */
export function verifierFor(
  documents: Documents = {},
  options: Partial<VerifierOptions> = {},
): { readonly verifier: Verifier; readonly requested: readonly string[] } {
  const requested: string[] = []
  const verifier = createVerifier({
    tenants: tenantId,
    audience,
    now: () => now * 1000,
    fetch: async (url) => {
      requested.push(url)
      const document = url.includes('.well-known')
        ? (documents.metadata ?? metadata)
        : (documents.keys ?? { keys: [publicJwk] })
      if (document instanceof OriginalResponse) return document.clone()
      return new Response(typeof document === 'string' ? document : JSON.stringify(document))
    },
    ...options,
  })
  return { verifier, requested }
}
