import { decodeJwt } from 'jose'
import { beforeEach, describe, expect, it } from 'vitest'

import { createEmulator, defaults, type AppOptions, type Emulator } from '../../src/index.ts'
import {
  ADA,
  askToken,
  codes,
  GRACE,
  openBrowser,
  returned,
  ROOT,
  type Answer,
  type Browser,
} from './caller.ts'

const { apiClientId: api, webClientId: web, daemonClientId: daemon, secret } = defaults
const STOCK = '88888888-8888-4888-8888-888888888888'

let entra: Emulator
let browser: Browser

const start = async (client: AppOptions, more: AppOptions = {}): Promise<void> => {
  entra = await createEmulator({
    apps: [
      { clientId: api, secret, ...more },
      { clientId: web, name: 'Orders web', redirectUris: ['http://localhost/callback'], ...client },
      { clientId: daemon, secret, secretExpiresAt: new Date(Date.now() + 3_600_000).toISOString() },
      { clientId: STOCK, name: 'Stock', scopes: ['Stock.Read', 'Stock.Write'] },
    ],
  })
  browser = openBrowser(entra)
}

beforeEach(() => start({ grantedScopes: ['Orders.Read'] }))

const READ = `api://${api}/Orders.Read`
const WRITE = `api://${api}/Orders.Write`

const address = (scope: string, more: Record<string, string> = {}): string =>
  `${ROOT}/authorize?${new URLSearchParams({
    client_id: web,
    response_type: 'code',
    redirect_uri: 'http://localhost:5173/callback',
    scope: `openid offline_access ${scope}`,
    ...more,
  })}`

const redeem = async (back: URL, more: Record<string, string> = {}): Promise<Answer> =>
  askToken(entra, {
    grant_type: 'authorization_code',
    client_id: web,
    redirect_uri: 'http://localhost:5173/callback',
    code: back.searchParams.get('code') ?? '',
    ...more,
  })

const refresh = async (answer: Answer, more: Record<string, string>): Promise<Answer> =>
  askToken(entra, {
    grant_type: 'refresh_token',
    client_id: web,
    refresh_token: String(answer['refresh_token']),
    ...more,
  })

const scopesOf = (answer: Answer): unknown => decodeJwt(String(answer['access_token']))['scp']

describe('consent', () => {
  it('is asked for what nobody granted, once for each user, and refused at the token endpoint until then', async () => {
    const first = await redeem(await browser.pick(address(READ), ADA))
    expect(scopesOf(first)).toBe('Orders.Read')
    const refused = await refresh(first, { scope: WRITE })
    expect([...codes(refused), refused['suberror']]).toEqual(['invalid_grant', 65001, 'consent_required'])

    expect(returned(await browser.silently(address(WRITE, { prompt: 'none' })))['error']).toBe(
      'interaction_required',
    )
    const page = await browser.open(address(WRITE))
    expect(await page.text()).toMatch(/Permissions requested[\s\S]*Orders API: Orders\.Write/)
    const agreed = await redeem(await browser.pick(address(WRITE), ADA, { consent: 'accept' }))
    expect(scopesOf(agreed)).toBe('Orders.Write')
    expect(scopesOf(await refresh(first, { scope: WRITE }))).toBe('Orders.Write')
    expect(scopesOf(await redeem(await browser.silently(address(WRITE))))).toBe('Orders.Write')
    const other = await openBrowser(entra).pick(address(READ), GRACE)
    expect(codes(await refresh(await redeem(other), { scope: WRITE }))).toEqual(['invalid_grant', 65001])
  })

  it('is listed with who agreed to what, until somebody withdraws it', async () => {
    await redeem(await browser.pick(address(WRITE), ADA, { consent: 'accept' }))
    expect(entra.consents.given()).toEqual([
      {
        clientId: web,
        tenantId: defaults.tenantId,
        user: entra.directory.user(ADA)?.id,
        resource: api,
        permissions: ['Orders.Write'],
      },
    ])
    expect(entra.consents.withdraw(web)).toBe(true)
    expect(entra.consents.given()).toEqual([])
    expect(await (await browser.open(address(WRITE))).text()).toContain('Permissions requested')
  })

  it('may be declined, and may be asked for once more', async () => {
    const declined = await browser.pick(address(WRITE), ADA, { consent: 'decline' })
    expect(returned(declined)['error']).toBe('access_denied')
    expect(returned(declined)['error_description']).toContain('AADSTS65004')
    const page = await browser.open(address(READ, { prompt: 'consent' }))
    expect(await page.text()).toContain('Permissions requested')
  })

  it('decides what .default stands for', async () => {
    const all = address(`api://${api}/.default`)
    expect(scopesOf(await redeem(await browser.pick(all, ADA)))).toBe('Orders.Read')
    await start({ grantedScopes: [] })
    const page = await browser.open(all)
    expect(page.status).toBe(200)
  })

  it('is missing for an exchange when the API behind was granted nothing', async () => {
    await start({}, { grantedScopes: [`api://${STOCK}/Stock.Read`] })
    const { access_token: token } = await redeem(await browser.pick(address(READ), ADA))
    const exchange = async (scope: string): Promise<Answer> =>
      askToken(entra, {
        grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
        requested_token_use: 'on_behalf_of',
        client_id: api,
        client_secret: secret,
        assertion: String(token),
        scope,
      })
    const refused = await exchange(`api://${STOCK}/Stock.Write`)
    expect([...codes(refused), refused['suberror']]).toEqual(['invalid_grant', 65001, 'consent_required'])
    expect(scopesOf(await exchange(`api://${STOCK}/.default`))).toBe('Stock.Read')
    await start({}, { grantedScopes: [] })
    const later = await redeem(await browser.pick(address(READ), ADA))
    const none = await askToken(entra, {
      grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
      requested_token_use: 'on_behalf_of',
      client_id: api,
      client_secret: secret,
      assertion: String(later['access_token']),
      scope: `api://${STOCK}/.default`,
    })
    expect(codes(none)).toEqual(['invalid_grant', 65001])
  })

  it('may be given for several APIs at once; a token is for one of them', async () => {
    await start({})
    const back = await browser.pick(address(`${READ} api://${STOCK}/Stock.Read`), ADA)
    const code = back.searchParams.get('code') ?? ''
    const answer = await redeem(back)
    expect(decodeJwt(String(answer['access_token'])).aud).toBe(api)
    const stock = await refresh(answer, { scope: `api://${STOCK}/Stock.Read` })
    expect(decodeJwt(String(stock['access_token'])).aud).toBe(STOCK)
    const both = await refresh(answer, { scope: `${READ} api://${STOCK}/Stock.Read` })
    expect(codes(both)).toEqual(['invalid_request', 28000])
    expect(code).not.toBe('')
  })
})

describe('resource', () => {
  beforeEach(() => start({}))

  it('beside scopes must be their API', async () => {
    expect(returned(await browser.silently(address(READ, { resource: `api://${STOCK}` })))['error']).toBe(
      'invalid_target',
    )
    const answer = await redeem(await browser.pick(address(READ, { resource: `api://${api}` }), ADA))
    expect(scopesOf(answer)).toBe('Orders.Read')
    expect(codes(await refresh(answer, { scope: READ, resource: `api://${STOCK}` }))).toEqual([
      'invalid_target',
      9010010,
    ])
    expect((await refresh(answer, { scope: READ, resource: api })).status).toBe(200)
  })

  it('alone widens nothing: what was granted for it, and nothing for another API', async () => {
    const back = await browser.pick(address(`${READ} api://${STOCK}/Stock.Read`), ADA)
    const answer = await redeem(back, { resource: `api://${api}` })
    expect(scopesOf(answer)).toBe('Orders.Read')
    expect(scopesOf(await refresh(answer, { resource: STOCK }))).toBe('Stock.Read')
    expect(codes(await refresh(answer, { resource: 'https://graph.microsoft.com' }))).toEqual([
      'invalid_target',
      9010010,
    ])
    const own = { grant_type: 'client_credentials', client_id: daemon, client_secret: secret }
    expect(codes(await askToken(entra, { ...own, resource: `api://${api}` }))).toEqual([
      'invalid_request',
      900144,
    ])
  })
})

describe('a secret', () => {
  it('that has expired is refused by its own code, a wrong one by another', async () => {
    const own = { grant_type: 'client_credentials', client_id: daemon, scope: `api://${api}/.default` }
    expect((await askToken(entra, { ...own, client_secret: secret })).status).toBe(200)
    entra.advance(3601)
    const refused = await askToken(entra, { ...own, client_secret: secret })
    expect([refused.status, ...codes(refused)]).toEqual([401, 'invalid_client', 7000222])
    expect(refused['error_description']).toContain(daemon)
    expect(codes(await askToken(entra, { ...own, client_secret: 'wrong' }))).toEqual([
      'invalid_client',
      7000215,
    ])
  })
})

describe('a person', () => {
  it('who is not assigned is refused where assignment is required', async () => {
    const group = 'dddddddd-0000-4000-8000-000000000001'
    const client = { clientId: web, redirectUris: ['http://localhost/callback'], assignmentRequired: true }
    const outcomes = async (app: AppOptions, roles: readonly string[] = []): Promise<unknown[]> => {
      entra = await createEmulator({
        apps: [{ clientId: api }, { ...client, ...app }],
        users: [
          { id: ADA, userPrincipalName: 'ada@contoso.com', roles },
          { id: GRACE, userPrincipalName: 'grace@contoso.com' },
        ],
        groups: [{ id: group, members: [ADA] }],
      })
      return Promise.all(
        [ADA, GRACE].map(async (user) => {
          const back = returned(await openBrowser(entra).pick(address(READ), user))
          return /AADSTS\d+/.exec(back['error_description'] ?? '')?.[0]
        }),
      )
    }
    expect(await outcomes({})).toEqual(['AADSTS50105', 'AADSTS50105'])
    expect(await outcomes({ assigned: ['grace@contoso.com'] })).toEqual(['AADSTS50105', undefined])
    expect(await outcomes({ assigned: [group] })).toEqual([undefined, 'AADSTS50105'])
    expect(await outcomes({ appRoles: ['Admin'] }, ['Admin'])).toEqual([undefined, 'AADSTS50105'])
  })

  it('of another directory is told so', async () => {
    const stranger = 'aaaaaaaa-0000-4000-8000-000000000002'
    const page = await browser.open(address(READ, { login_hint: 'ada@fabrikam.com' }))
    expect(await page.text()).toContain('ada@fabrikam.com')
    expect(returned(await browser.pick(address(READ), stranger))['error_description']).toContain(
      'AADSTS50020',
    )
  })
})
