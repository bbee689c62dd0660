import { decodeJwt } from 'jose'
import { beforeEach, describe, expect, it } from 'vitest'

import { createEmulator, defaults, type Emulator } from '../src/index.ts'
import {
  ADA,
  askToken,
  codes,
  openBrowser,
  returned,
  ROOT,
  type Answer,
  type Browser,
} from './flows/caller.ts'

const { apiClientId: api, webClientId: web, tenantId } = defaults
const EVE = 'abababab-0000-4000-8000-000000000001'

let entra: Emulator
let browser: Browser

beforeEach(async () => {
  entra = await createEmulator()
  browser = openBrowser(entra)
})

const address = (more: Record<string, string> = {}): string =>
  `${ROOT}/authorize?${new URLSearchParams({
    client_id: web,
    response_type: 'code',
    redirect_uri: 'http://localhost:5173/callback',
    scope: `openid profile offline_access api://${api}/Orders.Read`,
    ...more,
  })}`

const redeem = async (back: URL): Promise<Answer> =>
  askToken(entra, {
    grant_type: 'authorization_code',
    client_id: web,
    redirect_uri: 'http://localhost:5173/callback',
    code: back.searchParams.get('code') ?? '',
  })

const refresh = async (answer: Answer): Promise<Answer> =>
  askToken(entra, {
    grant_type: 'refresh_token',
    client_id: web,
    refresh_token: String(answer['refresh_token']),
  })

describe('register', () => {
  it('adds users, apps and groups that the flows know at once', async () => {
    entra.register({
      users: [{ id: EVE, userPrincipalName: 'eve@contoso.com', name: 'Eve' }],
      apps: [{ clientId: EVE, scopes: ['Stock.Read'], groupClaims: true }],
      groups: [{ id: EVE, members: [EVE] }],
    })
    const back = await browser.pick(address({ scope: `openid api://${EVE}/Stock.Read` }), EVE)
    const { access_token: token } = await redeem(back)
    expect(decodeJwt(String(token))).toMatchObject({ aud: EVE, oid: EVE, groups: [EVE], scp: 'Stock.Read' })
  })

  it('changes who has the same id, for sessions and refresh tokens that were there before, too', async () => {
    const before = await redeem(await browser.pick(address(), ADA))
    entra.register({ users: [{ id: ADA, userPrincipalName: 'ada@contoso.com', name: 'Ada King' }] })
    expect(decodeJwt(String((await refresh(before))['id_token']))).toMatchObject({ name: 'Ada King' })
    const again = await redeem(await browser.silently(address({ prompt: 'none' })))
    expect(decodeJwt(String(again['id_token']))).toMatchObject({ name: 'Ada King' })
  })

  it('refuses what createEmulator refuses, by the same name', () => {
    expect(() => entra.register({ users: [{} as never] })).toThrow(
      'users[0].userPrincipalName must be a string',
    )
    expect(() => entra.register({ apps: [{ clientId: 'x' }] })).toThrow(/apps\[\]\.clientId must be a GUID/)
    expect(() => entra.register({ tenants: [{ name: 'contoso' }] })).toThrow(
      /domain "contoso.onmicrosoft.com"/,
    )
    expect(() => entra.register({ conditionalAccess: [] } as never)).toThrow('conditionalAccess is unknown')
  })
})

describe('unregister', () => {
  it('takes a user out of every flow', async () => {
    const before = await redeem(await browser.pick(address(), ADA))
    expect(entra.unregister(ADA)).toBe(true)
    expect(codes(await refresh(before))).toEqual(['invalid_grant', 70000])
    expect(returned(await browser.silently(address({ prompt: 'none' })))['error']).toBe('login_required')
    expect(entra.unregister(ADA)).toBe(false)
  })

  it('takes an app out, but never the one that tokens are for by default', async () => {
    expect(entra.unregister(web)).toBe(true)
    expect(await (await browser.open(address())).text()).toContain('AADSTS700016')
    expect(() => entra.unregister(api)).toThrow(/cannot be removed/)
  })
})

describe('registrations', () => {
  it('make the same emulator again, with the ids that were made up', async () => {
    const first = await createEmulator({
      tenants: [{ name: 'contoso' }, { name: 'fabrikam' }],
      apps: [{ name: 'API' }, { name: 'Client', secret: 's' }],
      users: [{ userPrincipalName: 'ada@contoso.com' }],
      groups: [{ members: ['ada@contoso.com'] }],
      managedIdentities: [{}, { name: 'worker' }],
      conditionalAccess: [{ requires: 'mfa', users: ['ada@contoso.com'] }],
    })
    const { directory } = first
    const second = await createEmulator(JSON.parse(JSON.stringify(first.registrations())))
    for (const part of ['tenants', 'apps', 'users', 'groups', 'managedIdentities'] as const) {
      expect([part, second.directory[part]]).toEqual([part, directory[part]])
    }
    expect(second.registrations()).toEqual(first.registrations())
    expect(directory.firstTenant.id).toBe(tenantId)
  })
})
