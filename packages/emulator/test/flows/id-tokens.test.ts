import { decodeJwt, decodeProtectedHeader, type JWTPayload } from 'jose'
import { beforeEach, describe, expect, it } from 'vitest'

import { createEmulator, defaults, type AppOptions, type Emulator } from '../../src/index.ts'
import { verified } from '../support.ts'
import { ADA, askToken, authorityRoot, GRACE, openBrowser, ROOT, type Answer } from './caller.ts'

const { tenantId, apiClientId: api, webClientId: web } = defaults
const GROUP = 'dddddddd-0000-4000-8000-000000000001'

const NOW = Date.now()

let entra: Emulator

const start = async (app: AppOptions = {}): Promise<void> => {
  entra = await createEmulator({
    now: () => NOW,
    apps: [{ clientId: api }, { clientId: web, redirectUris: ['http://localhost/callback'], ...app }],
    users: [
      {
        id: ADA,
        name: 'Ada Lovelace',
        userPrincipalName: 'ada@contoso.com',
        roles: ['Portal.Admin', 'Other'],
      },
      {
        id: GRACE,
        name: 'Grace Hopper',
        userPrincipalName: 'grace_fabrikam.com#EXT#@contoso.onmicrosoft.com',
        email: 'grace@fabrikam.com',
        guestFrom: defaults.otherTenantId,
      },
    ],
    groups: [{ id: GROUP, members: [ADA] }],
  })
}

beforeEach(() => start())

async function signIn(
  scope: string,
  user = ADA,
  root = ROOT,
  more: Record<string, string> = {},
): Promise<Answer> {
  const address = `${root}/authorize?${new URLSearchParams({
    client_id: web,
    response_type: 'code',
    redirect_uri: 'http://localhost:5173/callback',
    ...(scope === '' ? {} : { scope }),
    ...more,
  })}`
  const back = await openBrowser(entra).pick(address, user)
  return askToken(
    entra,
    {
      grant_type: 'authorization_code',
      client_id: web,
      redirect_uri: 'http://localhost:5173/callback',
      code: back.searchParams.get('code') ?? '',
    },
    { root },
  )
}

const idToken = async (scope: string, user = ADA): Promise<JWTPayload> =>
  decodeJwt(String((await signIn(scope, user))['id_token']))

describe('an ID token', () => {
  it('shows who it is only to a client that asks for the profile', async () => {
    const bare = await idToken('openid')
    expect(bare).toMatchObject({ aud: web, tid: tenantId })
    for (const name of ['oid', 'name', 'preferred_username', 'email']) expect(bare).not.toHaveProperty(name)
    expect(await idToken('openid profile')).toMatchObject({
      oid: ADA,
      name: 'Ada Lovelace',
      preferred_username: 'ada@contoso.com',
    })
  })

  it('has the address with the scope email, and a guest’s without', async () => {
    expect(await idToken('openid email')).toMatchObject({ email: 'ada@contoso.com' })
    expect(await idToken('openid', GRACE)).toMatchObject({
      email: 'grace@fabrikam.com',
      idp: `https://sts.windows.net/${defaults.otherTenantId}/`,
    })
  })

  it('has the roles, groups and optional claims of the registration', async () => {
    await start({
      appRoles: ['Portal.Admin'],
      groupClaims: true,
      idTokenClaims: ['upn', 'acct', 'auth_time', 'family_name', 'login_hint', 'email'],
    })
    expect(await idToken('openid')).toMatchObject({
      roles: ['Portal.Admin'],
      groups: [GROUP],
      upn: 'ada@contoso.com',
      acct: 0,
      auth_time: Math.floor(NOW / 1000),
      family_name: 'Lovelace',
      email: 'ada@contoso.com',
    })
  })

  it('of the v1.0 endpoint is one of v1.0, and so are the members of the answer', async () => {
    const root = authorityRoot(tenantId).replace('/v2.0', '')
    const answer = await signIn('', ADA, root, { resource: `api://${api}` })
    const token = String(answer['id_token'])
    expect(decodeProtectedHeader(token)).toHaveProperty('x5t')
    const metadata = `https://login.microsoftonline.com/${tenantId}/.well-known/openid-configuration`
    expect(await verified(entra, token, metadata)).toMatchObject({
      iss: `https://sts.windows.net/${tenantId}/`,
      ver: '1.0',
      upn: 'ada@contoso.com',
      unique_name: 'ada@contoso.com',
      amr: ['pwd'],
      oid: ADA,
    })
    expect(answer).toMatchObject({
      token_type: 'Bearer',
      resource: `api://${api}`,
      scope: 'Orders.Read Orders.Write',
      expires_in: expect.stringMatching(/^\d+$/),
      expires_on: expect.stringMatching(/^\d{10}$/),
    })
    const renewed = await askToken(
      entra,
      { grant_type: 'refresh_token', client_id: web, refresh_token: String(answer['refresh_token']) },
      { root },
    )
    expect(decodeJwt(String(renewed['access_token']))).toMatchObject({
      aud: api,
      scp: 'Orders.Read Orders.Write',
    })
  })
})

const ask = async (answer: Answer, address: string): Promise<Response> =>
  entra.fetch(address, { headers: { authorization: `Bearer ${String(answer['access_token'])}` } })

describe('userinfo', () => {
  it('names the same subject as the ID token, which is another one for each client', async () => {
    const answer = await signIn('openid profile email')
    const info = await ask(answer, 'https://graph.microsoft.com/oidc/userinfo')
    expect(info.headers.get('access-control-allow-origin')).toBe('*')
    expect(await info.json()).toEqual({
      sub: decodeJwt(String(answer['id_token'])).sub,
      name: 'Ada Lovelace',
      given_name: 'Ada',
      family_name: 'Lovelace',
      picture: 'https://graph.microsoft.com/v1.0/me/photo/$value',
      email: 'ada@contoso.com',
    })
    const other = await entra.issueUserToken({
      audience: 'https://graph.microsoft.com',
      scopes: ['openid'],
      clientId: api,
    })
    const { sub } = (await (
      await ask({ status: 200, access_token: other }, 'https://graph.microsoft.com/oidc/userinfo')
    ).json()) as { sub: string }
    expect(sub).not.toBe(decodeJwt(String(answer['id_token'])).sub)
  })

  it('is below the v1.0 authority too, needs the permission openid, and a token of Graph', async () => {
    const v1 = `https://login.microsoftonline.com/${tenantId}/openid/userinfo`
    expect((await ask(await signIn('openid profile'), v1)).status).toBe(200)
    expect((await ask(await signIn('User.Read'), v1)).status).toBe(403)
    expect((await ask(await signIn(`openid api://${api}/Orders.Read`), v1)).status).toBe(401)
    expect((await entra.fetch(v1)).status).toBe(401)
  })

  it('of B2C gives what stands in the tokens of the policy', async () => {
    const address = 'https://contosob2c.b2clogin.com/contosob2c.onmicrosoft.com/b2c_1_susi/openid/userinfo'
    const token = await entra.issueB2cToken({ policy: 'B2C_1_susi' })
    const info = await ask({ status: 200, access_token: token }, address)
    expect(await info.json()).toMatchObject({ sub: decodeJwt(token).sub, given_name: 'Some' })
    const other = await entra.issueB2cToken({ policy: 'B2C_1A_signup_signin' })
    expect((await ask({ status: 200, access_token: other }, address)).status).toBe(401)
  })
})

const kid = async (token: Promise<string>): Promise<unknown> => decodeProtectedHeader(await token).kid

describe('what issueIdToken is told', () => {
  it('counts: the scopes, the lifetime, and the key of the client itself', async () => {
    await start({ samlSso: true })
    const token = await entra.issueIdToken({ scopes: ['openid', 'email'], expiresIn: 60.7 })
    const claims = decodeJwt(token)
    expect(claims).toMatchObject({ email: 'ada@contoso.com' })
    expect(claims).not.toHaveProperty('name')
    expect(claims.exp).toBe(Math.floor(entra.now() / 1000) + 60)
    await expect(entra.issueIdToken({ expiresIn: Number.NaN })).rejects.toThrow('expiresIn must be a number')
  })

  it('signWith: app is a key of the client, for an ID token, and of the API for an access token', async () => {
    const client = await kid(entra.issueIdToken({ signWith: 'app' }))
    expect(await kid(entra.issueIdToken({ signWith: 'app', audience: web }))).toBe(client)
    expect(await kid(entra.issueUserToken({ signWith: 'app' }))).not.toBe(client)
    expect(await kid(entra.issueUserToken({ signWith: 'app', audience: web }))).toBe(client)
  })
})
