import type { Client, DPoPHandle } from 'oauth4webapi'
import { decodeJwt } from 'jose'
import { expect } from 'vitest'

import { boundExpressApi, expectUselessToThieves, ofAda, registerProver } from '../bound-api.ts'
import { Person } from '../person.ts'
import { ADA, api, daemon, READ, secret, serve, tenantId, type World } from '../world.ts'

const library = () => import('oauth4webapi')
const callback = 'http://localhost:3000/callback'

/** Again with a nonce, where the server asks for one, as the library's own examples have it. */
async function withNonce<T>(asked: boolean, act: () => Promise<T>): Promise<T> {
  const { isDPoPNonceError } = await library()
  try {
    const done = await act()
    expect(asked).toBe(false)
    return done
  } catch (error) {
    if (!asked) throw error
    expect(isDPoPNonceError(error)).toBe(true)
    return await act()
  }
}

async function discover(world: World) {
  const { discoveryRequest, processDiscoveryResponse } = await library()
  const issuer = new URL(`${world.strict.url}/${tenantId}/v2.0`)
  return processDiscoveryResponse(issuer, await discoveryRequest(issuer))
}

async function createKey(own: Client): Promise<DPoPHandle> {
  const { DPoP, generateKeyPair } = await library()
  return DPoP(own, await generateKeyPair('ES256'))
}

/** What the API answers; the proofs go into `sent`. */
async function call(
  url: string,
  accessToken: string,
  key: DPoPHandle,
  sent: string[] = [],
): Promise<unknown> {
  const { customFetch, protectedResourceRequest } = await library()
  const response = await protectedResourceRequest(accessToken, 'GET', new URL(url), undefined, undefined, {
    DPoP: key,
    [customFetch]: async (address: string, { method, headers }: Readonly<RequestInit>) => {
      sent.push(new Headers(headers).get('dpop') ?? '')
      return fetch(address, { method: method ?? 'GET', headers: headers ?? {} })
    },
  })
  return response.json()
}

const nonceOf = (proof: string): string | undefined => {
  const { nonce } = decodeJwt(proof)
  return typeof nonce === 'string' ? nonce : undefined
}

async function signIn(world: World, nonce: boolean) {
  const oauth = await library()
  const as = await discover(world)
  const own: Client = { client_id: registerProver(world, nonce) }
  const key = await createKey(own)
  const verifier = oauth.generateRandomCodeVerifier()
  const address = new URL(as.authorization_endpoint ?? '')
  address.search = new URLSearchParams({
    client_id: own.client_id,
    redirect_uri: callback,
    response_type: 'code',
    scope: `openid offline_access ${READ}`,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    dpop_jkt: await key.calculateThumbprint(),
  }).toString()
  const { url } = await new Person(ADA).visit(address.href, ({ port }) => port === '3000')
  const parameters = oauth.validateAuthResponse(as, own, url, oauth.expectNoState)
  const redeem = async () => {
    const none = oauth.None()
    const response = await oauth.authorizationCodeGrantRequest(
      as,
      own,
      none,
      parameters,
      callback,
      verifier,
      { DPoP: key },
    )
    return oauth.processAuthorizationCodeResponse(as, own, response)
  }
  return { as, own, key, tokens: await withNonce(nonce, redeem) }
}

/** Signs in, calls the API, renews with the same key and with no other; with nonces at both servers, or at neither. */
export async function callAndRenew(world: World, nonce: boolean): Promise<void> {
  const oauth = await library()
  const { as, own, key, tokens } = await signIn(world, nonce)
  expect(tokens.token_type).toBe('dpop')
  await serve(
    boundExpressApi(world, { nonce }),
    async (origin) => {
      const url = `${origin}/orders`
      expect(await withNonce(nonce, () => call(url, tokens.access_token, key))).toEqual(ofAda)
      expect(await call(url, tokens.access_token, key)).toEqual(ofAda)

      const renew = async (DPoP: DPoPHandle) => {
        const refreshToken = tokens.refresh_token ?? ''
        const response = await oauth.refreshTokenGrantRequest(as, own, oauth.None(), refreshToken, { DPoP })
        return oauth.processRefreshTokenResponse(as, own, response)
      }
      const { access_token: accessToken } = await renew(key)
      expect(decodeJwt(accessToken)).toMatchObject({
        oid: ADA,
        cnf: { jkt: await key.calculateThumbprint() },
      })
      const other = await createKey(own)
      await expect(withNonce(nonce, () => renew(other))).rejects.toMatchObject({ error: 'invalid_grant' })

      const sent: string[] = []
      expect(await call(url, accessToken, key, sent)).toEqual(ofAda)
      const [proof = ''] = sent
      await expectUselessToThieves(world, { url, accessToken, proof }, nonceOf(proof))
    },
    world.tls,
  )
}

/** A program with a secret, for itself. */
export async function callAsDaemon(world: World): Promise<void> {
  const oauth = await library()
  const as = await discover(world)
  const own = { client_id: daemon }
  const key = await createKey(own)
  const form = { scope: `api://${api}/.default` }
  const response = await oauth.clientCredentialsGrantRequest(as, own, oauth.ClientSecretPost(secret), form, {
    DPoP: key,
  })
  const tokens = await oauth.processClientCredentialsResponse(as, own, response)
  expect(tokens.token_type).toBe('dpop')
  await serve(
    boundExpressApi(world),
    async (origin) =>
      expect(await call(`${origin}/orders`, tokens.access_token, key)).toEqual({ of: expect.any(String) }),
    world.tls,
  )
}
