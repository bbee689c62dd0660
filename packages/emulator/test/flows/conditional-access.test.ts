import { decodeJwt } from 'jose'
import { beforeEach, describe, expect, it } from 'vitest'

import { createEmulator, defaults, type ConditionalAccessOptions, type Emulator } from '../../src/index.ts'
import { listen } from '../../src/node.ts'
import {
  ADA,
  askToken,
  authorityRoot,
  codes,
  openBrowser,
  returned,
  ROOT,
  type Answer,
  type Browser,
} from './caller.ts'

const { apiClientId: api, webClientId: web, daemonClientId: daemon, secret, password } = defaults
const STOCK = '88888888-8888-4888-8888-888888888888'
const POLICY = 'eeeeeeee-0000-4000-8000-000000000001'

let entra: Emulator
let browser: Browser

beforeEach(async () => {
  entra = await createEmulator({
    apps: [
      { clientId: api, secret },
      { clientId: web, redirectUris: ['http://localhost/callback'] },
      { clientId: daemon, secret },
      { clientId: STOCK, scopes: ['Stock.Read'], tokenVersion: '1.0' },
    ],
  })
  browser = openBrowser(entra)
})

const address = (more: Record<string, string> = {}): string =>
  `${ROOT}/authorize?${new URLSearchParams({
    client_id: web,
    response_type: 'code',
    redirect_uri: 'http://localhost:5173/callback',
    scope: `openid offline_access api://${api}/Orders.Read`,
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

const exchange = async (token: unknown, more: Record<string, string> = {}): Promise<Answer> =>
  askToken(entra, {
    grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
    requested_token_use: 'on_behalf_of',
    client_id: api,
    client_secret: secret,
    assertion: String(token),
    scope: `api://${STOCK}/Stock.Read`,
    ...more,
  })

const refresh = async (answer: Answer, more: Record<string, string> = {}): Promise<Answer> =>
  askToken(entra, {
    grant_type: 'refresh_token',
    client_id: web,
    refresh_token: String(answer['refresh_token']),
    ...more,
  })

describe('an API behind an API needs more than the sign-in has proven', () => {
  it('c1: the exchange is refused with a challenge, and works for a token of a sign-in that met it', async () => {
    entra.conditionalAccess.add({ resources: [STOCK], requires: 'c1' })
    const first = await redeem(await browser.pick(address(), ADA))
    const refused = await exchange(first['access_token'])
    expect(codes(refused)).toEqual(['interaction_required', 50076])
    expect(refused).toMatchObject({
      status: 400,
      suberror: 'basic_action',
      claims: '{"access_token":{"acrs":{"essential":true,"value":"c1"}}}',
      error_description: expect.stringContaining(STOCK),
    })

    const claims = String(refused['claims'])
    const again = await redeem(await browser.pick(address({ claims }), ADA), { claims })
    expect(decodeJwt(String(again['access_token']))['acrs']).toEqual(['c1'])
    const stock = await exchange(again['access_token'])
    expect(decodeJwt(String(stock['access_token']))).toMatchObject({ aud: `api://${STOCK}`, acrs: ['c1'] })
    // The old token has proven no more than before.
    expect(codes(await exchange(first['access_token']))).toEqual(['interaction_required', 50076])
  })

  it('mfa: the challenge names the policy, and the token that follows says how its user signed in', async () => {
    entra.conditionalAccess.add({ id: POLICY, resources: [`api://${STOCK}`], requires: 'mfa' })
    const refused = await exchange((await redeem(await browser.pick(address(), ADA)))['access_token'])
    expect(codes(refused)).toEqual(['interaction_required', 50076])
    const claims = `{"access_token":{"polids":{"essential":true,"values":["${POLICY}"]}}}`
    expect(refused['claims']).toBe(claims)
    const again = await redeem(await browser.pick(address({ claims }), ADA))
    const stock = await exchange(again['access_token'])
    expect(decodeJwt(String(stock['access_token']))['amr']).toEqual(['pwd', 'mfa'])
  })

  it('counts what a token says that was issued by hand', async () => {
    entra.conditionalAccess.add({ resources: [STOCK], requires: 'c1' })
    entra.conditionalAccess.add({ resources: [STOCK], requires: 'mfa' })
    const proof = {
      authenticationContexts: ['c1'],
      authenticationMethods: ['pwd', 'mfa'],
      version: '1.0',
    } as const
    const token = await entra.issueUserToken({ ...proof, user: ADA })
    expect((await exchange(token)).status).toBe(200)
    const half = await entra.issueUserToken({ ...proof, user: ADA, authenticationContexts: [] })
    expect(codes(await exchange(half))).toEqual(['interaction_required', 50076])
  })
})

describe('a policy', () => {
  const kinds: readonly [ConditionalAccessOptions['requires'], string, number, string, string][] = [
    [
      'mfa',
      'interaction_required',
      50076,
      'basic_action',
      `you must use multi-factor authentication to access '${api}'`,
    ],
    [
      'mfaRegistration',
      'interaction_required',
      50079,
      'basic_action',
      `you must enroll in multi-factor authentication to access '${api}'`,
    ],
    [
      'signInFrequency',
      'invalid_grant',
      70043,
      'bad_token',
      'sign-in frequency checks by conditional access',
    ],
    [
      'compliantDevice',
      'interaction_required',
      53000,
      'additional_action',
      'Your device is required to be managed',
    ],
    ['block', 'interaction_required', 53003, 'message_only', 'blocked by Conditional Access policies'],
    [
      'c7',
      'interaction_required',
      50076,
      'basic_action',
      `you must use multi-factor authentication to access '${api}'`,
    ],
  ]

  it.each(kinds)(
    '%s: a refresh token from before it is refused',
    async (requires, error, code, suberror, words) => {
      const before = await redeem(await browser.pick(address(), ADA))
      entra.advance(1)
      const id = entra.conditionalAccess.add({ requires })
      const refused = await refresh(before)
      expect([...codes(refused), refused['suberror']]).toEqual([error, code, suberror])
      expect(refused['error_description']).toContain(words)
      expect(refused['claims']).toContain(requires === 'c7' ? 'c7' : id)
      expect(entra.conditionalAccess.remove(id)).toBe(true)
      expect((await refresh(before)).status).toBe(200)
      expect(entra.conditionalAccess.remove(id)).toBe(false)
    },
  )

  it.each(['mfa', 'mfaRegistration', 'signInFrequency', 'c7'] as const)(
    '%s: a silent sign-in is refused, a visible one shows the page and meets it, and its refresh token does',
    async (requires) => {
      await browser.pick(address(), ADA)
      entra.advance(1)
      entra.conditionalAccess.add({ requires })
      const silent = returned(await browser.silently(address({ prompt: 'none' })))
      expect(silent['error']).toBe(requires === 'signInFrequency' ? 'invalid_grant' : 'interaction_required')
      expect(silent['claims']).toMatch(/^\{"access_token":/)
      expect((await browser.open(address())).status).toBe(200)
      const after = await redeem(await browser.pick(address(), ADA))
      expect((await refresh(after)).status).toBe(200)
      expect(returned(await browser.silently(address({ prompt: 'none' })))).toHaveProperty('code')
    },
  )

  it.each(['compliantDevice', 'block'] as const)(
    '%s: nobody gets past it on the page either, with a second factor or without',
    async (requires) => {
      const id = entra.conditionalAccess.add({ requires })
      expect(returned(await browser.pick(address(), ADA))['error']).toBe('interaction_required')
      entra.conditionalAccess.add({ id: POLICY, requires: 'mfa' })
      const claims = `{"access_token":{"polids":{"essential":true,"values":["${id}","${POLICY}"]}}}`
      expect(returned(await browser.pick(address({ claims }), ADA))['error']).toBe('interaction_required')
    },
  )

  it('signInFrequency: a sign-in that met it has proven no second factor', async () => {
    entra.conditionalAccess.add({ requires: 'signInFrequency' })
    const answer = await redeem(await browser.pick(address(), ADA))
    expect((await refresh(answer)).status).toBe(200)
    entra.conditionalAccess.add({ requires: 'mfa' })
    expect(codes(await refresh(answer))).toEqual(['interaction_required', 50076])
  })

  it('is about the users, clients, APIs and contexts that it names, and about no app on its own', async () => {
    const before = await redeem(await browser.pick(address(), ADA))
    const about: readonly [Omit<ConditionalAccessOptions, 'requires'>, Record<string, string>, boolean][] = [
      [{ users: ['ada@contoso.com'] }, {}, true],
      [{ users: [ADA] }, {}, true],
      [{ users: ['grace@fabrikam.com'] }, {}, false],
      [{ clients: [web] }, {}, true],
      [{ clients: [api] }, {}, false],
      [{ resources: [`api://${api}`] }, {}, true],
      [{ resources: [STOCK] }, {}, false],
      [{ resources: [STOCK] }, { scope: `api://${STOCK}/Stock.Read` }, true],
      [{ authenticationContexts: ['c3'] }, {}, false],
      [
        { authenticationContexts: ['c3'] },
        { claims: '{"access_token":{"acrs":{"essential":true,"value":"c3"}}}' },
        true,
      ],
    ]
    for (const [policy, more, refused] of about) {
      entra.conditionalAccess.add({ ...policy, requires: 'mfa' })
      expect([policy, codes(await refresh(before, more))[1]]).toEqual([policy, refused ? 50076 : undefined])
      entra.conditionalAccess.clear()
    }
    entra.conditionalAccess.add({ requires: 'block' })
    const own = { grant_type: 'client_credentials', client_id: daemon, client_secret: secret }
    expect((await askToken(entra, { ...own, scope: `api://${api}/.default` })).status).toBe(200)
  })

  it('is met by nobody who only sends a password, and by whoever settles a device', async () => {
    entra.conditionalAccess.add({ requires: 'mfa' })
    const scope = `offline_access api://${api}/Orders.Read`
    const form = { grant_type: 'password', client_id: web, username: 'ada@contoso.com', password, scope }
    expect(codes(await askToken(entra, form))).toEqual(['interaction_required', 50076])
    const body = new URLSearchParams({ client_id: web, scope })
    const started = await entra.fetch(`${authorityRoot(defaults.tenantId)}/devicecode`, {
      method: 'POST',
      body,
    })
    const { user_code, device_code } = (await started.json()) as { user_code: string; device_code: string }
    entra.settleDevice(user_code, ADA)
    expect((await askToken(entra, { grant_type: 'device_code', client_id: web, device_code })).status).toBe(
      200,
    )
  })

  it('may be given at the start, and from another process', async () => {
    entra = await createEmulator({ conditionalAccess: [{ id: POLICY, requires: 'mfa' }] })
    expect(() => entra.conditionalAccess.add({ id: POLICY, requires: 'mfa' })).toThrow(/is used twice/)
    expect(() => entra.conditionalAccess.add({ requires: 'luck' as 'mfa' })).toThrow(/requires must be mfa/)
    const server = await listen(entra)
    try {
      const post = async (name: string, body: unknown): Promise<unknown> => {
        const init = { method: 'POST', headers: { 'content-type': 'application/json' } }
        return (
          await fetch(`${server.url}/__emulator/${name}`, { ...init, body: JSON.stringify(body) })
        ).json()
      }
      const { id } = (await post('policy', { users: [ADA], requires: 'c2' })) as { id: string }
      expect(await post('remove-policy', { id })).toEqual({ removed: true })
      expect(await post('remove-policy', { id: POLICY })).toEqual({ removed: true })
      expect(await post('policy', { requires: 'luck' })).toEqual({
        error: expect.stringContaining('requires must be mfa'),
      })
    } finally {
      await server.close()
    }
  })
})
