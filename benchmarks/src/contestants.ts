import { createPublicKey, verify } from 'node:crypto'
import { createRequire } from 'node:module'

import { createVerifier } from '@entraguard/core'
import { nodeSignature } from '@entraguard/core/node'
import { JwtVerifier } from 'aws-jwt-verify'
import { auth } from 'express-oauth2-jwt-bearer'
import { createVerifier as createFastVerifier } from 'fast-jwt'
import { verifyWithJwks } from 'hono/jwt'
import { createLocalJWKSet, createRemoteJWKSet, jwtVerify } from 'jose'
import jsonwebtoken from 'jsonwebtoken'
import jwksRsa from 'jwks-rsa'

import type { Workload } from './workload.ts'

export interface Contestant {
  readonly name: string
  /** Rejects or throws for a token that it does not accept. */
  readonly check: (token: string) => unknown
  /** Tokens of its own, where it does not share those of the others. */
  readonly tokens?: readonly string[]
}

/** Issuer, audience, expiry and algorithm are checked by every contestant that can. */
export async function createContestants(workload: Workload): Promise<readonly Contestant[]> {
  const bare = await barePrimitives(workload)
  const ours = entraguard(workload)
  return [...bare, ...ours, ...(await generalLibraries(workload)), ...expressLibraries(workload)]
}

export function entraguard({ tenantId, audience, fetch }: Workload): readonly Contestant[] {
  // Fewer places than tokens, so that a new token is new in every turn.
  const options = { tenants: tenantId, audience, fetch, tokenCache: 1000 }
  const verifiers = {
    Entraguard: createVerifier(options),
    'Entraguard, no token cache': createVerifier({ ...options, tokenCache: false }),
    'Entraguard, nodeSignature': createVerifier({ ...options, signature: nodeSignature }),
    'Entraguard, nodeSignature, no token cache': createVerifier({
      ...options,
      signature: nodeSignature,
      tokenCache: false,
    }),
  }
  return Object.entries(verifiers).map(([name, verifier]) => ({
    name,
    check: async (token) => await verifier.verify(token),
  }))
}

async function barePrimitives({ jwk }: Workload): Promise<readonly Contestant[]> {
  const keyObject = createPublicKey({ key: { ...jwk }, format: 'jwk' })
  const algorithm = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }
  const cryptoKey = await crypto.subtle.importKey('jwk', { ...jwk }, algorithm, false, ['verify'])
  const split = (token: string): [Buffer<ArrayBuffer>, Buffer<ArrayBuffer>] => {
    const end = token.lastIndexOf('.')
    return [Buffer.from(token.slice(0, end), 'latin1'), Buffer.from(token.slice(end + 1), 'base64url')]
  }
  const expectGood = (good: boolean): void => {
    if (!good) throw new Error('bad signature')
  }
  return [
    {
      name: 'bare crypto.verify',
      check: (token) => {
        const [data, signature] = split(token)
        expectGood(verify('sha256', data, keyObject, signature))
      },
    },
    {
      name: 'bare subtle.verify',
      check: async (token) => {
        const [data, signature] = split(token)
        expectGood(await crypto.subtle.verify('RSASSA-PKCS1-v1_5', cryptoKey, signature, data))
      },
    },
  ]
}

async function generalLibraries(workload: Workload): Promise<readonly Contestant[]> {
  const { issuer, audience, jwks, jwk, keysUrl } = workload
  const rules = { issuer, audience, algorithms: ['RS256'] }
  const local = createLocalJWKSet({ keys: [...jwks.keys] })
  const remote = createRemoteJWKSet(new URL(keysUrl))
  const publicKey = createPublicKey({ key: { ...jwk }, format: 'jwk' })
  const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString()
  const fast = { key: pem, algorithms: ['RS256' as const], allowedIss: issuer, allowedAud: audience }
  const fastVerify = createFastVerifier({ ...fast, cache: false })
  const fastCached = createFastVerifier({ ...fast, cache: 1000 })
  const aws = JwtVerifier.create({ issuer, audience, jwksUri: 'https://login.microsoftonline.com/unused' })
  aws.cacheJwks({ keys: jwks.keys.map((key) => ({ ...key, alg: 'RS256' })) } as Parameters<
    typeof aws.cacheJwks
  >[0])
  const client = jwksRsa({ jwksUri: keysUrl, cache: true, cacheMaxAge: 3_600_000 })
  const honoKeys = jwks.keys.map((key) => ({ ...key, alg: 'RS256' })) as NonNullable<
    Parameters<typeof verifyWithJwks>[1]['keys']
  >
  const inLibrary = (name: string, check: Contestant['check']): Contestant => ({ name, check })
  return [
    inLibrary('jose, local keys', async (token) => await jwtVerify(token, local, rules)),
    inLibrary('jose, remote keys', async (token) => await jwtVerify(token, remote, rules)),
    inLibrary('fast-jwt', (token) => fastVerify(token)),
    inLibrary('fast-jwt, cache', (token) => fastCached(token)),
    inLibrary('aws-jwt-verify', async (token) => await aws.verify(token)),
    inLibrary('jsonwebtoken, key object', (token) =>
      jsonwebtoken.verify(token, publicKey, { issuer, audience, algorithms: ['RS256'] }),
    ),
    inLibrary('jsonwebtoken + jwks-rsa', async (token) => {
      const key = await client.getSigningKey(jwk.kid)
      return jsonwebtoken.verify(token, key.getPublicKey(), { issuer, audience, algorithms: ['RS256'] })
    }),
    inLibrary(
      'hono/jwk, given keys',
      async (token) => await verifyWithJwks(token, { keys: honoKeys, allowedAlgorithms: ['RS256'] }),
    ),
  ]
}

interface PassportJsonWebToken {
  verify(token: string, pem: string, options: object, done: (error: unknown) => void): void
}

function expressLibraries({ issuer, audience, keysUrl, jwk }: Workload): readonly Contestant[] {
  const handler = auth({ issuer, audience, jwksUri: keysUrl, tokenSigningAlg: 'RS256' })
  const pem = createPublicKey({ key: { ...jwk }, format: 'jwk' })
    .export({ type: 'spki', format: 'pem' })
    .toString()
  const passport = createRequire(import.meta.url)(
    'passport-azure-ad/lib/jsonWebToken.js',
  ) as PassportJsonWebToken
  const options = {
    algorithms: ['RS256'],
    audience,
    issuer,
    clockSkew: 300,
    validateIssuer: true,
    allowMultiAudiencesInToken: false,
  }
  const settled = (start: (done: (error?: unknown) => void) => void): Promise<void> =>
    new Promise((resolve, reject) => {
      start((error) => (error === undefined || error === null ? resolve() : reject(error)))
    })
  return [
    {
      name: 'express-oauth2-jwt-bearer',
      check: async (token) => {
        const headers = { host: 'localhost', authorization: `Bearer ${token}` }
        const request = {
          headers,
          method: 'GET',
          protocol: 'http',
          url: '/',
          originalUrl: '/',
          query: {},
          is: () => false,
          get: (name: string) => headers[name.toLowerCase() as 'host'],
        }
        await settled((done) => {
          void handler(request as never, {} as never, done)
        })
      },
    },
    {
      name: "passport-azure-ad's verify",
      check: async (token) => {
        await settled((done) => passport.verify(token, pem, options, done))
      },
    },
  ]
}
