import {
  calculateJwkThumbprint,
  decodeJwt,
  decodeProtectedHeader,
  exportJWK,
  generateKeyPair,
  SignJWT,
} from 'jose'
import { beforeEach, describe, expect, it, test } from 'vitest'

import {
  createEmulator,
  defaults,
  emulatorFetch,
  type DpopOptions,
  type Emulator,
  type ProofAlgorithm,
  type ProofKey,
  type ProofOptions,
} from '../../src/index.ts'
import { listen } from '../../src/node.ts'
import { ADA, askToken, authorityRoot, codes, openBrowser, returned, ROOT, type Answer } from './caller.ts'

/* RFC 9449 at the authority, and what MSAL Browser and the MCP client make of it. */
const { apiClientId: api, webClientId: page, daemonClientId: daemon, secret } = defaults
const { portalClientId: portal } = defaults
const READ = `api://${api}/Orders.Read`
const redirectUri = 'http://localhost/callback'
const TOKEN = `${ROOT}/token`

let entra: Emulator
let key: ProofKey
let other: ProofKey

const start = async (dpop?: DpopOptions): Promise<void> => {
  entra = await createEmulator({
    apps: [
      { clientId: api, secret },
      { clientId: page, redirectUris: ['http://localhost/callback'], dpop },
      { clientId: daemon, secret, dpop },
      { clientId: portal, secret, redirectUris: ['http://localhost/callback'], dpop },
    ],
  })
  key = await entra.createProofKey()
  other = await entra.createProofKey()
}

beforeEach(() => start())

type Form = Record<string, string>

/** The members of an answer, and the nonce that came with it. */
async function ask(form: Form, proof?: string, address = TOKEN): Promise<Answer> {
  const headers: Form = proof === undefined ? {} : { dpop: proof }
  const answer = await entra.fetch(address, { method: 'POST', body: new URLSearchParams(form), headers })
  const nonce = answer.headers.get('dpop-nonce') ?? undefined
  return { ...((await answer.json()) as object), status: answer.status, nonce }
}

const proofOf = (signer: ProofKey, more: Partial<ProofOptions> = {}): Promise<string> =>
  signer.proof({ method: 'POST', url: TOKEN, ...more })

const asDaemon = { grant_type: 'client_credentials', client_id: daemon, client_secret: secret }
const forOrders = { ...asDaemon, scope: `api://${api}/.default` }

async function codeFor(more: Form = {}, client: string = page): Promise<Form> {
  const query = { client_id: client, response_type: 'code', redirect_uri: redirectUri }
  const scope = `openid offline_access ${READ}`
  const address = `${ROOT}/authorize?${new URLSearchParams({ ...query, scope, ...more })}`
  const { code = '' } = returned(await openBrowser(entra).pick(address, ADA))
  return { grant_type: 'authorization_code', client_id: client, redirect_uri: redirectUri, code }
}

const renewal = (answer: Answer): Form => ({
  grant_type: 'refresh_token',
  client_id: page,
  refresh_token: String(answer['refresh_token']),
})

const call = async (address: string, headers: Form) => (await entra.fetch(address, { headers })).status

const boundKey = (answer: Answer): unknown => decodeJwt(String(answer['access_token']))['cnf']

describe('the answer to a proof', () => {
  it('is a token of type DPoP that is bound to its key, in every flow', async () => {
    const device = await entra.fetch(`${ROOT}/devicecode`, {
      method: 'POST',
      body: new URLSearchParams({ client_id: page, scope: READ }),
    })
    const { device_code, user_code } = (await device.json()) as Form
    entra.settleDevice(user_code ?? '', ADA)
    const grants: Record<string, Form> = {
      code: await codeFor(),
      'client credentials': forOrders,
      'device code': {
        grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
        client_id: page,
        device_code: device_code ?? '',
      },
      password: {
        grant_type: 'password',
        client_id: page,
        scope: READ,
        username: 'ada@contoso.com',
        password: defaults.password,
      },
      'on behalf of': {
        grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
        client_id: api,
        client_secret: secret,
        requested_token_use: 'on_behalf_of',
        assertion: await entra.issueUserToken({ boundTo: other }),
        scope: 'https://graph.microsoft.com/User.Read',
      },
    }
    for (const [flow, form] of Object.entries(grants)) {
      const answer = await ask(form, await proofOf(key))
      expect([flow, answer.status, answer['token_type']]).toEqual([flow, 200, 'DPoP'])
      expect([flow, boundKey(answer)]).toEqual([flow, { jkt: key.jkt }])
    }
  })

  it('is of a policy of B2C and of External ID too', async () => {
    const root = `https://contosob2c.b2clogin.com/${defaults.b2cTenantId}/B2C_1_susi/oauth2/v2.0`
    entra.register({ apps: [{ clientId: daemon, secret, multiTenant: true }] })
    const scope = `api://${api}/.default`
    const proof = await key.proof({ method: 'POST', url: `${root}/token` })
    const answer = await ask({ ...asDaemon, scope }, proof, `${root}/token`)
    expect([answer['token_type'], boundKey(answer)]).toEqual(['DPoP', { jkt: key.jkt }])

    const external = `${authorityRoot(defaults.externalIdTenantId).replace('login.microsoftonline.com', 'contosociam.ciamlogin.com')}/token`
    const second = await ask(
      { ...asDaemon, scope },
      await key.proof({ method: 'POST', url: external }),
      external,
    )
    expect([second['token_type'], boundKey(second)]).toEqual(['DPoP', { jkt: key.jkt }])
  })

  it('is a bearer token where no proof came', async () => {
    const answer = await ask(forOrders)
    expect([answer['token_type'], boundKey(answer)]).toEqual(['Bearer', undefined])
    expect(answer['nonce']).toBeUndefined()
  })

  it('lets a page of any origin send the header', async () => {
    const answer = await entra.fetch(TOKEN, { method: 'OPTIONS' })
    expect(answer.headers.get('access-control-allow-headers')).toContain('*')
  })

  it.each<ProofAlgorithm>(['ES256', 'RS256', 'EdDSA'])('takes %s', async (algorithm) => {
    const signer = await entra.createProofKey(algorithm)
    expect(boundKey(await ask(forOrders, await proofOf(signer)))).toEqual({ jkt: signer.jkt })
  })

  it('takes an htu with a query, which says nothing', async () => {
    const claims = { htu: `${TOKEN}?a=b#c` }
    expect((await ask(forOrders, await proofOf(key, { claims }))).status).toBe(200)
  })

  it('takes an id of 1024 characters, and no longer one', async () => {
    const found: unknown[] = []
    for (const length of [1024, 1025])
      found.push((await ask(forOrders, await proofOf(key, { claims: { jti: 'a'.repeat(length) } }))).status)
    expect(found).toEqual([200, 400])
  })

  it('takes the key as the WebCrypto of a browser exports it, with ext and key_ops', async () => {
    const { publicKey, privateKey } = await generateKeyPair('ES256')
    const jwk = await exportJWK(publicKey)
    const proof = await new SignJWT({ jti: crypto.randomUUID(), htm: 'POST', htu: TOKEN })
      .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk: { ...jwk, ext: true, key_ops: ['verify'] } })
      .setIssuedAt()
      .sign(privateKey)
    // The query that MSAL adds to the address is not in its proof.
    const answer = await ask(forOrders, proof, `${TOKEN}?client-request-id=${crypto.randomUUID()}`)
    expect(boundKey(answer)).toEqual({ jkt: await calculateJwkThumbprint(jwk) })
  })
})

describe('a proof that is not one', () => {
  const invalid: readonly (readonly [string, Partial<ProofOptions>])[] = [
    ['is of another type', { header: { typ: 'JWT' } }],
    ['has no type', { header: { typ: undefined } }],
    ['is signed by nobody', { header: { alg: 'none' } }],
    ['says another algorithm than its key is for', { header: { alg: 'RS256' } }],
    ['names a MAC', { header: { alg: 'HS256' } }],
    ['has no key', { header: { jwk: undefined } }],
    ['has a critical extension', { header: { crit: ['exp'], exp: 1 } }],
    ['is for another method', { method: 'GET' }],
    ['has no method', { claims: { htm: undefined } }],
    ['writes the method in small letters', { method: 'post' }],
    ['is for the authorization endpoint', { url: `${ROOT}/authorize` }],
    ['is for another tenant', { url: `${authorityRoot(defaults.otherTenantId)}/token` }],
    ['is for plain http', { url: TOKEN.replace('https', 'http') }],
    ['is for another port', { url: TOKEN.replace('.com/', '.com:8443/') }],
    ['names no address', { claims: { htu: 'token' } }],
    ['has a list of addresses', { claims: { htu: [TOKEN] } }],
    ['has no time', { claims: { iat: undefined } }],
    ['has a time that is text', { claims: { iat: '1' } }],
    ['has no id', { claims: { jti: undefined } }],
    ['has an empty id', { claims: { jti: '' } }],
    ['has an id that is a number', { claims: { jti: 1 } }],
    ['has an endless id', { claims: { jti: 'a'.repeat(1025) } }],
    ['is about an access token', { accessToken: 'token' }],
  ]
  it.each(invalid)('%s: invalid_dpop_proof, and no token', async (_what, wrong) => {
    const answer = await ask(forOrders, await proofOf(key, wrong))
    expect([answer.status, ...codes(answer)]).toEqual([400, 'invalid_dpop_proof', undefined])
    expect(answer['access_token']).toBeUndefined()
  })

  it('shows a private or a symmetric key', async () => {
    const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true })
    const jwk = await exportJWK(privateKey)
    const sign = async (shown: object) =>
      new SignJWT({ jti: crypto.randomUUID(), htm: 'POST', htu: TOKEN })
        .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk: shown })
        .setIssuedAt()
        .sign(privateKey)
    expect((await ask(forOrders, await sign(await exportJWK(publicKey)))).status).toBe(200)
    for (const shown of [jwk, { kty: 'oct', k: 'AAAA' }]) {
      expect((await ask(forOrders, await sign(shown)))['error']).toBe('invalid_dpop_proof')
    }
  })

  it('is signed by an algorithm that is not taken', async () => {
    const { publicKey, privateKey } = await generateKeyPair('ES384')
    const proof = await new SignJWT({ jti: crypto.randomUUID(), htm: 'POST', htu: TOKEN })
      .setProtectedHeader({ alg: 'ES384', typ: 'dpop+jwt', jwk: await exportJWK(publicKey) })
      .setIssuedAt()
      .sign(privateKey)
    expect((await ask(forOrders, proof))['error']).toBe('invalid_dpop_proof')
  })

  it('is signed with another key than it shows', async () => {
    const [, payload = '', signature = ''] = (await proofOf(key)).split('.')
    const [header = ''] = (await proofOf(other)).split('.')
    expect((await ask(forOrders, `${header}.${payload}.${signature}`))['error']).toBe('invalid_dpop_proof')
  })

  it('is two proofs, or none', async () => {
    const two = `${await proofOf(key)}, ${await proofOf(key)}`
    for (const proof of [two, '', 'proof']) {
      expect((await ask(forOrders, proof))['error']).toBe('invalid_dpop_proof')
    }
  })

  it('is too old, or of a clock that is ahead', async () => {
    const now = Math.floor(entra.now() / 1000)
    const found: unknown[] = []
    for (const iat of [now - 400, now - 290, now + 50, now + 100])
      found.push((await ask(forOrders, await proofOf(key, { claims: { iat } }))).status)
    expect(found).toEqual([400, 200, 200, 400])
  })

  it('has been used: another key may have the same id', async () => {
    const claims = { jti: 'one' }
    const proof = await proofOf(key, { claims })
    expect((await ask(forOrders, proof)).status).toBe(200)
    expect(await ask(forOrders, proof)).toMatchObject({
      error: 'invalid_dpop_proof',
      error_description: expect.stringContaining('it has been used before'),
    })
    expect((await ask(forOrders, await proofOf(other, { claims }))).status).toBe(200)
  })

  it('leaves the code as it was', async () => {
    const form = await codeFor()
    expect((await ask(form, await proofOf(key, { method: 'GET' })))['error']).toBe('invalid_dpop_proof')
    expect((await ask(form, await proofOf(key))).status).toBe(200)
  })

  it.each<[string, Partial<ProofOptions>]>([
    ['htm is not the method of the request', { method: 'GET' }],
    ['ath is not the hash of the access token', { accessToken: 'token' }],
    ['jti is no identifier', { claims: { jti: 1 } }],
    // A point that is on no curve: what jose throws there is none of its own errors.
    [
      'it is not a JWT with its own public key',
      { header: { jwk: { kty: 'EC', crv: 'P-256', x: 'AA', y: 'AA' } } },
    ],
  ])('says that %s', async (words, wrong) => {
    const answer = await ask(forOrders, await proofOf(key, wrong))
    expect(answer['error_description']).toContain(`The DPoP proof is not valid: ${words}`)
  })

  it('says what is wrong with it, and repeats nothing of it', async () => {
    const answer = await ask(forOrders, await proofOf(key, { claims: { htu: 'https://evil.example/' } }))
    expect(answer['error_description']).toMatch(/^The DPoP proof is not valid: htu is not the address/)
    expect(answer).not.toHaveProperty('error_uri')
    expect(JSON.stringify(answer)).not.toContain('evil')
  })
})

describe('a code for one key (dpop_jkt)', () => {
  it('is redeemed with a proof of that key, and neither with another one nor without', async () => {
    const form = await codeFor({ dpop_jkt: key.jkt })
    expect((await ask(form))['error']).toBe('invalid_grant')
    expect((await ask(form, await proofOf(other)))['error']).toBe('invalid_grant')
    const answer = await ask(form, await proofOf(key))
    expect([answer['token_type'], boundKey(answer)]).toEqual(['DPoP', { jkt: key.jkt }])
  })

  it('is not given for what is no thumbprint', async () => {
    const address = `${ROOT}/authorize?${new URLSearchParams({
      client_id: page,
      response_type: 'code',
      redirect_uri: redirectUri,
      scope: READ,
      dpop_jkt: 'short',
    })}`
    const back = returned(await openBrowser(entra).silently(address))
    expect(back).toMatchObject({ error: 'invalid_request' })
    expect(back['error_description']).toMatch(/^AADSTS9002313: /)
  })
})

describe('a renewal', () => {
  it('takes another key each time, or none: as MSAL renews', async () => {
    const first = await ask(await codeFor({ dpop_jkt: key.jkt }), await proofOf(key))
    const second = await ask(renewal(first), await proofOf(other))
    expect([second['token_type'], boundKey(second)]).toEqual(['DPoP', { jkt: other.jkt }])
    const third = await ask(renewal(second))
    expect([third['token_type'], boundKey(third)]).toEqual(['Bearer', undefined])
  })

  it('takes the first key only, for a client that keeps its key', async () => {
    await start({ boundRefreshTokens: true })
    const first = await ask(await codeFor(), await proofOf(key))
    expect((await ask(renewal(first), await proofOf(other)))['error']).toBe('invalid_grant')
    expect((await ask(renewal(first)))['error']).toBe('invalid_grant')
    const second = await ask(renewal(first), await proofOf(key))
    expect(boundKey(second)).toEqual({ jkt: key.jkt })
    expect((await ask(renewal(second), await proofOf(other)))['error']).toBe('invalid_grant')
    expect((await ask(renewal(second), await proofOf(key))).status).toBe(200)
  })

  it('takes any key of a confidential client, which has its credential', async () => {
    await start({ boundRefreshTokens: true })
    const own = { client_id: portal, client_secret: secret }
    const first = await ask({ ...(await codeFor({}, portal)), ...own }, await proofOf(key))
    const second = await ask({ ...renewal(first), ...own }, await proofOf(other))
    expect(boundKey(second)).toEqual({ jkt: other.jkt })
  })
})

describe('a client that must repeat nonces', () => {
  beforeEach(() => start({ nonce: true }))

  it('is told the first one, and the next with each answer', async () => {
    const refused = await ask(forOrders, await proofOf(key))
    expect([refused.status, refused['error']]).toEqual([400, 'use_dpop_nonce'])
    const nonce = String(refused['nonce'])
    const answer = await ask(forOrders, await proofOf(key, { nonce }))
    expect([answer.status, boundKey(answer)]).toEqual([200, { jkt: key.jkt }])
    const next = String(answer['nonce'])
    expect(next).not.toBe(nonce)
    expect((await ask(forOrders, await proofOf(key, { nonce: next }))).status).toBe(200)
  })

  it('makes none up, and keeps none for longer than five minutes', async () => {
    const { nonce } = await ask(forOrders, await proofOf(key))
    const refusal = async (claims: object) => {
      const proof = await key.proof({ method: 'POST', url: TOKEN, claims: { ...claims } })
      return (await ask(forOrders, proof))['error']
    }
    expect(await refusal({ nonce: 'made-up' })).toBe('use_dpop_nonce')
    expect(await refusal({ nonce: [nonce] })).toBe('use_dpop_nonce')
    entra.advance(300)
    expect(await refusal({ nonce })).toBe('use_dpop_nonce')
  })

  it('may repeat a nonce for five minutes, to the millisecond', async () => {
    const now = Date.now()
    entra = await createEmulator({
      now: () => now,
      apps: [{ clientId: api }, { clientId: daemon, secret, dpop: { nonce: true } }],
    })
    key = await entra.createProofKey()
    const nonce = String((await ask(forOrders, await proofOf(key)))['nonce'])
    entra.advance(300)
    expect((await ask(forOrders, await proofOf(key, { nonce })))['error']).toBe('use_dpop_nonce')
    entra.advance(-0.001)
    expect((await ask(forOrders, await proofOf(key, { nonce }))).status).toBe(200)
  })

  it('gets no nonce for a proof that is wrong anyway, and bearer tokens without one', async () => {
    const wrong = await ask(forOrders, await proofOf(key, { method: 'GET' }))
    expect([wrong['error'], wrong['nonce']]).toEqual(['invalid_dpop_proof', undefined])
    expect((await ask(forOrders))['token_type']).toBe('Bearer')
  })

  it('may read it in a page', async () => {
    const answer = await entra.fetch(TOKEN, {
      method: 'POST',
      body: new URLSearchParams(forOrders),
      headers: { dpop: await proofOf(key) },
    })
    expect(answer.headers.get('access-control-expose-headers')).toBe('DPoP-Nonce')
  })
})

describe('what Microsoft serves beside sign-in', () => {
  const me = 'https://graph.microsoft.com/v1.0/me'
  const userInfo = 'https://graph.microsoft.com/oidc/userinfo'

  it('takes a bound token with a proof of its key, once, and not as a bearer token', async () => {
    const scopes = ['User.Read', 'openid']
    const accessToken = await entra.issueUserToken({
      audience: 'https://graph.microsoft.com',
      scopes,
      boundTo: key,
    })
    for (const url of [me, userInfo]) {
      const proof = (signer: ProofKey, more = {}) =>
        signer.proof({ method: 'GET', url, accessToken, ...more })
      const authorization = `DPoP ${accessToken}`
      const dpop = await proof(key)
      expect(await call(url, { authorization, dpop })).toBe(200)
      expect(await call(url, { authorization, dpop })).toBe(401)
      expect(await call(url, { authorization, dpop: await proof(other) })).toBe(401)
      expect(await call(url, { authorization, dpop: await proof(key, { accessToken: 'another' }) })).toBe(401)
      expect(await call(url, { authorization })).toBe(401)
      expect(await call(url, { authorization: `Bearer ${accessToken}`, dpop: await proof(key) })).toBe(401)
    }
  })

  it('takes no plain token as a bound one', async () => {
    const accessToken = await entra.issueUserToken({
      audience: 'https://graph.microsoft.com',
      scopes: ['User.Read'],
    })
    const dpop = await key.proof({ method: 'GET', url: me, accessToken })
    expect(await call(me, { authorization: `DPoP ${accessToken}`, dpop })).toBe(401)
    expect(await call(me, { authorization: `Bearer ${accessToken}` })).toBe(200)
  })
})

describe('an emulator in another process', () => {
  it('takes the address that the client wrote: Microsoft’s, or its own', async () => {
    const { url, close } = await listen(entra)
    try {
      const own = `${url}/${defaults.tenantId}/oauth2/v2.0/token`
      const tokenType = async (send: typeof fetch, address: string, htu: string): Promise<unknown> => {
        const proof = await key.proof({ method: 'POST', url: htu })
        const body = new URLSearchParams(forOrders)
        const answer = await send(address, { method: 'POST', body, headers: { dpop: proof } })
        const { token_type, error } = (await answer.json()) as Form
        return token_type ?? error
      }
      const bridge = emulatorFetch(url)
      expect(await tokenType(bridge, TOKEN, TOKEN)).toBe('DPoP')
      expect(await tokenType(bridge, TOKEN, own)).toBe('invalid_dpop_proof')
      expect(await tokenType(fetch, own, own)).toBe('DPoP')
      expect(await tokenType(fetch, own, TOKEN)).toBe('invalid_dpop_proof')
    } finally {
      await close()
    }
  })
})

test('a proof for a test of an API is about that request, on the clock of the emulator', async () => {
  entra.advance(3600)
  const accessToken = await entra.issueUserToken({ boundTo: key })
  const url = 'https://orders.contoso.com/orders'
  const proof = await key.proof({ method: 'GET', url: `${url}?top=1#row`, accessToken, nonce: 'n1' })
  const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(accessToken))
  expect(decodeProtectedHeader(proof)).toMatchObject({ typ: 'dpop+jwt', alg: 'ES256', jwk: { kty: 'EC' } })
  expect(decodeJwt(proof)).toEqual({
    jti: expect.stringMatching(/^[\da-f-]{36}$/),
    htm: 'GET',
    htu: url,
    iat: Math.floor(entra.now() / 1000),
    ath: Buffer.from(hash).toString('base64url'),
    nonce: 'n1',
  })
  expect(await askToken(entra, forOrders, { headers: { dpop: await proofOf(key) } })).toMatchObject({
    status: 200,
  })
})

test('an algorithm that signs no proofs is a mistake', async () => {
  // @ts-expect-error -- there is no such algorithm for proofs
  await expect(entra.createProofKey('HS256')).rejects.toThrow(TypeError)
})
