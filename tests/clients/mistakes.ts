import { PublicClientApplication, ConfidentialClientApplication, type Configuration } from '@azure/msal-node'
import { ClientSecretCredential } from '@azure/identity'
import * as openid from 'openid-client'
import type { ConditionalAccessOptions } from '@entraguard/emulator'

import { inChromium, pickAccount } from './chromium.ts'
import { Person } from './person.ts'
import {
  ADA,
  api,
  CAREFUL,
  daemon,
  desktop,
  MAPPED,
  password,
  portal,
  READ,
  secret,
  STALE,
  STOCK,
  tenantId,
  type World,
} from './world.ts'

/** A mistake that somebody makes with a real client, and the code by which Entra and the emulator answer. */
export interface Mistake {
  readonly code: number
  readonly client: string
  /** What was done wrong. */
  readonly mistake: string
  /** Does it; what the client throws, or shows, has the code in it. */
  readonly make: (world: World) => Promise<unknown>
}

const GRACE = 'bbbbbbbb-0000-4000-8000-000000000001'
const callback = 'http://localhost:3000/callback'
const own = `api://${api}/.default`

const auth = ({ server }: World, clientId: string, tenant: string = tenantId): Configuration['auth'] => ({
  clientId,
  authority: `${server.url}/${tenant}`,
  knownAuthorities: [`localhost:${server.port}`],
})

const confidential = (world: World, clientId: string, clientSecret: string = secret) =>
  new ConfidentialClientApplication({ auth: { ...auth(world, clientId), clientSecret } })

const forItself = (world: World, clientId: string, scope = own, clientSecret: string = secret) =>
  confidential(world, clientId, clientSecret).acquireTokenByClientCredential({ scopes: [scope] })

const desktopApp = (world: World, tenant?: string, clientId: string = desktop) =>
  new PublicClientApplication({ auth: auth(world, clientId, tenant) })

const withPassword = (world: World, scopes: string[], clientId: string = desktop) =>
  desktopApp(world, tenantId, clientId).acquireTokenByUsernamePassword({
    scopes,
    username: 'ada@contoso.com',
    password,
  })

const exchange = (world: World, token: string, scope = `api://${STOCK}/Stock.Read`, clientId: string = api) =>
  confidential(world, clientId).acquireTokenOnBehalfOf({
    oboAssertion: token,
    scopes: [scope],
    skipCache: true,
  })

const adasToken = (world: World, more: object = {}): Promise<string> =>
  world.entra.issueUserToken({ user: ADA, scopes: ['Orders.Read'], ...more })

/** An exchange while a policy is in force. */
async function under(world: World, requires: ConditionalAccessOptions['requires']): Promise<unknown> {
  const token = await adasToken(world)
  world.entra.advance(1)
  const id = world.entra.conditionalAccess.add({ resources: [STOCK], requires })
  try {
    return await exchange(world, token)
  } finally {
    world.entra.conditionalAccess.remove(id)
  }
}

interface SignIn {
  readonly clientId?: string
  readonly user?: string
  readonly more?: Record<string, string>
  readonly prepare?: (config: openid.Configuration) => void
}

/** Signs somebody in with openid-client, and gives the answer that came back to the app to it. */
async function signIn(
  world: World,
  { clientId = portal, user = ADA, more = {}, prepare }: SignIn = {},
): Promise<unknown> {
  const config = await openid.discovery(new URL(`${world.strict.url}/${tenantId}/v2.0`), clientId, secret)
  prepare?.(config)
  const expectedState = openid.randomState()
  const parameters = { redirect_uri: callback, scope: `openid ${READ}`, state: expectedState, ...more }
  const address = openid.buildAuthorizationUrl(config, parameters)
  const { url, html } = await new Person(user).visit(address.href, ({ port }) => port === '3000')
  // A page for the person, because nothing may be sent to an address that nobody registered.
  if (html !== '') throw new Error(html)
  const { nonce: expectedNonce } = more
  return openid.authorizationCodeGrant(config, url, {
    expectedState,
    ...(expectedNonce && { expectedNonce }),
  })
}

/** Redeems a code with MSAL, for other scopes than it was given for. */
async function redeemFor(world: World, scopes: string[]): Promise<unknown> {
  const app = desktopApp(world)
  const page = await app.getAuthCodeUrl({ scopes: [READ], redirectUri: callback })
  const { url } = await new Person(ADA).visit(page, ({ port }) => port === '3000')
  return app.acquireTokenByCode({ scopes, redirectUri: callback, code: url.searchParams.get('code') ?? '' })
}

/** A page whose redirect URI was registered for a server. */
async function redeemOnPage(world: World): Promise<unknown> {
  let shown: unknown
  await inChromium(world, { app: 'msal-browser.ts', silent: 'msal-redirect.ts' }, async (page, origin) => {
    const start = async (): Promise<unknown> => {
      await page.waitForFunction(() => 'msal' in globalThis)
      return page.evaluate(
        async (settings) => {
          globalThis.app = new msal.PublicClientApplication({ auth: settings })
          await globalThis.app.initialize()
          return globalThis.app.handleRedirectPromise().catch(String)
        },
        { ...auth(world, CAREFUL), redirectUri: `${origin}/` },
      )
    }
    await start()
    await page.evaluate((scope) => void globalThis.app.loginRedirect({ scopes: [scope] }), READ)
    await pickAccount(page, 'Ada Lovelace', origin)
    shown = await start()
  })
  return shown
}

export const mistakes: readonly Mistake[] = [
  {
    code: 28000,
    client: '@azure/msal-node',
    mistake: 'scopes of two APIs for one token',
    make: (world) => redeemFor(world, [READ, `api://${STOCK}/Stock.Read`]),
  },
  {
    code: 28002,
    client: '@azure/msal-node',
    mistake: 'the name of an API instead of a scope, in a token request',
    make: (world) => redeemFor(world, [`api://${api}`]),
  },
  {
    code: 50011,
    client: 'openid-client',
    mistake: 'a redirect URI that is not registered',
    make: (world) => signIn(world, { more: { redirect_uri: 'http://localhost:3000/elsewhere' } }),
  },
  {
    code: 50013,
    client: '@azure/msal-node',
    mistake: 'an exchange of a token with a foreign signature',
    make: async (world) => exchange(world, await adasToken(world, { signWith: 'unknown' })),
  },
  {
    code: 50020,
    client: 'openid-client',
    mistake: 'an account of another directory that is not a guest here',
    make: (world) =>
      signIn(world, {
        user: 'aaaaaaaa-0000-4000-8000-000000000002',
        more: { login_hint: 'ada@fabrikam.com' },
      }),
  },
  {
    code: 50076,
    client: '@azure/msal-node',
    mistake: 'an exchange for an API that requires multifactor authentication',
    make: (world) => under(world, 'mfa'),
  },
  {
    code: 50079,
    client: '@azure/msal-node',
    mistake: 'the same, by a user who has not registered a second factor',
    make: (world) => under(world, 'mfaRegistration'),
  },
  {
    code: 50105,
    client: 'openid-client',
    mistake: 'a user who is not assigned to an app that requires assignment',
    make: (world) => signIn(world, { clientId: CAREFUL, user: GRACE }),
  },
  {
    code: 50146,
    client: '@azure/msal-node',
    mistake: 'an API with mapped claims and no signing key of its own',
    make: (world) => forItself(world, daemon, `api://${MAPPED}/.default`),
  },
  {
    code: 50194,
    client: '@azure/msal-node',
    mistake: 'a single-tenant app at /organizations',
    make: async (world) => {
      const page = await desktopApp(world, 'organizations').getAuthCodeUrl({
        scopes: [READ],
        redirectUri: callback,
      })
      return (await new Person(ADA).visit(page)).html
    },
  },
  {
    code: 53000,
    client: '@azure/msal-node',
    mistake: 'an exchange for an API that requires a compliant device',
    make: (world) => under(world, 'compliantDevice'),
  },
  {
    code: 53003,
    client: '@azure/msal-node',
    mistake: 'an exchange for an API that is blocked for the user',
    make: (world) => under(world, 'block'),
  },
  {
    code: 65001,
    client: '@azure/msal-node',
    mistake: 'a permission that nobody consented to',
    make: (world) =>
      confidential(world, CAREFUL).acquireTokenByUsernamePassword({
        scopes: [`api://${api}/Orders.Write`],
        username: 'ada@contoso.com',
        password,
      }),
  },
  {
    code: 70011,
    client: 'openid-client',
    mistake: '`.default` beside another scope of the API',
    make: (world) => signIn(world, { more: { scope: `openid ${own} ${READ}` } }),
  },
  {
    code: 70043,
    client: '@azure/msal-node',
    mistake: 'a sign-in that is older than the sign-in frequency allows',
    make: (world) => under(world, 'signInFrequency'),
  },
  {
    code: 90002,
    client: '@azure/msal-node',
    mistake: 'a tenant that does not exist',
    make: (world) => {
      const app = auth(world, daemon, '31313131-3131-4131-8131-313131313131')
      const { url } = world.server
      // With the metadata at hand: without it the client does not say what the authority answered.
      const authorityMetadata = JSON.stringify({
        issuer: `${app.authority}/v2.0`,
        authorization_endpoint: `${app.authority}/oauth2/v2.0/authorize`,
        token_endpoint: `${app.authority}/oauth2/v2.0/token`,
        end_session_endpoint: `${app.authority}/oauth2/v2.0/logout`,
        jwks_uri: `${url}/common/discovery/v2.0/keys`,
      })
      const client = new ConfidentialClientApplication({
        auth: { ...app, clientSecret: secret, authorityMetadata },
      })
      return client.acquireTokenByClientCredential({ scopes: [own] })
    },
  },
  {
    code: 90009,
    client: '@azure/msal-node',
    mistake: 'an app that requests a token for itself, by its Application ID URI',
    make: (world) =>
      confidential(world, api).acquireTokenByUsernamePassword({
        scopes: [own],
        username: 'ada@contoso.com',
        password,
      }),
  },
  {
    code: 500011,
    client: '@azure/identity',
    mistake: 'an Application ID URI with a typing error',
    make: (world) => {
      const options = { authorityHost: world.server.url, disableInstanceDiscovery: true }
      return new ClientSecretCredential(tenantId, daemon, secret, options).getToken('api://nothing/.default')
    },
  },
  {
    code: 500131,
    client: '@azure/msal-node',
    mistake: 'an exchange of a token for Microsoft Graph',
    make: async (world) =>
      exchange(
        world,
        await adasToken(world, { audience: 'https://graph.microsoft.com', scopes: ['User.Read'] }),
      ),
  },
  {
    code: 500133,
    client: '@azure/msal-node',
    mistake: 'an exchange of a token that has expired',
    make: async (world) => exchange(world, await adasToken(world, { expiresIn: -10 })),
  },
  {
    code: 900144,
    client: 'openid-client',
    mistake: 'a sign-in that asks for no scope',
    make: (world) => signIn(world, { more: { scope: '' } }),
  },
  {
    code: 650053,
    client: 'openid-client',
    mistake: 'a scope without the Application ID URI in front',
    make: (world) => signIn(world, { more: { scope: 'openid Orders.Read' } }),
  },
  {
    code: 650057,
    client: '@azure/msal-node',
    mistake: 'an API that is not among the API permissions of the client',
    make: (world) =>
      confidential(world, CAREFUL).acquireTokenByUsernamePassword({
        scopes: [`api://${STOCK}/.default`],
        username: 'ada@contoso.com',
        password,
      }),
  },
  {
    code: 700016,
    client: '@azure/msal-node',
    mistake: 'a client id that is not of this tenant',
    make: (world) => forItself(world, '32323232-3232-4232-8232-323232323232'),
  },
  {
    code: 700054,
    client: 'openid-client',
    mistake: 'an ID token with the code, although the app registration does not allow it',
    make: (world) =>
      signIn(world, {
        clientId: CAREFUL,
        more: { nonce: openid.randomNonce() },
        prepare: openid.useCodeIdTokenResponseType,
      }),
  },
  ...(
    [
      [700211, 'issuer'],
      [700212, 'audience'],
      [700213, 'subject'],
    ] as const
  ).map(([code, what]) => ({
    code,
    client: '@azure/msal-node',
    mistake: `a federated token with another ${what} than the credential names`,
    make: (world: World) => {
      const clientAssertion = () => world.federatedToken({ [what]: 'https://elsewhere.example' })
      const app = new ConfidentialClientApplication({ auth: { ...auth(world, daemon), clientAssertion } })
      return app.acquireTokenByClientCredential({ scopes: [own] })
    },
  })),
  {
    code: 7000215,
    client: '@azure/msal-node',
    mistake: 'a wrong client secret',
    make: (world) => forItself(world, daemon, own, 'wrong'),
  },
  {
    code: 7000218,
    client: '@azure/msal-node',
    mistake: 'a public client flow of an app that has a client secret',
    make: (world) => withPassword(world, [READ], daemon),
  },
  {
    code: 7000222,
    client: '@azure/msal-node',
    mistake: 'an expired client secret',
    make: (world) => forItself(world, STALE),
  },
  {
    code: 9002326,
    client: '@azure/msal-browser',
    mistake: 'a redirect URI of a single-page application, registered for the platform Web',
    make: redeemOnPage,
  },
  {
    code: 9010010,
    client: 'openid-client',
    mistake: 'a `resource` (RFC 8707) that is not the API of the scopes',
    make: (world) => signIn(world, { more: { resource: 'https://mcp.contoso.com' } }),
  },
]
