import { expect } from 'vitest'

import type { Client } from '../flows.ts'
import { Person } from '../person.ts'
import { callAndRenew, callAsDaemon } from './oauth4webapi-dpop.ts'
import { ADA, api, daemon, portal, READ, secret, tenantId, type World } from '../world.ts'

const library = () => import('oauth4webapi')
const callback = 'http://localhost:3000/callback'

async function discover(world: World) {
  const { discoveryRequest, processDiscoveryResponse } = await library()
  const issuer = new URL(`${world.strict.url}/${tenantId}/v2.0`)
  return processDiscoveryResponse(issuer, await discoveryRequest(issuer))
}

async function signIn(world: World, scope = `openid profile offline_access ${READ}`) {
  const oauth = await library()
  const as = await discover(world)
  const own = { client_id: portal }
  const verifier = oauth.generateRandomCodeVerifier()
  const [state, nonce] = [oauth.generateRandomState(), oauth.generateRandomNonce()]
  const address = new URL(as.authorization_endpoint ?? '')
  address.search = new URLSearchParams({
    client_id: portal,
    redirect_uri: callback,
    response_type: 'code',
    scope,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    state,
    nonce,
  }).toString()
  const { url } = await new Person(ADA).visit(address.href, ({ port }) => port === '3000')
  const parameters = oauth.validateAuthResponse(as, own, url, state)
  const authentication = oauth.ClientSecretPost(secret)
  const response = await oauth.authorizationCodeGrantRequest(
    as,
    own,
    authentication,
    parameters,
    callback,
    verifier,
  )
  const tokens = await oauth.processAuthorizationCodeResponse(as, own, response, { expectedNonce: nonce })
  return { as, own, authentication, tokens }
}

export const client: Client = {
  name: 'oauth4webapi',
  options: '`localIssuer`',
  flows: {
    'authorization code': async (world) => {
      const { getValidatedIdTokenClaims } = await library()
      const { tokens } = await signIn(world)
      expect(getValidatedIdTokenClaims(tokens)).toMatchObject({ aud: portal, oid: ADA })
      expect(await world.verified(tokens.access_token)).toMatchObject({ azp: portal, azpacr: '1' })
    },
    refresh: async (world) => {
      const { refreshTokenGrantRequest, processRefreshTokenResponse } = await library()
      const { as, own, authentication, tokens } = await signIn(world)
      const response = await refreshTokenGrantRequest(as, own, authentication, tokens.refresh_token ?? '')
      const renewed = await processRefreshTokenResponse(as, own, response)
      expect(await world.verified(renewed.access_token)).toMatchObject({ oid: ADA })
    },
    'client secret': async (world) => {
      const { clientCredentialsGrantRequest, ClientSecretPost, processClientCredentialsResponse } =
        await library()
      const as = await discover(world)
      const own = { client_id: daemon }
      const form = { scope: `api://${api}/.default` }
      const response = await clientCredentialsGrantRequest(as, own, ClientSecretPost(secret), form)
      const tokens = await processClientCredentialsResponse(as, own, response)
      expect(await world.verified(tokens.access_token)).toMatchObject({ azp: daemon, azpacr: '1' })
    },
    DPoP: async (world) => {
      await callAndRenew(world, false)
      await callAsDaemon(world)
    },
    'DPoP with nonces': (world) => callAndRenew(world, true),
    userinfo: async (world) => {
      const { getValidatedIdTokenClaims, processUserInfoResponse, userInfoRequest } = await library()
      const { as, own, tokens } = await signIn(world, 'openid profile email')
      const response = await userInfoRequest(as, own, tokens.access_token)
      const subject = getValidatedIdTokenClaims(tokens)?.sub ?? ''
      expect(await processUserInfoResponse(as, own, subject, response)).toMatchObject({
        name: 'Ada Lovelace',
      })
    },
  },
}
