import { expect } from 'vitest'

import { boundExpressApi, ofAda, registerProver } from '../bound-api.ts'
import { Person } from '../person.ts'
import { ADA, READ, serve, tenantId, type World } from '../world.ts'

const callback = 'http://localhost:3000/callback'

/** Signs in, calls the API and renews with one key; the library meets nonces by itself. */
export async function callAndRenew(world: World, nonce: boolean): Promise<void> {
  const openid = await import('openid-client')
  const issuer = new URL(`${world.strict.url}/${tenantId}/v2.0`)
  const config = await openid.discovery(issuer, registerProver(world, nonce))
  const key = openid.getDPoPHandle(config, await openid.randomDPoPKeyPair())
  const jkt = await key.calculateThumbprint()
  const pkceCodeVerifier = openid.randomPKCECodeVerifier()
  const address = openid.buildAuthorizationUrl(config, {
    redirect_uri: callback,
    scope: `openid offline_access ${READ}`,
    code_challenge: await openid.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: 'S256',
    dpop_jkt: jkt,
  })
  const { url } = await new Person(ADA).visit(address.href, ({ port }) => port === '3000')
  const proving = { DPoP: key }
  const tokens = await openid.authorizationCodeGrant(config, url, { pkceCodeVerifier }, undefined, proving)
  expect(tokens.token_type).toBe('dpop')
  await serve(
    boundExpressApi(world, { nonce }),
    async (origin) => {
      const orders = new URL(`${origin}/orders`)
      const call = async (accessToken: string): Promise<unknown> => {
        const answer = await openid.fetchProtectedResource(
          config,
          accessToken,
          orders,
          'GET',
          undefined,
          undefined,
          proving,
        )
        return answer.json()
      }
      expect(await call(tokens.access_token)).toEqual(ofAda)
      const renewed = await openid.refreshTokenGrant(config, tokens.refresh_token ?? '', undefined, proving)
      expect(await world.verified(renewed.access_token)).toMatchObject({ oid: ADA, cnf: { jkt } })
      expect(await call(renewed.access_token)).toEqual(ofAda)
    },
    world.tls,
  )
}
