import { decodeJwt } from 'jose'
import { beforeEach, describe, expect, it } from 'vitest'

import { createEmulator, defaults, type Emulator } from '../../src/index.ts'
import { ADA, askToken, GRACE, openBrowser, returned, ROOT, type Browser } from './caller.ts'

const { apiClientId: api, webClientId: web, secret } = defaults
const PORTAL = '77777777-7777-4777-8777-777777777777'

let entra: Emulator
let browser: Browser

beforeEach(async () => {
  entra = await createEmulator({
    apps: [
      { clientId: api },
      { clientId: web, redirectUris: ['http://localhost/callback'], idTokenClaims: ['sid', 'login_hint'] },
      {
        clientId: PORTAL,
        secret,
        redirectUris: [{ uri: 'https://portal.example/callback', platform: 'web' }],
        frontChannelLogoutUri: 'https://portal.example/bye',
      },
    ],
  })
  browser = openBrowser(entra)
})

const address = (more: Record<string, string> = {}): string =>
  `${ROOT}/authorize?${new URLSearchParams({
    client_id: web,
    response_type: 'code',
    redirect_uri: 'http://localhost:5173/callback',
    scope: `openid profile api://${api}/Orders.Read`,
    state: 's-1',
    ...more,
  })}`

const ofPortal = (more: Record<string, string> = {}): string =>
  address({ client_id: PORTAL, redirect_uri: 'https://portal.example/callback', ...more })

async function userOf(back: URL): Promise<unknown> {
  const answer = await askToken(entra, {
    grant_type: 'authorization_code',
    client_id: web,
    redirect_uri: 'http://localhost:5173/callback',
    code: back.searchParams.get('code') ?? '',
  })
  return decodeJwt(String(answer['id_token']))['oid']
}

const errorOf = (back: URL): readonly unknown[] => [
  returned(back)['error'],
  /AADSTS\d+/.exec(returned(back)['error_description'] ?? '')?.[0],
]

describe('a session', () => {
  it('begins on the sign-in page, and then signs in silently, other apps too', async () => {
    expect(errorOf(await browser.silently(address({ prompt: 'none' })))).toEqual([
      'login_required',
      'AADSTS50058',
    ])
    expect((await browser.open(address())).status).toBe(200)
    await browser.pick(address(), ADA)
    expect(await userOf(await browser.silently(address({ prompt: 'none' })))).toBe(ADA)
    expect(await userOf(await browser.silently(address()))).toBe(ADA)
    expect(returned(await browser.silently(ofPortal({ prompt: 'none' })))).toHaveProperty('code')
  })

  it('shows the page all the same when the app asks for a new sign-in or a choice', async () => {
    await browser.pick(address(), ADA)
    for (const prompt of ['login', 'select_account']) {
      const page = await browser.open(address({ prompt }))
      expect([prompt, page.status]).toEqual([prompt, 200])
    }
  })

  it('with two accounts needs to be told which', async () => {
    await browser.pick(address(), ADA)
    await browser.pick(address({ prompt: 'select_account' }), GRACE)
    expect((await browser.open(address())).status).toBe(200)
    expect(errorOf(await browser.silently(address({ prompt: 'none' })))).toEqual([
      'interaction_required',
      'AADSTS16000',
    ])
    const hinted = await browser.silently(address({ prompt: 'none', login_hint: 'ADA@contoso.com' }))
    expect(await userOf(hinted)).toBe(ADA)
    const byMail = await browser.silently(address({ prompt: 'none', login_hint: 'grace@fabrikam.com' }))
    expect(await userOf(byMail)).toBe(GRACE)
  })

  it('is found by the sid and the login_hint of an ID token, and not by those of somebody else', async () => {
    const back = await browser.pick(address(), ADA)
    const answer = await askToken(entra, {
      grant_type: 'authorization_code',
      client_id: web,
      redirect_uri: 'http://localhost:5173/callback',
      code: back.searchParams.get('code') ?? '',
    })
    const claims = decodeJwt<{ sid: string; login_hint: string }>(String(answer['id_token']))
    expect(claims.sid).toBe(back.searchParams.get('session_state'))
    expect(await userOf(await browser.silently(address({ prompt: 'none', sid: claims.sid })))).toBe(ADA)
    const hint = { prompt: 'none', login_hint: claims.login_hint }
    expect(await userOf(await browser.silently(address(hint)))).toBe(ADA)
    for (const other of [{ sid: crypto.randomUUID() }, { login_hint: 'grace@fabrikam.com' }]) {
      const refused = await browser.silently(address({ prompt: 'none', ...other }))
      expect(errorOf(refused)).toEqual(['login_required', 'AADSTS50058'])
    }
  })

  it('is of one browser, of one emulator, and ends after a day', async () => {
    await browser.pick(address(), ADA)
    const [stranger, elsewhere] = [openBrowser(entra), openBrowser(await createEmulator())]
    for (const one of [stranger, elsewhere]) {
      expect(errorOf(await one.silently(address({ prompt: 'none' })))[0]).toBe('login_required')
    }
    entra.advance(24 * 3600)
    expect(errorOf(await browser.silently(address({ prompt: 'none' })))).toEqual([
      'login_required',
      'AADSTS50058',
    ])
  })

  it('is in a cookie that scripts cannot read, and that comes along into a hidden frame', async () => {
    const body = new URLSearchParams([...new URL(address()).searchParams, ['user', ADA]])
    const answer = await entra.fetch(`${ROOT}/authorize`, { method: 'POST', body })
    expect(answer.headers.getSetCookie()).toEqual([
      expect.stringMatching(/^ESTSAUTH-[\w-]+=[\w-]{43}; Path=\/; HttpOnly; Secure; SameSite=None$/),
    ])
  })
})

const logout = (more: Record<string, string> = {}): string =>
  `${ROOT}/logout?${new URLSearchParams({ post_logout_redirect_uri: 'http://localhost:5173/callback', state: 's-2', ...more })}`

describe('signing out', () => {
  it('ends the session and goes back to the app', async () => {
    await browser.pick(address(), ADA)
    const back = await browser.silently(logout())
    expect(back.href).toBe('http://localhost:5173/callback?state=s-2')
    expect(errorOf(await browser.silently(address({ prompt: 'none' })))).toEqual([
      'login_required',
      'AADSTS50058',
    ])
  })

  it('goes nowhere that is not registered for an app of the session', async () => {
    await browser.pick(address(), ADA)
    for (const uri of ['https://evil.example/', 'javascript:alert(1)', 'https://portal.example/callback']) {
      const page = await openBrowser(entra).open(logout({ post_logout_redirect_uri: uri, client_id: web }))
      expect([uri, page.status, page.headers.get('location')]).toEqual([uri, 200, null])
      expect(await page.text()).not.toContain(uri)
    }
  })

  it('tells every app that was signed in to, in a hidden frame, before it goes back', async () => {
    await browser.pick(address(), ADA)
    const { session_state: sid } = returned(await browser.silently(ofPortal()))
    const page = await browser.open(logout())
    const html = await page.text()
    const issuer = encodeURIComponent(`https://login.microsoftonline.com/${defaults.tenantId}/v2.0`)
    expect(html).toContain(`<iframe src="https://portal.example/bye?sid=${sid}&amp;iss=${issuer}" hidden>`)
    expect(html).toContain('content="1; url=http://localhost:5173/callback?state=s-2"')
    expect(page.headers.get('content-security-policy')).toContain('frame-src https://portal.example;')
  })

  it('of one of two accounts leaves the other one', async () => {
    await browser.pick(address(), ADA)
    await browser.pick(address({ prompt: 'select_account' }), GRACE)
    await browser.silently(logout({ logout_hint: 'ada@contoso.com' }))
    expect(await userOf(await browser.silently(address({ prompt: 'none' })))).toBe(GRACE)
  })
})
