import { createHash, X509Certificate } from 'node:crypto'

import type { AuthenticationResult, Configuration } from '@azure/msal-node'
import { expect } from 'vitest'

import type { Client } from '../flows.ts'
import { managedIdentityTokens } from '../environment.ts'
import { Person } from '../person.ts'
import {
  ADA,
  api,
  daemon,
  desktop,
  identity,
  password,
  READ,
  secret,
  STOCK,
  tenantId,
  type World,
} from '../world.ts'

const msal = () => import('@azure/msal-node')
const scopes = [`api://${api}/.default`]
const redirectUri = 'http://localhost:3000/callback'

const authority = ({ server }: World) => ({
  authority: `${server.url}/${tenantId}`,
  knownAuthorities: [`localhost:${server.port}`],
})

async function confidential(
  world: World,
  auth: Omit<Configuration['auth'], 'clientId'>,
  clientId: string = daemon,
) {
  const { ConfidentialClientApplication } = await msal()
  return new ConfidentialClientApplication({ auth: { clientId, ...authority(world), ...auth } })
}

async function publicClient(world: World) {
  const { PublicClientApplication } = await msal()
  return new PublicClientApplication({ auth: { clientId: desktop, ...authority(world) } })
}

const expectApp = async (world: World, result: AuthenticationResult | null, method: string): Promise<void> =>
  expect(await world.verified(result?.accessToken)).toMatchObject({ aud: api, azp: daemon, azpacr: method })

const expectAda = async (world: World, result: AuthenticationResult | null): Promise<void> =>
  expect(await world.verified(result?.accessToken)).toMatchObject({
    aud: api,
    azp: desktop,
    oid: ADA,
    scp: 'Orders.Read',
  })

async function signIn(world: World, claims?: string) {
  const client = await publicClient(world)
  const { CryptoProvider } = await msal()
  const { verifier, challenge } = await new CryptoProvider().generatePkceCodes()
  const request = { scopes: [READ], redirectUri, ...(claims === undefined ? {} : { claims }) }
  const pkce = { codeChallenge: challenge, codeChallengeMethod: 'S256' }
  const page = await client.getAuthCodeUrl({ ...request, ...pkce })
  const { url } = await new Person(ADA).visit(page, ({ port }) => port === '3000')
  const code = url.searchParams.get('code') ?? ''
  return { client, result: await client.acquireTokenByCode({ ...request, code, codeVerifier: verifier }) }
}

export const client: Client = {
  name: '@azure/msal-node',
  options: "`authority`, `knownAuthorities: ['localhost:8443']`",
  flows: {
    'authorization code': async (world) => {
      const { result } = await signIn(world)
      await expectAda(world, result)
      expect(result.account?.name).toBe('Ada Lovelace')
    },
    silent: async (world) => {
      const { client: app, result } = await signIn(world)
      const again = await app.acquireTokenSilent({ account: result.account!, scopes: [READ] })
      expect([again.fromCache, again.accessToken]).toEqual([true, result.accessToken])
    },
    refresh: async (world) => {
      const { client: app, result } = await signIn(world)
      const request = { account: result.account!, scopes: [READ], forceRefresh: true }
      const renewed = await app.acquireTokenSilent(request)
      expect(renewed.fromCache).toBe(false)
      await expectAda(world, renewed)
    },
    'device code': async (world) => {
      const app = await publicClient(world)
      const result = await app.acquireTokenByDeviceCode({
        scopes: [READ],
        deviceCodeCallback: ({ userCode }) => void world.entra.settleDevice(userCode, ADA),
      })
      await expectAda(world, result)
    },
    password: async (world) => {
      const app = await publicClient(world)
      const result = await app.acquireTokenByUsernamePassword({
        scopes: [READ],
        username: 'ada@contoso.com',
        password,
      })
      await expectAda(world, result)
    },
    'client secret': async (world) => {
      const app = await confidential(world, { clientSecret: secret })
      await expectApp(world, await app.acquireTokenByClientCredential({ scopes }), '1')
    },
    certificate: async (world) => {
      const { pem, privateKey } = world.certificate
      const thumbprintSha256 = createHash('sha256').update(new X509Certificate(pem).raw).digest('hex')
      const app = await confidential(world, { clientCertificate: { thumbprintSha256, privateKey } })
      await expectApp(world, await app.acquireTokenByClientCredential({ scopes }), '2')
    },
    assertion: async (world) => {
      const app = await confidential(world, { clientAssertion: () => world.federatedToken() })
      await expectApp(world, await app.acquireTokenByClientCredential({ scopes }), '2')
    },
    'managed identity': async (world) => {
      for (const token of await managedIdentityTokens(world, '@azure/msal-node', `api://${api}`)) {
        expect(await world.verified(token)).toMatchObject({ aud: api, azp: identity, azpacr: '2' })
      }
    },
    'on-behalf-of': async (world) => {
      const { result } = await signIn(world)
      const middle = await confidential(world, { clientSecret: secret }, api)
      const stock = await middle.acquireTokenOnBehalfOf({
        oboAssertion: result.accessToken,
        scopes: [`api://${STOCK}/Stock.Read`],
      })
      expect(await world.verified(stock?.accessToken)).toMatchObject({
        aud: `api://${STOCK}`,
        appid: api,
        oid: ADA,
      })
    },
    'claims challenge': async (world) => {
      const { InteractionRequiredAuthError } = await msal()
      const id = world.entra.conditionalAccess.add({ resources: [STOCK], requires: 'c1' })
      try {
        const middle = await confidential(world, { clientSecret: secret }, api)
        const exchange = (oboAssertion: string) =>
          middle.acquireTokenOnBehalfOf({
            oboAssertion,
            scopes: [`api://${STOCK}/Stock.Read`],
            skipCache: true,
          })
        const { result } = await signIn(world)
        const refused: unknown = await exchange(result.accessToken).catch((error: unknown) => error)
        expect(refused).toBeInstanceOf(InteractionRequiredAuthError)
        const { claims, subError } = refused as InstanceType<typeof InteractionRequiredAuthError>
        expect(subError).toBe('basic_action')
        const again = await signIn(world, claims)
        const stock = await exchange(again.result.accessToken)
        expect(await world.verified(stock?.accessToken)).toMatchObject({ acrs: ['c1'] })
      } finally {
        world.entra.conditionalAccess.remove(id)
      }
    },
  },
}
