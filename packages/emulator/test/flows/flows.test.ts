import { createHash } from 'node:crypto'

import { decodeJwt, importPKCS8, SignJWT } from 'jose'
import { beforeEach, describe, expect, it } from 'vitest'

import { createEmulator, defaults, type AppOptions, type Emulator } from '../../src/index.ts'
import { clientCertificate, verified } from '../support.ts'

const { tenantId, apiClientId: api, daemonClientId: daemon, webClientId: web, secret } = defaults
const ADA = 'aaaaaaaa-0000-4000-8000-000000000001'
const ROOT = `https://login.microsoftonline.com/${tenantId}/oauth2/v2.0`
const redirectUri = 'http://localhost:5173/callback'

const apps: readonly AppOptions[] = [
  { clientId: api, secret },
  { clientId: daemon, secret, multiTenant: true, grantedPermissions: ['Orders.Read.All'] },
  { clientId: web, redirectUris: ['http://localhost/callback', 'https://orders.example/callback'] },
]

let entra: Emulator

beforeEach(async () => {
  entra = await createEmulator({
    apps,
    users: [{ id: ADA, name: 'Ada', userPrincipalName: 'ada@contoso.com' }],
  })
})

type Answer = Readonly<Record<string, unknown>>

async function token(
  form: Record<string, string>,
  root = ROOT,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const answer = await entra.fetch(`${root}/token`, {
    method: 'POST',
    body: new URLSearchParams(form),
    headers,
  })
  return { status: answer.status, ...((await answer.json()) as object) }
}

const codes = (answer: Answer): readonly [unknown, unknown] => [
  answer['error'],
  (answer['error_codes'] as number[] | undefined)?.[0],
]

const daemonForm = {
  grant_type: 'client_credentials',
  client_id: daemon,
  client_secret: secret,
  scope: `api://${api}/.default`,
}

const authorizeQuery = {
  client_id: web,
  response_type: 'code',
  redirect_uri: redirectUri,
  scope: `openid profile offline_access api://${api}/Orders.Read`,
  state: 'a state & more',
}

async function authorize(query: Record<string, string>): Promise<Response> {
  return entra.fetch(`${ROOT}/authorize?${new URLSearchParams(query)}`)
}

/** What the sign-in page's form sends when somebody picks Ada. */
async function signIn(query: Record<string, string> = authorizeQuery, user = ADA): Promise<URL> {
  const body = new URLSearchParams({ ...query, user })
  const answer = await entra.fetch(`${ROOT}/authorize`, { method: 'POST', body })
  expect(answer.status).toBe(302)
  return new URL(answer.headers.get('location') ?? '')
}

const codeOf = (url: URL): string => url.searchParams.get('code') ?? ''

const codeForm = (code: string): Record<string, string> => ({
  grant_type: 'authorization_code',
  client_id: web,
  redirect_uri: redirectUri,
  code,
})

const thumbprint = (pem: string): string =>
  createHash('sha256')
    .update(Buffer.from(pem.replace(/-----.*-----|\s/g, ''), 'base64'))
    .digest('base64url')

describe('client credentials', () => {
  it('give the application permissions that the client was granted, for 60 to 90 minutes', async () => {
    const lifetimes = new Set<number>()
    for (let round = 0; round < 20; round += 1) {
      const askedAt = Math.floor(entra.now() / 1000)
      const answer = await token(daemonForm)
      const answeredAt = Math.floor(entra.now() / 1000)
      const lifetime = Number(answer['expires_in'])
      lifetimes.add(lifetime)
      const claims = await verified(entra, String(answer['access_token']))
      expect(claims).toMatchObject({ aud: api, azp: daemon, azpacr: '1', roles: ['Orders.Read.All'] })
      expect(claims.exp).toBeGreaterThanOrEqual(askedAt + lifetime)
      expect(claims.exp).toBeLessThanOrEqual(answeredAt + lifetime)
    }
    expect(lifetimes.size).toBeGreaterThan(10)
    expect(Math.min(...lifetimes)).toBeGreaterThanOrEqual(3600)
    expect(Math.max(...lifetimes)).toBeLessThanOrEqual(5400)
  })

  it('last 20 to 28 hours for a client that declares cp1', async () => {
    const claims = JSON.stringify({ access_token: { xms_cc: { values: ['cp1'] } } })
    const lifetime = Number((await token({ ...daemonForm, claims }))['expires_in'])
    expect(lifetime).toBeGreaterThanOrEqual(20 * 3600)
    expect(lifetime).toBeLessThanOrEqual(28 * 3600)
  })

  it('accept the secret in a Basic header, and the resource parameter of the v1.0 endpoint', async () => {
    const basic = { authorization: `Basic ${btoa(`${daemon}:${secret}`)}` }
    const { client_id: _, client_secret: __, ...rest } = daemonForm
    expect((await token(rest, ROOT, basic))['status']).toBe(200)
    const v1 = {
      grant_type: 'client_credentials',
      client_id: daemon,
      client_secret: secret,
      resource: `api://${api}`,
    }
    expect((await token(v1, ROOT.replace('/v2.0', '')))['status']).toBe(200)
  })

  it('are refused with Entra’s own codes', async () => {
    const rows: readonly [Record<string, string>, string, number][] = [
      [{ ...daemonForm, client_secret: 'wrong' }, 'invalid_client', 7000215],
      [{ ...daemonForm, client_id: crypto.randomUUID() }, 'unauthorized_client', 700016],
      [{ ...daemonForm, scope: `api://${api}/Orders.Read` }, 'invalid_scope', 1002012],
      [{ ...daemonForm, scope: 'api://nothing/.default' }, 'invalid_resource', 500011],
      [
        { ...daemonForm, scope: `api://${api}/.default https://graph.microsoft.com/.default` },
        'invalid_request',
        28000,
      ],
      [{ ...daemonForm, grant_type: 'magic' }, 'unsupported_grant_type', 70003],
      [{ ...daemonForm, grant_type: '' }, 'invalid_request', 900144],
      [{ ...daemonForm, client_assertion: 'a.b.c' }, 'invalid_client', 700027],
    ]
    for (const [form, error, code] of rows) expect(codes(await token(form))).toStrictEqual([error, code])
    const { client_secret: _, ...without } = daemonForm
    expect(codes(await token(without))).toStrictEqual(['invalid_client', 7000218])
    expect(codes(await token(daemonForm, ROOT.replace(tenantId, 'common')))).toStrictEqual([
      'invalid_request',
      900023,
    ])
    expect(codes(await token(daemonForm, ROOT.replace(tenantId, 'nobody.example')))).toStrictEqual([
      'invalid_request',
      90002,
    ])
  })

  it('are refused when the certificate is not the registered one', async () => {
    const [own, other] = [await clientCertificate(), await clientCertificate()]
    entra = await createEmulator({ apps: [{ clientId: api, certificates: [own.certificate] }] })
    const assertion = async (key: string, certificate: string, audience: string): Promise<string> =>
      new SignJWT()
        .setProtectedHeader({ alg: 'PS256', 'x5t#S256': thumbprint(certificate) })
        .setIssuer(api)
        .setSubject(api)
        .setAudience(audience)
        .setExpirationTime('5m')
        .sign(await importPKCS8(key, 'PS256'))
    const form = async (made: Promise<string>): Promise<Record<string, string>> => ({
      grant_type: 'client_credentials',
      client_id: api,
      scope: `${api}/.default`,
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: await made,
    })
    const good = await token(await form(assertion(own.privateKey, own.certificate, `${ROOT}/token`)))
    expect(good['status']).toBe(200)
    // MSAL for Python fills the thumbprint up.
    const padded = new SignJWT()
      .setProtectedHeader({ alg: 'PS256', 'x5t#S256': `${thumbprint(own.certificate)}=` })
      .setIssuer(api)
      .setSubject(api)
      .setAudience(`${ROOT}/token`)
      .setExpirationTime('5m')
      .sign(await importPKCS8(own.privateKey, 'PS256'))
    expect((await token(await form(padded)))['status']).toBe(200)
    const stolenName = await form(assertion(other.privateKey, own.certificate, `${ROOT}/token`))
    expect(codes(await token(stolenName))).toStrictEqual(['invalid_client', 700027])
    const unregistered = await form(assertion(other.privateKey, other.certificate, `${ROOT}/token`))
    expect(codes(await token(unregistered))).toStrictEqual(['invalid_client', 700027])
    const elsewhere = await form(assertion(own.privateKey, own.certificate, 'https://example.com/token'))
    expect(codes(await token(elsewhere))).toStrictEqual(['invalid_client', 700023])
  })
})

const redeem = async (origin: string): Promise<string | null> => {
  const body = new URLSearchParams(codeForm(codeOf(await signIn())))
  const answer = await entra.fetch(`${ROOT}/token`, { method: 'POST', body, headers: { origin } })
  return answer.headers.get('access-control-allow-origin')
}

describe('the authorization code', () => {
  it('leads from the sign-in page to an access, an ID and a refresh token', async () => {
    const page = await authorize(authorizeQuery)
    expect(page.status).toBe(200)
    expect(page.headers.get('content-security-policy')).toContain("frame-ancestors 'none'")
    expect(await page.text()).toContain('ada@contoso.com')
    const back = await signIn({ ...authorizeQuery, nonce: 'n-1' })
    expect(back.origin + back.pathname).toBe(redirectUri)
    expect(back.searchParams.get('state')).toBe('a state & more')
    const answer = await token(codeForm(codeOf(back)))
    expect(await verified(entra, String(answer['access_token']))).toMatchObject({
      aud: api,
      azp: web,
      oid: ADA,
      scp: 'Orders.Read',
    })
    expect(decodeJwt(String(answer['id_token']))).toMatchObject({ aud: web, nonce: 'n-1', oid: ADA })
    const renewed = await token({
      grant_type: 'refresh_token',
      client_id: web,
      refresh_token: String(answer['refresh_token']),
    })
    expect(await verified(entra, String(renewed['access_token']))).toMatchObject({
      scp: 'Orders.Read',
      oid: ADA,
    })
  })

  it('is good once, for ten minutes, for its client and its redirect URI', async () => {
    expect(codes(await token(codeForm('gone')))).toStrictEqual(['invalid_grant', 70000])
    const code = codeOf(await signIn())
    expect(
      codes(await token({ ...codeForm(code), redirect_uri: 'https://orders.example/callback' })),
    ).toStrictEqual(['invalid_client', 500112])
    expect(codes(await token({ ...codeForm(code), client_id: daemon, client_secret: secret }))).toStrictEqual(
      ['invalid_grant', 70000],
    )
    const both = await Promise.all([token(codeForm(code)), token(codeForm(code))])
    expect(new Set(both.map(({ status }) => status))).toStrictEqual(new Set([200, 400]))
    expect(codes(await token(codeForm(code)))).toStrictEqual(['invalid_grant', 54005])
    const late = codeOf(await signIn())
    entra.advance(601)
    expect(codes(await token(codeForm(late)))).toStrictEqual(['invalid_grant', 70008])
  })

  it('is bound to the code verifier (RFC 7636)', async () => {
    const verifier = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk'
    const challenge = createHash('sha256').update(verifier).digest('base64url')
    const query = { ...authorizeQuery, code_challenge: challenge, code_challenge_method: 'S256' }
    const code = codeOf(await signIn(query))
    expect(codes(await token(codeForm(code)))).toStrictEqual(['invalid_grant', 50148])
    expect(codes(await token({ ...codeForm(code), code_verifier: challenge }))).toStrictEqual([
      'invalid_grant',
      501481,
    ])
    expect((await token({ ...codeForm(code), code_verifier: verifier }))['status']).toBe(200)
  })

  it('goes to a registered redirect URI only, never to another one', async () => {
    for (const uri of [
      'https://evil.example/callback',
      'https://orders.example/callback/',
      'https://orders.example.evil.example/callback',
      'http://localhost:5173/other',
      'https://localhost/callback',
      'http://localhost@evil.example/callback',
      'http://user@localhost/callback',
      'javascript:alert(1)',
    ]) {
      const answer = await authorize({ ...authorizeQuery, redirect_uri: uri })
      expect([uri, answer.status, answer.headers.get('location')]).toStrictEqual([uri, 400, null])
      expect(await answer.text()).toContain('AADSTS50011')
    }
  })

  it('writes nothing from the request into the page unescaped', async () => {
    const attack = '"><script>alert(1)</script>'
    const page = await authorize({ ...authorizeQuery, state: attack, login_hint: attack })
    expect(await page.text()).not.toContain('<script>')
    const refused = await authorize({ ...authorizeQuery, redirect_uri: `https://x/${attack}` })
    expect(await refused.text()).not.toContain('<script>')
  })

  it('comes back as an error when the user cancels, the scope is unknown, or nobody may be asked', async () => {
    expect((await signIn(authorizeQuery, '')).searchParams.get('error')).toBe('access_denied')
    const unknown = await authorize({ ...authorizeQuery, scope: `api://${api}/Orders.Everything` })
    expect(unknown.headers.get('location')).toContain('error=invalid_client')
    const silent = await authorize({ ...authorizeQuery, prompt: 'none' })
    expect(silent.headers.get('location')).toContain('error=login_required')
    const implicit = await authorize({ ...authorizeQuery, response_type: 'token' })
    expect(implicit.headers.get('location')).toContain('error=unsupported_response_type')
  })

  it('answers in the fragment or by a form where the client asks for it', async () => {
    const fragment = await signIn({ ...authorizeQuery, response_mode: 'fragment' })
    expect(new URLSearchParams(fragment.hash.slice(1)).get('code')).not.toBeNull()
    expect(fragment.search).toBe('')
    const body = new URLSearchParams({ ...authorizeQuery, response_mode: 'form_post', user: ADA })
    const posted = await entra.fetch(`${ROOT}/authorize`, { method: 'POST', body })
    expect(await posted.text()).toMatch(/<form method="post" action="http:\/\/localhost:5173\/callback">/)
  })

  it('may be redeemed by a page of the redirect URI’s origin, and no other page can read the answer', async () => {
    expect(await redeem('http://localhost:5173')).toBe('http://localhost:5173')
    expect(await redeem('https://evil.example')).toBeNull()
    expect(await redeem('null')).toBeNull()
  })

  it('carries an authentication context that a claims challenge asked for', async () => {
    const claims = '{"access_token":{"acrs":{"essential":true,"value":"c1"}}}'
    const answer = await token({ ...codeForm(codeOf(await signIn())), claims })
    expect(decodeJwt(String(answer['access_token']))['acrs']).toStrictEqual(['c1'])
  })
})

const startDevice = async (): Promise<Record<string, string>> => {
  const body = new URLSearchParams({ client_id: web, scope: `api://${api}/Orders.Read` })
  const answer = await entra.fetch(`${ROOT}/devicecode`, { method: 'POST', body })
  return (await answer.json()) as Record<string, string>
}

const pollDevice = async (device: Record<string, string>): Promise<Answer> =>
  token({
    grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
    client_id: web,
    device_code: device['device_code'] ?? '',
  })

describe('the device code', () => {
  it('waits until the user agrees', async () => {
    const device = await startDevice()
    expect(codes(await pollDevice(device))).toStrictEqual(['authorization_pending', 70016])
    expect(entra.settleDevice(device['user_code'] ?? '', 'ada@contoso.com')).toBe(true)
    expect(await verified(entra, String((await pollDevice(device))['access_token']))).toMatchObject({
      oid: ADA,
    })
    expect(codes(await pollDevice(device))).toStrictEqual(['bad_verification_code', 70019])
  })

  it('says so when the user refuses, and when nobody comes', async () => {
    const refused = await startDevice()
    entra.settleDevice(refused['user_code'] ?? '', 'declined')
    expect(codes(await pollDevice(refused))).toStrictEqual(['authorization_declined', 70017])
    const forgotten = await startDevice()
    entra.advance(901)
    expect(entra.settleDevice(forgotten['user_code'] ?? '', ADA)).toBe(false)
    expect(codes(await pollDevice(forgotten))).toStrictEqual(['expired_token', 70020])
  })
})

const exchange = async (assertion: string, more: Record<string, string> = {}): Promise<Answer> =>
  token({
    grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
    client_id: api,
    client_secret: secret,
    requested_token_use: 'on_behalf_of',
    scope: 'https://graph.microsoft.com/User.Read',
    assertion,
    ...more,
  })

const refused = async (assertion: Promise<string>): Promise<unknown> =>
  codes(await exchange(await assertion))[1]

describe('on-behalf-of', () => {
  it('exchanges the API’s own token for one of the same user for another API', async () => {
    const answer = await exchange(await entra.issueUserToken())
    expect(decodeJwt(String(answer['access_token']))).toMatchObject({
      aud: 'https://graph.microsoft.com',
      appid: api,
      oid: ADA,
      scp: 'User.Read',
    })
  })

  it('refuses a token for another API, an expired one, a forged one and an app’s', async () => {
    expect(await refused(entra.issueUserToken({ audience: daemon }))).toBe(500131)
    expect(await refused(entra.issueUserToken({ expiresIn: -1 }))).toBe(500133)
    expect(await refused(entra.issueUserToken({ signWith: 'unknown' }))).toBe(50013)
    expect(await refused(entra.issueUserToken({ header: { alg: 'none' } }))).toBe(50013)
    expect(await refused(entra.issueAppToken())).toBe(50027)
  })
})

const discover = async (host: string): Promise<Response> =>
  entra.fetch(
    `https://login.microsoftonline.com/common/discovery/instance?api-version=1.1&authorization_endpoint=https://${host}/common/oauth2/v2.0/authorize`,
  )

describe('instance discovery', () => {
  it('lists the clouds with their aliases, and knows no other host', async () => {
    const answer = (await (await discover('login.microsoftonline.com')).json()) as {
      metadata: { aliases: string[] }[]
    }
    expect(answer.metadata.map(({ aliases }) => aliases[0])).toContain('login.partner.microsoftonline.cn')
    expect((await discover('login.evil.example')).status).toBe(400)
  })
})

describe('the policies of B2C', () => {
  const customer = 'aaaaaaaa-0000-4000-8000-000000000003'
  const root = `https://contosob2c.b2clogin.com/contosob2c.onmicrosoft.com/B2C_1_susi/oauth2/v2.0`
  const metadata = `https://contosob2c.b2clogin.com/${defaults.b2cTenantId}/B2C_1_susi/v2.0/.well-known/openid-configuration`

  it('sign a user in, and give tokens of that policy', async () => {
    entra = await createEmulator()
    const query = { ...authorizeQuery, redirect_uri: 'http://localhost/callback' }
    const body = new URLSearchParams({ ...query, user: customer })
    const back = await entra.fetch(`${root}/authorize`, { method: 'POST', body })
    const code = codeOf(new URL(back.headers.get('location') ?? ''))
    const form = { ...codeForm(code), redirect_uri: 'http://localhost/callback' }
    const answer = await token(form, root)
    expect(await verified(entra, String(answer['access_token']), metadata)).toMatchObject({
      aud: api,
      azp: web,
      tfp: 'B2C_1_susi',
      scp: 'Orders.Read',
      sub: customer,
      ver: '1.0',
    })
    expect(await verified(entra, String(answer['id_token']), metadata)).toMatchObject({
      aud: web,
      tfp: 'B2C_1_susi',
    })
    const refresh = {
      grant_type: 'refresh_token',
      client_id: web,
      refresh_token: String(answer['refresh_token']),
    }
    expect((await token(refresh, root))['status']).toBe(200)
    // The refresh token of a customer is nothing in the directory of the employees.
    expect(codes(await token(refresh))).toStrictEqual(['invalid_grant', 70000])
  })

  it('put an application’s permissions into scp', async () => {
    entra = await createEmulator()
    const answer = await token(daemonForm, root)
    const claims = await verified(entra, String(answer['access_token']), metadata)
    expect(claims).toMatchObject({ azp: daemon, scp: 'Orders.Read.All Orders.Write.All' })
    expect(claims).not.toHaveProperty('oid')
  })

  it('are not there under another name', async () => {
    expect((await token(daemonForm, root.replace('B2C_1_susi', 'B2C_1_other')))['status']).toBe(400)
  })
})
