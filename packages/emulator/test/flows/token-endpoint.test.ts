import { decodeJwt } from 'jose'
import { beforeEach, describe, expect, it } from 'vitest'

import { createEmulator, defaults, type AppOptions, type Emulator } from '../../src/index.ts'
import {
  ADA,
  askToken,
  authorityRoot,
  codes,
  GRACE,
  openBrowser,
  returned,
  ROOT,
  type Answer,
} from './caller.ts'

const { tenantId, otherTenantId, apiClientId: api, webClientId: web, daemonClientId: daemon } = defaults
const { portalClientId: portal, secret, password } = defaults
const STOCK = 'abcdefab-8888-4888-8888-888888888888'
const READ = `api://${api}/Orders.Read`
const redirectUri = 'http://localhost/callback'
const V1 = ROOT.replace('/v2.0', '')
const NOW = Date.parse('2026-03-01T12:00:00Z')

let entra: Emulator

/** Client, registration and clock are the test's; the API, the daemon and an API behind them are always there. */
const start = async (client: AppOptions = {}, more: readonly AppOptions[] = []): Promise<void> => {
  entra = await createEmulator({
    now: () => NOW,
    apps: [
      { clientId: api, secret, redirectUris: [redirectUri], multiTenant: true },
      { clientId: daemon, secret, secretExpiresAt: '2026-03-01T12:15:00Z' },
      { clientId: web, name: 'Orders web', redirectUris: [redirectUri], ...client },
      { clientId: STOCK, name: 'Stock', scopes: ['Stock.Read'], appRoles: ['Stock.Read.All'] },
      ...more,
    ],
  })
}
beforeEach(() => start())

type Form = Record<string, string>

async function codeFor(scope = `openid offline_access ${READ}`, more: Form = {}, user = ADA): Promise<Form> {
  const query = { client_id: web, response_type: 'code', redirect_uri: redirectUri, scope, ...more }
  const back = returned(
    await openBrowser(entra).pick(`${ROOT}/authorize?${new URLSearchParams(query)}`, user),
  )
  return {
    grant_type: 'authorization_code',
    client_id: query.client_id,
    redirect_uri: query.redirect_uri,
    code: back['code'] ?? `${back['error']} ${back['error_description']}`,
  }
}

const ask = async (form: Form, root = ROOT, headers: Form = {}): Promise<Answer> =>
  askToken(entra, form, { root, headers })
const codeOf = async (form: Form, root = ROOT, headers: Form = {}): Promise<unknown> =>
  codes(await ask(form, root, headers))[1]

const renewal = (answer: Answer, more: Form = {}): Form => ({
  grant_type: 'refresh_token',
  client_id: web,
  refresh_token: String(answer['refresh_token']),
  ...more,
})
const own = { grant_type: 'client_credentials', client_id: daemon, client_secret: secret }
const forApi = { ...own, scope: `api://${api}/.default` }
const withPassword = { grant_type: 'password', client_id: web, username: 'ada@contoso.com', password }
const claimsOf = (answer: Answer): Readonly<Record<string, unknown>> =>
  decodeJwt(String(answer['access_token']))

async function startDevice(client: Form = { client_id: web }): Promise<Form> {
  const body = new URLSearchParams({ scope: `offline_access ${READ}`, ...client })
  const answer = await entra.fetch(`${ROOT}/devicecode`, { method: 'POST', body })
  return (await answer.json()) as Form
}
const poll = (device: Form, client: Form = { client_id: web }): Form => ({
  grant_type: 'device_code',
  device_code: device['device_code'] ?? '',
  ...client,
})

describe('to the millisecond', () => {
  it.each<[string, number, () => Promise<() => Promise<Answer>>, number]>([
    [
      'a code is good for ten minutes',
      600,
      async () => {
        const form = await codeFor()
        return async () => ask(form)
      },
      70008,
    ],
    [
      'a device code is good for a quarter of an hour',
      900,
      async () => {
        const device = await startDevice()
        entra.settleDevice(device['user_code'] ?? '', ADA)
        return async () => ask(poll(device))
      },
      70020,
    ],
    [
      'a refresh token is good for ninety days',
      90 * 86_400,
      async () => {
        const answer = await ask(await codeFor())
        return async () => ask(renewal(answer))
      },
      70008,
    ],
    ['a secret is good until it expires', 900, async () => async () => ask(forApi), 7000222],
  ])('%s', async (_, seconds, prepare, code) => {
    const redeem = await prepare()
    entra.advance(seconds)
    expect(codes(await redeem())[1]).toBe(code)
    entra.advance(-0.001)
    expect((await redeem()).status).toBe(200)
  })

  it('a sign-in is as new as a policy asks that was made at the same moment', async () => {
    const scope = `openid offline_access ${READ}`
    const before = await ask(await codeFor(scope))
    entra.advance(0.001)
    entra.conditionalAccess.add({ requires: 'signInFrequency' })
    expect(codes(await ask(renewal(before)))[1]).toBe(70043)
    expect((await ask(renewal(await ask(await codeFor(scope))))).status).toBe(200)
  })
})

describe('what the token endpoint hands out', () => {
  it('are codes that begin as those of Entra, and codes for people without letters that look alike', async () => {
    const form = await codeFor()
    expect(form['code']).toMatch(/^1\.A[\w-]{128}$/)
    const letters = new Set<string>()
    for (let round = 0; round < 20; round += 1) {
      const code = (await startDevice())['user_code'] ?? ''
      expect(code).toMatch(/^[A-HJ-NP-Z2-9]{9}$/)
      for (const letter of code) letters.add(letter)
    }
    expect(letters.size).toBeGreaterThan(20)
    expect((await ask(form))['refresh_token']).toMatch(/^1\.A/)
  })

  it('says who signed in, for MSAL, where it is asked to', async () => {
    const told = await ask({ ...(await codeFor()), client_info: '1' })
    const { uid, utid } = JSON.parse(atob(String(told['client_info']))) as Record<string, string>
    expect([uid, utid]).toEqual([ADA, tenantId])
    for (const more of [{}, { client_info: '0' }])
      expect(await ask({ ...(await codeFor()), ...more })).not.toHaveProperty('client_info')
  })
})

/** What a client credentials request with this header gets. */
const basic = async (value: string): Promise<unknown> => {
  const form = { grant_type: 'client_credentials', scope: `api://${api}/.default` }
  const answer = await ask(form, ROOT, { authorization: value })
  return answer.status === 200 ? 200 : codes(answer)[1]
}

describe('a client', () => {
  it('without a credential presents none, and gets no token of its own', async () => {
    const form = await codeFor()
    expect(await codeOf({ ...form, client_secret: secret })).toBe(700025)
    expect(await codeOf({ ...form, client_assertion: 'a.b.c' })).toBe(700025)
    expect(await codeOf({ ...forApi, client_id: web, client_secret: '' })).toBe(700025)
    const { client_secret: _, ...without } = forApi
    expect(codes(await ask({ ...without, client_id: web }))).toEqual(['invalid_client', 7000218])
  })

  it('is found in upper case too, and only where its registration lets it be used', async () => {
    await start({}, [{ clientId: STOCK.replace('8888', '9999'), secret, redirectUris: [redirectUri] }])
    const upper = STOCK.replace('8888', '9999').toUpperCase()
    const form = { ...forApi, client_id: upper }
    expect((await ask(form)).status).toBe(200)
    expect(
      await codeOf({ ...withPassword, scope: READ, client_id: STOCK }, authorityRoot('organizations')),
    ).toBe(50194)
    expect(
      await codeOf({ ...withPassword, scope: READ, client_id: STOCK }, authorityRoot(otherTenantId)),
    ).toBe(700016)
  })

  it('writes id and secret into a Basic header as into a form', async () => {
    const odd = 'a b+c:d%é'
    await start({}, [{ clientId: STOCK.replace('8888', '9999'), secret: odd }])
    const id = STOCK.replace('8888', '9999')
    const encoded = encodeURIComponent(odd).replaceAll('%20', '+')
    expect(await basic(`Basic ${btoa(`${id}:${encoded}`)}`)).toBe(200)
    expect(await basic(`basic ${btoa(`${id}:${encodeURIComponent(odd)}`)}`)).toBe(200)
    expect(await basic(`Basic ${btoa(`${id}:wrong`)}`)).toBe(7000215)
    expect(await basic(`Basic ${btoa(id)}`)).toBe(7000215)
    // What cannot be decoded is no credential, and what is no Basic header is not read.
    expect(await basic(`Basic ${btoa(`${id}:%E0%A4%A`)}`)).toBe(7000218)
    expect(await basic('Basic =')).toBe(7000218)
    for (const other of [
      `Basic ${btoa(`${id}:${encoded}`)} x`,
      `xBasic ${btoa(`${id}:${encoded}`)}`,
      'Bearer x',
    ])
      expect(await basic(other)).toBe(900144)
  })

  it('of a registration for servers and for devices needs its secret for what a server began', async () => {
    await start({ secret, publicClientFlows: true })
    const form = await codeFor()
    expect(codes(await ask(form))).toEqual(['invalid_client', 7000218])
    expect((await ask({ ...form, client_secret: secret })).status).toBe(200)
  })

  it('may renew without a secret what its device or its user’s password began without one', async () => {
    await start({ secret, publicClientFlows: true })
    const device = await startDevice()
    entra.settleDevice(device['user_code'] ?? '', ADA)
    const scope = `offline_access ${READ}`
    for (const first of [await ask(poll(device)), await ask({ ...withPassword, scope })]) {
      const renewed = await ask(renewal(first))
      expect(renewed.status).toBe(200)
      // No page gets what a device began.
      expect(await codeOf(renewal(renewed), ROOT, { origin: 'http://localhost' })).toBe(9002326)
    }
    const other = await startDevice()
    entra.settleDevice(other['user_code'] ?? '', ADA)
    const form = { client_id: web, client_secret: secret }
    for (const first of [await ask(poll(other, form)), await ask({ ...withPassword, ...form, scope })])
      expect([await codeOf(renewal(first)), (await ask(renewal(first, form))).status]).toEqual([7000218, 200])
  })

  it('that was registered for servers has a credential, or redeems nothing', async () => {
    await start({ redirectUris: [{ uri: redirectUri, platform: 'web' }] })
    expect(codes(await ask(await codeFor()))).toEqual(['invalid_client', 7000218])
  })

  it('of a desktop redeems its code, and a page does not', async () => {
    await start({ redirectUris: [{ uri: 'http://127.0.0.1/desktop', platform: 'publicClient' }] })
    const redirect_uri = 'http://127.0.0.1:8400/desktop'
    const form = await codeFor(undefined, { redirect_uri })
    expect(await codeOf(form, ROOT, { origin: 'http://127.0.0.1:8400' })).toBe(9002326)
    expect((await ask(form)).status).toBe(200)
  })
})

describe('a code verifier', () => {
  it('is compared as it is where the request named no method', async () => {
    const form = await codeFor(undefined, { code_challenge: 'a'.repeat(43) })
    expect(await codeOf({ ...form, code_verifier: 'b'.repeat(43) })).toBe(501481)
    expect((await ask({ ...form, code_verifier: 'a'.repeat(43) })).status).toBe(200)
  })
})

describe('a refresh token', () => {
  it('that nobody has, or that another client has, is refused', async () => {
    const answer = await ask(await codeFor())
    expect(codes(await ask(renewal({ ...answer, refresh_token: 'gone' })))).toEqual(['invalid_grant', 70000])
    const other = { client_id: daemon, client_secret: secret }
    expect(codes(await ask(renewal(answer, other)))).toEqual(['invalid_grant', 70000])
    expect(claimsOf(await ask(renewal(answer, { scope: '' })))).toMatchObject({
      aud: api,
      scp: 'Orders.Read',
    })
  })

  it('comes with offline_access only, and with each renewal', async () => {
    expect(await ask(await codeFor(READ))).not.toHaveProperty('refresh_token')
    expect(await ask({ ...withPassword, scope: READ })).not.toHaveProperty('refresh_token')
    const renewed = await ask(renewal(await ask(await codeFor()), { scope: READ }))
    expect(renewed['refresh_token']).toMatch(/^1\.A/)
  })

  it('of a password or an exchange remembers all that was asked for', async () => {
    const scope = `openid offline_access ${READ}`
    const first = await ask({ ...withPassword, scope })
    expect(await ask(renewal(first))).toMatchObject({ id_token: expect.any(String), scope: READ })
    const client = { client_id: api, client_secret: secret }
    const stock = `openid offline_access api://${STOCK}/Stock.Read`
    const second = await ask(exchange(await entra.issueUserToken({ user: ADA }), { scope: stock }))
    const renewed = await ask(renewal(second, client))
    expect(renewed).toMatchObject({ id_token: expect.any(String), scope: `api://${STOCK}/Stock.Read` })
  })

  it('of an app for itself names the API by its id: what names nothing is refused', async () => {
    const scope = `openid offline_access ${api}/Orders.Read`
    const client = { client_id: api, client_secret: secret }
    const answer = await ask({ ...(await codeFor(scope, { client_id: api })), ...client })
    expect(codes(await ask(renewal(answer, client)))).toEqual(['invalid_request', 90009])
    for (const named of [{ scope: `${api}/.default` }, { resource: api }])
      expect((await ask(renewal(answer, { ...client, ...named }))).status).toBe(200)
    expect(await codeOf(renewal(answer, { ...client, scope: `api://${api}/.default` }))).toBe(90009)
  })
})

describe('a device code', () => {
  it('is for the client that asked for it, under either name', async () => {
    const device = await startDevice()
    entra.settleDevice(device['user_code'] ?? '', ADA)
    expect(codes(await ask(poll(device, { client_id: daemon, client_secret: secret })))).toEqual([
      'bad_verification_code',
      70019,
    ])
    const form = { grant_type: 'device_code', client_id: web, code: device['device_code'] ?? '' }
    expect((await ask(form)).status).toBe(200)
    expect(codes(await ask({ grant_type: 'device_code', client_id: web }))).toEqual([
      'invalid_request',
      900144,
    ])
  })
})

describe('a sign-in name', () => {
  it('is the same in any case, on both sides', async () => {
    entra.register({ users: [{ userPrincipalName: 'Lin.Chen@Contoso.com' }] })
    const form = { ...withPassword, username: 'lin.CHEN@contoso.COM', scope: READ }
    expect((await ask(form)).status).toBe(200)
  })
})

describe('the v1.0 endpoint', () => {
  it('takes a resource, or the words of v2.0, and remembers what it was asked for', async () => {
    const resource = `api://${api}`
    const answer = await ask({ ...withPassword, resource }, V1)
    expect([answer['resource'], answer['scope']]).toEqual([resource, 'Orders.Read Orders.Write'])
    expect((await ask({ ...withPassword, scope: READ }, V1)).status).toBe(200)
    // ADAL sends both: the resource is what counts, and what a renewal is for.
    const both = await ask({ ...withPassword, resource, scope: 'openid' }, V1)
    expect(claimsOf(both)['aud']).toBe(api)
    expect(claimsOf(await ask(renewal(both), V1))['aud']).toBe(api)
    const missing = await ask(withPassword, V1)
    expect([codes(missing)[1], missing['error_description']]).toEqual([
      900144,
      expect.stringContaining("'resource'"),
    ])
    const newer = await ask(withPassword)
    expect([codes(newer)[1], newer['error_description']]).toEqual([
      900144,
      expect.stringContaining("'scope'"),
    ])
  })

  it('renews what a v1.0 request was given', async () => {
    const query = { client_id: web, response_type: 'code', redirect_uri: redirectUri }
    const signIn = async (more: Form): Promise<Answer> => {
      const address = `${V1}/authorize?${new URLSearchParams({ ...query, ...more })}`
      const { code = '' } = returned(await openBrowser(entra).pick(address, ADA))
      return ask({ grant_type: 'authorization_code', client_id: web, redirect_uri: redirectUri, code }, V1)
    }
    const answer = await signIn({ resource: `api://${STOCK}` })
    expect(claimsOf(answer)).toMatchObject({ aud: STOCK, scp: 'Stock.Read' })
    expect(claimsOf(await ask(renewal(answer), V1))).toMatchObject({ aud: STOCK, scp: 'Stock.Read' })
    // Nothing may be asked for at all: that is a sign-in, and Graph.
    for (const more of [{}, { resource: '' }])
      expect(claimsOf(await signIn(more))).toMatchObject({
        aud: 'https://graph.microsoft.com',
        scp: 'openid profile email User.Read',
      })
  })
})

describe('scopes', () => {
  it.each<[string, string, number]>([
    // Without a slash it is the name of a permission of Graph.
    ['an API by its id alone', api, 650053],
    // Only B2C reads that as the app itself.
    ['the client by its id alone', web, 650053],
    ['an API by its address alone', `api://${api}`, 28002],
    ['.default beside a permission of the same API', `${READ} api://${api}/.default`, 70011],
    ['a permission that the API has not', `api://${api}/Orders.Everything`, 650053],
    ['a permission that Graph has not', 'Users.Everything', 650053],
    ['an API that nobody registered', 'api://nothing/Read', 500011],
  ])('are refused where they are %s', async (_, scope, code) => {
    expect(await codeOf({ ...withPassword, scope })).toBe(code)
  })

  it.each<[string, string, object]>([
    ['in another case', `api://${api}/orders.READ`, { aud: api, scp: 'Orders.Read' }],
    ['of Graph, in another case', 'user.read', { scp: 'User.Read' }],
    ['with blanks around them', `  ${READ}  openid `, { aud: api, scp: 'Orders.Read' }],
    ['of nothing but OpenID Connect', 'openid', { scp: 'openid User.Read' }],
  ])('are taken %s', async (_, scope, claims) => {
    expect(claimsOf(await ask({ ...withPassword, scope }))).toMatchObject(claims)
  })

  it('of Graph that some app was granted exist', async () => {
    const scope = 'https://graph.microsoft.com/Custom.Read'
    expect(await codeOf({ ...withPassword, scope })).toBe(650053)
    await start({ grantedScopes: [scope, READ] })
    expect(claimsOf(await ask({ ...withPassword, scope }))).toMatchObject({ scp: 'Custom.Read' })
  })

  it('of another API that some app was granted are none of Graph', async () => {
    // As long as the address of Graph.
    const appIdUri = 'api://orders-of-contoso.com'
    await start({ grantedScopes: [`${appIdUri}/Custom.Read`] }, [
      { clientId: portal, appIdUri, scopes: ['Custom.Read'] },
    ])
    expect((await ask({ ...withPassword, scope: `${appIdUri}/Custom.Read` })).status).toBe(200)
    expect(await codeOf({ ...withPassword, scope: 'https://graph.microsoft.com/Custom.Read' })).toBe(650053)
  })

  it('that do not go together are named in the refusal, one by one', async () => {
    const scope = `${READ} api://${api}/.default`
    const answer = await ask({ ...withPassword, scope: `openid ${scope}` })
    expect(answer['error_description']).toContain(`The scope ${scope} is not valid.`)
  })

  it('of an authorization request are refused on the way back, by codes of its own', async () => {
    expect((await codeFor(api))['code']).toMatch(/^invalid_client AADSTS650053/)
    for (const scope of [`api://${api}`, `${READ} api://${api}/.default`])
      expect((await codeFor(scope))['code']).toMatch(/^invalid_scope AADSTS70011/)
  })

  it('with .default are of an API that the registration lists, if it lists any', async () => {
    await start({ apiPermissions: [api] })
    expect((await ask({ ...withPassword, scope: `api://${api}/.default` })).status).toBe(200)
    expect(codes(await ask({ ...withPassword, scope: `api://${STOCK}/.default` }))).toEqual([
      'invalid_resource',
      650057,
    ])
  })

  it('of client credentials are all of one API, never its name', async () => {
    for (const scope of [api, `api://${api}`]) expect(await codeOf({ ...own, scope })).toBe(1002012)
    const two = `${READ} api://${api}/Orders.Write`
    const refused = await ask({ ...own, scope: two })
    expect(codes(refused)[1]).toBe(1002012)
    expect(refused['error_description']).toContain(`scope ${two} is not valid`)
  })

  it('of a policy of B2C may be the app itself, by its id', async () => {
    const b2c = `https://contosob2c.b2clogin.com/contosob2c.onmicrosoft.com/B2C_1_susi/oauth2/v2.0`
    entra = await createEmulator()
    const address = (scope: string): string =>
      `${b2c}/authorize?${new URLSearchParams({ client_id: web, response_type: 'code', redirect_uri: redirectUri, scope })}`
    const back = await openBrowser(entra).pick(
      address(`openid ${web}`),
      'aaaaaaaa-0000-4000-8000-000000000003',
    )
    const { code = '' } = returned(back)
    const form = { grant_type: 'authorization_code', client_id: web, redirect_uri: redirectUri, code }
    expect(claimsOf(await ask(form, b2c))).toMatchObject({ aud: web })
    // OpenID Connect's own words are about no API, so there is nothing for an access token.
    const only = returned(
      await openBrowser(entra).pick(address('openid'), 'aaaaaaaa-0000-4000-8000-000000000003'),
    )
    const signedIn = await ask({ ...form, code: only['code'] ?? '' }, b2c)
    expect(signedIn).toMatchObject({ status: 200, id_token: expect.any(String) })
    expect(signedIn).not.toHaveProperty('access_token')
    const other = returned(await openBrowser(entra).silently(address(`openid ${api}`)))
    expect(other['error_description']).toContain('AADSTS650053')
  })
})

describe('application permissions', () => {
  it('are those that an API offers to applications', async () => {
    await start({}, [
      {
        clientId: portal,
        appRoles: [
          { value: 'Both', allowedMemberTypes: ['User', 'Application'] },
          { value: 'People', allowedMemberTypes: ['User'] },
        ],
      },
    ])
    expect(claimsOf(await ask({ ...own, scope: `api://${portal}/.default` }))['roles']).toEqual(['Both'])
  })
})

describe('consent', () => {
  it('that an administrator gave may name the API by its id, and what a user gave adds up', async () => {
    await start({ grantedScopes: [`${api}/Orders.Read`] })
    expect((await ask({ ...withPassword, scope: READ })).status).toBe(200)
    const write = `api://${api}/Orders.Write`
    expect(await codeOf({ ...withPassword, scope: write })).toBe(65001)
    await start({ grantedScopes: [] })
    for (const scope of [READ, write]) await codeFor(scope, { consent: 'accept' })
    expect(entra.consents.given().map(({ permissions }) => permissions)).toEqual([
      ['Orders.Read', 'Orders.Write'],
    ])
    for (const scope of [READ, write, `${READ} ${write}`])
      expect((await ask({ ...withPassword, scope })).status).toBe(200)
  })

  it('is withdrawn for the client that is named, in any case, and for no other', async () => {
    const other = STOCK.replace('8888', '9999')
    await start({ grantedScopes: [] }, [
      { clientId: other, name: 'Other', grantedScopes: [], redirectUris: [redirectUri] },
    ])
    await codeFor(READ, { consent: 'accept' })
    await codeFor(READ, { client_id: other, consent: 'accept' })
    expect(entra.consents.withdraw(portal)).toBe(false)
    expect(entra.consents.withdraw(other.toUpperCase())).toBe(true)
    expect(entra.consents.given().map(({ clientId }) => clientId)).toEqual([web])
  })
})

/** Whether a user with these roles gets a token of an app that requires assignment. */
const outcome = async (app: AppOptions, roles: readonly string[]): Promise<unknown> => {
  await start({ assignmentRequired: true, ...app })
  entra.register({ users: [{ id: ADA, userPrincipalName: 'ada@contoso.com', roles }] })
  const answer = await ask({ ...withPassword, scope: READ })
  return answer.status === 200 ? 200 : codes(answer)[1]
}

describe('assignment', () => {
  it('is one of several names, and one of several roles', async () => {
    expect(await outcome({ assigned: ['lin@contoso.com', 'ada@contoso.com'] }, [])).toBe(200)
    expect(await outcome({ assigned: [GRACE, ADA] }, [])).toBe(200)
    expect(await outcome({ assigned: [GRACE], appRoles: ['Admin'] }, ['Other', 'Admin'])).toBe(200)
    expect(await outcome({ assigned: [GRACE], appRoles: ['Admin'] }, ['Other'])).toBe(50105)
  })

  it('may be required by the API that the token is for, too, at every authority of people at work', async () => {
    entra.register({ apps: [{ clientId: STOCK, scopes: ['Stock.Read'], assignmentRequired: true }] })
    const form = { ...withPassword, scope: `api://${STOCK}/Stock.Read` }
    expect(await codeOf(form)).toBe(50105)
    const anywhere = { ...form, client_id: api, client_secret: secret }
    expect(await codeOf(anywhere, authorityRoot('organizations'))).toBe(50105)
  })

  it('is nothing that a policy of B2C asks for', async () => {
    entra = await createEmulator()
    entra.register({ apps: [{ clientId: STOCK, scopes: ['Stock.Read'], assignmentRequired: true }] })
    const b2c = 'https://contosob2c.b2clogin.com/contosob2c.onmicrosoft.com/B2C_1_susi/oauth2/v2.0'
    const scope = `api://${STOCK}/Stock.Read`
    const query = { client_id: web, response_type: 'code', redirect_uri: redirectUri, scope }
    const address = `${b2c}/authorize?${new URLSearchParams(query)}`
    const back = await openBrowser(entra).pick(address, 'aaaaaaaa-0000-4000-8000-000000000003')
    const { code = '' } = returned(back)
    const form = { grant_type: 'authorization_code', client_id: web, redirect_uri: redirectUri, code }
    expect((await ask(form, b2c)).status).toBe(200)
  })
})

describe('mapped claims', () => {
  it('need a signing key of the API, for users and for applications', async () => {
    const mapped = { clientId: STOCK, scopes: ['Stock.Read'], claimsMapping: { department: 'Tea' } }
    for (const [more, code] of [
      [{}, undefined],
      [{ customSigningKey: false }, 50146],
    ] as const) {
      entra.register({ apps: [{ ...mapped, ...more }] })
      expect(await codeOf({ ...withPassword, scope: `api://${STOCK}/Stock.Read` })).toBe(code)
      expect(await codeOf({ ...own, scope: `api://${STOCK}/.default` })).toBe(code)
    }
    entra.register({ apps: [{ clientId: STOCK, scopes: ['Stock.Read'], customSigningKey: false }] })
    expect(await codeOf({ ...withPassword, scope: `api://${STOCK}/Stock.Read` })).toBeUndefined()
  })
})

const exchange = (assertion: string, more: Form = {}): Form => ({
  grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
  requested_token_use: 'on_behalf_of',
  client_id: api,
  client_secret: secret,
  scope: `offline_access api://${STOCK}/Stock.Read`,
  assertion,
  ...more,
})

describe('on-behalf-of', () => {
  it('takes tokens of both versions, and its refresh token needs the secret', async () => {
    for (const version of ['1.0', '2.0'] as const) {
      const answer = await ask(exchange(await entra.issueUserToken({ user: ADA, version })))
      expect(claimsOf(answer)).toMatchObject({ aud: STOCK, oid: ADA, scp: 'Stock.Read' })
      const client = { client_id: api, client_secret: secret }
      expect((await ask(renewal(answer, client))).status).toBe(200)
      expect(await codeOf(renewal(answer, { client_id: api }))).toBe(7000218)
    }
  })

  it('is refused for what is no exchange, no client with a credential, and no token of a user', async () => {
    const token = await entra.issueUserToken({ user: ADA })
    expect(codes(await ask(exchange(token, { requested_token_use: 'something' })))).toEqual([
      'unsupported_grant_type',
      70003,
    ])
    const { client_secret: _, ...without } = exchange(await entra.issueUserToken({ audience: web }))
    expect(codes(await ask({ ...without, client_id: web }))).toEqual(['invalid_client', 7000218])
    expect(await codeOf(exchange(await entra.issueIdToken({ audience: api })))).toBe(240002)
  })

  it('is about a user of the directory that the token is of, at the authority of that directory', async () => {
    const nobody = { oid: 'ffffffff-0000-4000-8000-000000000009' }
    expect(await codeOf(exchange(await entra.issueUserToken({ user: ADA, claims: nobody })))).toBe(50034)
    const elsewhere = { tid: otherTenantId }
    expect(await codeOf(exchange(await entra.issueUserToken({ user: ADA, claims: elsewhere })))).toBe(50034)
    const token = await entra.issueUserToken({ user: ADA })
    expect(await codeOf(exchange(token), authorityRoot(otherTenantId))).toBe(50013)
    expect((await ask(exchange(token))).status).toBe(200)
  })

  it('counts when the user signed in, as the token says', async () => {
    const before = await entra.issueUserToken({ user: ADA })
    entra.advance(600)
    entra.conditionalAccess.add({ requires: 'signInFrequency', resources: [STOCK] })
    expect(await codeOf(exchange(before))).toBe(70043)
    entra.advance(600)
    expect((await ask(exchange(await entra.issueUserToken({ user: ADA })))).status).toBe(200)
  })

  it('takes no proof of a kind that no sign-in gives', async () => {
    const odd = await entra.issueUserToken({
      user: ADA,
      claims: { acrs: [['c1'], 7, 'c2'], amr: ['pwd', 'c3'] },
    })
    expect(claimsOf(await ask(exchange(odd)))['acrs']).toEqual(['c2'])
    entra.conditionalAccess.add({ requires: 'mfa', resources: [STOCK] })
    const proof = { user: ADA, version: '1.0' } as const
    for (const claims of [{ amr: ['pwd', 'rsa'] }, { amr: 'mfa' }, { amr: [['mfa']] }, { acrs: 'mfa' }])
      expect(await codeOf(exchange(await entra.issueUserToken({ ...proof, claims })))).toBe(50076)
    const met = await entra.issueUserToken({ ...proof, claims: { amr: ['pwd', 'mfa'] } })
    expect((await ask(exchange(met))).status).toBe(200)
  })
})

describe('an authentication context', () => {
  it('is c and a number, and no policy whose id looks like one', async () => {
    const ids = ['c1234567-0000-4000-8000-000000000001', 'aaaaaaaa-0000-4000-8000-0000000000c1']
    for (const id of ids) entra.conditionalAccess.add({ id, requires: 'mfa' })
    expect(claimsOf(await ask(await codeFor()))['acrs']).toBeUndefined()
    entra.conditionalAccess.add({ requires: 'c12' })
    expect(claimsOf(await ask(await codeFor()))['acrs']).toEqual(['c12'])
  })
})
