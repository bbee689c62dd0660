import { createPublicKey } from 'node:crypto'
import { createRequire } from 'node:module'

import { JwtVerifier } from 'aws-jwt-verify'
import { auth } from 'express-oauth2-jwt-bearer'
import { createVerifier as createFastVerifier } from 'fast-jwt'
import { createRemoteJWKSet, jwtVerify } from 'jose'
import jsonwebtoken from 'jsonwebtoken'
import jwksRsa from 'jwks-rsa'

import { bareNodeCrypto, nodeEngine } from './node-engine.ts'
import { bareWebCrypto, defaultEngine, honoJwk, joseLocal, type Contestant } from './portable.ts'
import type { Workload } from './workload.ts'

export async function createContestants(workload: Workload): Promise<readonly Contestant[]> {
  return [
    bareNodeCrypto(workload),
    await bareWebCrypto(workload),
    ...defaultEngine(workload),
    ...nodeEngine(workload),
    joseLocal(workload),
    ...generalLibraries(workload),
    honoJwk(workload),
    ...expressLibraries(workload),
  ]
}

function generalLibraries(workload: Workload): readonly Contestant[] {
  const { issuer, audience, jwks, jwk, keysUrl } = workload
  const rules = { issuer, audience, algorithms: ['RS256'] }
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
  const inLibrary = (name: string, check: Contestant['check']): Contestant => ({ name, check })
  return [
    inLibrary('jose, remote keys', (token) => jwtVerify(token, remote, rules)),
    inLibrary('fast-jwt', (token) => fastVerify(token)),
    inLibrary('fast-jwt, cache', (token) => fastCached(token)),
    inLibrary('aws-jwt-verify', (token) => aws.verify(token)),
    inLibrary('jsonwebtoken, key object', (token) =>
      jsonwebtoken.verify(token, publicKey, { issuer, audience, algorithms: ['RS256'] }),
    ),
    inLibrary('jsonwebtoken + jwks-rsa', async (token) => {
      const key = await client.getSigningKey(jwk.kid)
      return jsonwebtoken.verify(token, key.getPublicKey(), { issuer, audience, algorithms: ['RS256'] })
    }),
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
