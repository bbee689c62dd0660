import { beforeEach, describe, expect, it } from 'vitest'

import { createEmulator, defaults, type AppOptions, type Emulator } from '../../src/index.ts'
import { listen } from '../../src/node.ts'
import { ADA, GRACE, openBrowser, returned, ROOT, type Browser } from './caller.ts'

const { tenantId, apiClientId: api, webClientId: web, portalClientId: portal, secret } = defaults
const READ = `api://${api}/Orders.Read`
const CALLBACK = 'http://localhost:5173/callback'
const PORTAL = 'https://portal.example/callback'

let entra: Emulator
let browser: Browser

const start = async (client: AppOptions = {}): Promise<void> => {
  entra = await createEmulator({
    apps: [
      { clientId: api },
      { clientId: web, redirectUris: ['http://localhost/callback', `${PORTAL}?tab=orders`], ...client },
      {
        clientId: portal,
        secret,
        redirectUris: [{ uri: PORTAL, platform: 'web' }],
        frontChannelLogoutUri: 'https://portal.example/bye?from=entra',
      },
    ],
  })
  browser = openBrowser(entra)
}
beforeEach(() => start())

type Members = Readonly<Record<string, string>>

/** Without those that are empty. */
const address = (more: Members = {}, endpoint = 'authorize'): string => {
  const query = {
    client_id: web,
    response_type: 'code',
    redirect_uri: CALLBACK,
    scope: `openid ${READ}`,
    ...more,
  }
  const members = Object.entries(query).filter(([, value]) => value !== '')
  return `${ROOT}/${endpoint}?${new URLSearchParams(members)}`
}
const codeOf = (back: URL): unknown => /AADSTS\d+/.exec(returned(back)['error_description'] ?? '')?.[0]

describe('the answer to a sign-in', () => {
  it('is for the first address of the registration where the request names none', async () => {
    const back = await browser.pick(address({ redirect_uri: '' }), ADA)
    expect(back.origin + back.pathname).toBe('http://localhost/callback')
    expect([...back.searchParams.keys()].toSorted()).toEqual(['code', 'session_state'])
    await start({ redirectUris: [] })
    const page = await browser.open(address({ redirect_uri: '' }))
    expect(page.status).toBe(400)
    expect(await page.text()).toMatch(/AADSTS50011: The redirect URI &#39;&#39; specified/)
  })

  it('keeps the query of the address, and is not stored', async () => {
    const query = new URL(address({ redirect_uri: `${PORTAL}?tab=orders`, state: 's-1' })).searchParams
    const body = new URLSearchParams([...query, ['user', ADA]])
    const answer = await entra.fetch(`${ROOT}/authorize`, { method: 'POST', body })
    const back = new URL(answer.headers.get('location') ?? '')
    expect([back.searchParams.get('tab'), back.searchParams.get('state')]).toEqual(['orders', 's-1'])
    expect(answer.headers.get('cache-control')).toBe('no-store')
  })

  it('says what is wrong, and where to read about it, in the same place', async () => {
    const back = returned(await browser.silently(address({ prompt: 'none', response_mode: 'fragment' })))
    expect(back).toMatchObject({ error: 'login_required', error_uri: expect.stringContaining('50058') })
    expect(back).not.toHaveProperty('claims')
    expect(back).not.toHaveProperty('suberror')
    const unasked = await browser.silently(address({ response_type: '' }))
    expect([codeOf(unasked), unasked.hash]).toEqual(['AADSTS900144', ''])
  })

  it('names who signed in where a client asks for it', async () => {
    const told = returned(await browser.pick(address({ client_info: '1' }), ADA))
    expect(JSON.parse(atob(told['client_info'] ?? ''))).toEqual({ uid: ADA, utid: tenantId })
    for (const client_info of ['', '0'])
      expect(returned(await browser.pick(address({ client_info }), ADA))).not.toHaveProperty('client_info')
  })

  it.each(['magic', 'Query', 'form-post'])('is not given in a way that there is not: %s', async (mode) => {
    expect(codeOf(await browser.silently(address({ response_mode: mode })))).toBe('AADSTS70007')
  })

  it('to a request with two types of which one is none, or with blanks between them', async () => {
    await start({ implicitGrant: { idTokens: true, accessTokens: true } })
    const nonce = 'n-1'
    expect(codeOf(await browser.silently(address({ response_type: 'code magic', nonce })))).toBe(
      'AADSTS70005',
    )
    const back = returned(await browser.pick(address({ response_type: ' code  id_token ', nonce }), ADA))
    expect(Object.keys(back)).toEqual(expect.arrayContaining(['code', 'id_token']))
    const token = returned(await browser.pick(address({ response_type: 'token' }), ADA))
    expect(Object.keys(token).toSorted()).toEqual([
      'access_token',
      'expires_in',
      'scope',
      'session_state',
      'token_type',
    ])
  })
})

/** To which origin the answer to a redemption is open, and what caches are told of that. */
const allowed = async (redirect_uri: string, origin: string): Promise<unknown[]> => {
  const { code = '' } = returned(await browser.pick(address({ redirect_uri, prompt: 'login' }), ADA))
  const form = { grant_type: 'authorization_code', client_id: web, redirect_uri, code }
  const answer = await entra.fetch(`${ROOT}/token`, {
    method: 'POST',
    body: new URLSearchParams(form),
    headers: { origin },
  })
  const { headers } = answer
  return [headers.get('access-control-allow-origin'), headers.get('vary')]
}

describe('an address of this machine', () => {
  it.each([
    ['http://localhost/callback', 'http://localhost:8400/callback', true],
    ['http://127.0.0.1/callback', 'http://127.0.0.1:8400/callback', true],
    ['http://127.0.0.1/callback', 'http://localhost:8400/callback', false],
    ['http://localhost/callback', 'http://:secret@localhost:8400/callback', false],
    ['http://localhost/callback', 'http://user@localhost:8400/callback', false],
    ['http://localhost/callback', 'http://localhost:8400/callback#here', false],
    ['http://localhost/callback', 'http://localhost:8400/callback?more=1', false],
    ['http://localhost/callback', 'no address', false],
    ['https://orders.example/callback', 'https://orders.example:8400/callback', false],
    ['app.example:/callback', 'app.example:/callback', true],
  ])(
    'stands for every port, and for nothing else: registered %s, asked for %s',
    async (uri, asked, isKnown) => {
      await start({ redirectUris: [uri] })
      const page = await browser.open(address({ redirect_uri: asked }))
      const isTold = (await page.text()).includes(`The redirect URI &#39;${asked}&#39; specified`)
      expect([page.status, isTold]).toEqual(isKnown ? [200, false] : [400, true])
    },
  )

  it('lets pages of every port redeem their codes, and the answer is for that one alone', async () => {
    await start({ redirectUris: ['http://127.0.0.1/callback', 'https://orders.example/callback'] })
    const local = 'http://127.0.0.1:8400'
    expect(await allowed(`${local}/callback`, local)).toEqual([local, 'Origin'])
    expect(await allowed(`${local}/callback`, 'https://127.0.0.1:8400')).toEqual([null, null])
    expect(await allowed(`${local}/callback`, 'https://orders.example:8400')).toEqual([null, null])
    const remote = 'https://orders.example'
    expect(await allowed(`${remote}/callback`, remote)).toEqual([remote, 'Origin'])
  })
})

const ofPortal = { client_id: portal, redirect_uri: PORTAL }
const logout = (more: Members = {}): string =>
  `${ROOT}/logout?${new URLSearchParams({ post_logout_redirect_uri: PORTAL, ...more })}`
/** Where a logout leads at once; `undefined` for a page that leads nowhere. */
const leads = async (url: string, by: Browser = openBrowser(entra)): Promise<string | undefined> => {
  const answer = await by.open(url)
  return answer.headers.get('location') ?? undefined
}
const hintOf = async (audience: string): Promise<string> => entra.issueIdToken({ audience })
const isSignedIn = async (): Promise<boolean> =>
  'code' in returned(await browser.silently(address({ prompt: 'none' })))

describe('signing out', () => {
  it('goes back to the app that the request names, by its id or an ID token, where nobody is signed in', async () => {
    expect(await leads(logout())).toBe(PORTAL)
    expect(await leads(logout({ client_id: portal }))).toBe(PORTAL)
    expect(await leads(logout({ id_token_hint: await hintOf(portal) }))).toBe(PORTAL)
    expect(await leads(logout({ client_id: web }))).toBeUndefined()
    expect(await leads(logout({ id_token_hint: await hintOf(web) }))).toBeUndefined()
    expect(await leads(logout({ id_token_hint: 'no token', client_id: portal }))).toBe(PORTAL)
    expect(await leads(logout({ id_token_hint: 'no token' }))).toBe(PORTAL)
    expect(await leads(logout({ post_logout_redirect_uri: 'no address' }))).toBeUndefined()
    expect(await leads(`${ROOT}/logout`)).toBeUndefined()
  })

  it('goes back to an app of the session, and to no other', async () => {
    await browser.pick(address(), ADA)
    expect(await leads(logout(), browser)).toBeUndefined()
    await browser.pick(address(), ADA)
    expect(await leads(logout({ post_logout_redirect_uri: CALLBACK }), browser)).toBe(CALLBACK)
  })

  it('may be posted', async () => {
    await browser.pick(address(), ADA)
    const body = new URLSearchParams({ post_logout_redirect_uri: PORTAL, client_id: portal, state: 's-1' })
    const answer = await entra.fetch(`${ROOT}/logout`, { method: 'POST', body })
    expect(answer.headers.get('location')).toBe(`${PORTAL}?state=s-1`)
    expect(answer.headers.get('cache-control')).toBe('no-store')
  })

  it('tells the apps of the session alone, and says goodbye where nobody is to be gone back to', async () => {
    await browser.pick(address(), ADA)
    const quiet = await (await browser.open(`${ROOT}/logout`)).text()
    expect(quiet).not.toContain('<iframe')
    expect(quiet).not.toContain('http-equiv="refresh"')
    expect(quiet).toMatch(/<h1>You signed out of your account<\/h1>\s*<footer>/)
    await browser.pick(address(ofPortal), ADA)
    const told = await (await browser.open(logout())).text()
    expect(told.match(/<iframe /g)).toHaveLength(1)
    expect(told).toContain('https://portal.example/bye?from=entra&amp;sid=')
    expect(told).toContain(`<a href="${PORTAL}">`)
    expect(await isSignedIn()).toBe(false)
  })

  it('tells an app of this machine without TLS too', async () => {
    await start({ frontChannelLogoutUri: 'http://localhost:5173/bye' })
    await browser.pick(address(), ADA)
    const told = await (await browser.open(`${ROOT}/logout`)).text()
    expect(told).toContain('<iframe src="http://localhost:5173/bye?sid=')
  })

  it('leads nowhere for an address of the registration that is none', async () => {
    await start({ redirectUris: ['nowhere'] })
    const page = await browser.open(logout({ post_logout_redirect_uri: 'nowhere' }))
    expect([page.status, page.headers.get('location')]).toEqual([200, null])
  })

  it('forgets a browser that came without TLS, which takes no secure cookie', async () => {
    const { url, close } = await listen(entra)
    try {
      const page = await fetch(`${url}/${tenantId}/oauth2/v2.0/logout`)
      expect(page.headers.getSetCookie()).toEqual([expect.stringMatching(/SameSite=Lax; Max-Age=0$/)])
    } finally {
      await close()
    }
  })

  it.each(['nowhere', 'ftp://portal.example/bye', 'javascript:alert(1)', 'web+https://portal.example/bye'])(
    'shows no frame for an address of the registration that is no page: %s',
    async (frontChannelLogoutUri) => {
      await start({ frontChannelLogoutUri })
      await browser.pick(address(), ADA)
      expect(await (await browser.open(`${ROOT}/logout`)).text()).not.toContain('<iframe')
    },
  )

  it('of somebody who is not there signs everybody out, and forgets the browser; of one, it does not', async () => {
    const both = async (): Promise<void> => {
      await browser.pick(address(), ADA)
      await browser.pick(address({ prompt: 'select_account' }), GRACE)
    }
    await both()
    const one = await browser.open(logout({ logout_hint: 'ada@contoso.com' }))
    expect(one.headers.getSetCookie()).toEqual([])
    expect(await isSignedIn()).toBe(true)
    await both()
    const all = await browser.open(logout({ logout_hint: 'nobody@contoso.com' }))
    expect(all.headers.getSetCookie()).toEqual([expect.stringMatching(/^ESTSAUTH-[\w-]+=;.*Max-Age=0/)])
    expect(all.headers.getSetCookie()[0]).toContain('Secure')
    expect(await isSignedIn()).toBe(false)
  })
})
