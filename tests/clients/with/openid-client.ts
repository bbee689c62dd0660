import { expect } from 'vitest'

import type { Client } from '../flows.ts'
import { Person } from '../person.ts'
import { callAndRenew } from './openid-client-dpop.ts'
import { ADA, api, daemon, desktop, portal, READ, secret, tenantId, type World } from '../world.ts'

const library = () => import('openid-client')
const callback = 'http://localhost:3000/callback'

async function discover(world: World, clientId: string, clientSecret?: string) {
  const { discovery } = await library()
  return discovery(new URL(`${world.strict.url}/${tenantId}/v2.0`), clientId, clientSecret)
}

async function signIn(world: World, person = new Person(ADA), more: Record<string, string> = {}) {
  const openid = await library()
  const config = await discover(world, portal, secret)
  const pkceCodeVerifier = openid.randomPKCECodeVerifier()
  const expectedState = openid.randomState()
  const expectedNonce = openid.randomNonce()
  const address = openid.buildAuthorizationUrl(config, {
    redirect_uri: callback,
    scope: `openid profile email offline_access ${READ}`,
    code_challenge: await openid.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: 'S256',
    state: expectedState,
    nonce: expectedNonce,
    ...more,
  })
  const { url } = await person.visit(address.href, ({ port }) => port === '3000')
  const checks = { pkceCodeVerifier, expectedState, expectedNonce }
  return { config, person, tokens: await openid.authorizationCodeGrant(config, url, checks) }
}

export const client: Client = {
  name: 'openid-client',
  options: '`localIssuer`',
  flows: {
    'authorization code': async (world) => {
      const { tokens } = await signIn(world)
      expect(tokens.claims()).toMatchObject({ aud: portal, oid: ADA, email: 'ada@contoso.com' })
      expect(await world.verified(tokens.access_token)).toMatchObject({ azp: portal, scp: 'Orders.Read' })
    },
    hybrid: async (world) => {
      const openid = await library()
      const config = await discover(world, portal, secret)
      openid.useCodeIdTokenResponseType(config)
      const expectedNonce = openid.randomNonce()
      const expectedState = openid.randomState()
      const address = openid.buildAuthorizationUrl(config, {
        redirect_uri: callback,
        scope: `openid profile ${READ}`,
        nonce: expectedNonce,
        state: expectedState,
      })
      const { url } = await new Person(ADA).visit(address.href, ({ port }) => port === '3000')
      const tokens = await openid.authorizationCodeGrant(config, url, { expectedNonce, expectedState })
      expect(tokens.claims()).toMatchObject({ oid: ADA })
    },
    silent: async (world) => {
      const { person } = await signIn(world)
      const { tokens } = await signIn(world, person, { prompt: 'none', login_hint: 'ada@contoso.com' })
      expect(tokens.claims()).toMatchObject({ oid: ADA })
      const stranger = signIn(world, new Person(ADA), { prompt: 'none' })
      await expect(stranger).rejects.toMatchObject({ error: 'login_required' })
    },
    refresh: async (world) => {
      const { refreshTokenGrant } = await library()
      const { config, tokens } = await signIn(world)
      const renewed = await refreshTokenGrant(config, tokens.refresh_token ?? '')
      expect(await world.verified(renewed.access_token)).toMatchObject({ oid: ADA, scp: 'Orders.Read' })
    },
    'device code': async (world) => {
      const { initiateDeviceAuthorization, None, discovery, pollDeviceAuthorizationGrant } = await library()
      const issuer = new URL(`${world.strict.url}/${tenantId}/v2.0`)
      const config = await discovery(issuer, desktop, undefined, None())
      const started = await initiateDeviceAuthorization(config, { scope: `openid ${READ}` })
      world.entra.settleDevice(started.user_code, ADA)
      const tokens = await pollDeviceAuthorizationGrant(config, { ...started, interval: 0.01 })
      expect(await world.verified(tokens.access_token)).toMatchObject({ oid: ADA, azp: desktop })
    },
    'client secret': async (world) => {
      const { clientCredentialsGrant } = await library()
      const config = await discover(world, daemon, secret)
      const tokens = await clientCredentialsGrant(config, { scope: `api://${api}/.default` })
      expect(await world.verified(tokens.access_token)).toMatchObject({ azp: daemon })
    },
    DPoP: (world) => callAndRenew(world, false),
    'DPoP with nonces': (world) => callAndRenew(world, true),
    userinfo: async (world) => {
      const { fetchUserInfo } = await library()
      const { config, tokens } = await signIn(world, new Person(ADA), { scope: 'openid profile email' })
      const subject = tokens.claims()?.sub ?? ''
      expect(await fetchUserInfo(config, tokens.access_token, subject)).toMatchObject({
        email: 'ada@contoso.com',
      })
    },
    'sign-out': async (world) => {
      const { buildEndSessionUrl } = await library()
      const { config, person, tokens } = await signIn(world)
      const address = buildEndSessionUrl(config, {
        post_logout_redirect_uri: callback,
        id_token_hint: tokens.id_token ?? '',
        state: 's-1',
      })
      const { url } = await person.visit(address.href, ({ port }) => port === '3000')
      expect(url.href).toBe(`${callback}?state=s-1`)
      await expect(signIn(world, person, { prompt: 'none' })).rejects.toMatchObject({
        error: 'login_required',
      })
    },
  },
}
