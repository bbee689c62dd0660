import { createHash } from 'node:crypto'

import { decodeJwt } from 'jose'
import { beforeEach, describe, expect, it } from 'vitest'

import { createEmulator, defaults, type Emulator } from '../../src/index.ts'
import { verified } from '../support.ts'
import { ADA, openBrowser, returned, ROOT } from './caller.ts'

const { apiClientId: api, webClientId: web } = defaults

let entra: Emulator

const start = async (implicitGrant = {}): Promise<void> => {
  entra = await createEmulator({
    apps: [{ clientId: api }, { clientId: web, redirectUris: ['http://localhost/callback'], implicitGrant }],
  })
}

beforeEach(() => start({ idTokens: true, accessTokens: true }))

const address = (type: string, more: Record<string, string> = {}): string =>
  `${ROOT}/authorize?${new URLSearchParams({
    client_id: web,
    response_type: type,
    redirect_uri: 'http://localhost:5173/callback',
    scope: `openid profile api://${api}/Orders.Read`,
    nonce: 'n-1',
    ...more,
  })}`

const half = (value: string): string =>
  createHash('sha256').update(value).digest().subarray(0, 16).toString('base64url')

const errorOf = async (url: string): Promise<string> => {
  const { error, error_description: text = '' } = returned(await openBrowser(entra).silently(url))
  return `${error} ${/AADSTS\d+/.exec(text)?.[0]}`
}

describe('the authorization endpoint hands out', () => {
  it('an ID token, in the fragment', async () => {
    const back = await openBrowser(entra).pick(address('id_token'), ADA)
    expect(back.search).toBe('')
    const { id_token: token = '', code } = returned(back)
    expect(code).toBeUndefined()
    expect(await verified(entra, token)).toMatchObject({ aud: web, nonce: 'n-1', oid: ADA, ver: '2.0' })
  })

  it('a code and an ID token that is bound to it', async () => {
    const back = await openBrowser(entra).pick(address('code id_token'), ADA)
    expect(back.search).toBe('')
    const { code = '', id_token: token = '' } = returned(back)
    expect(decodeJwt(token)).toMatchObject({ c_hash: half(code), aud: web })
  })

  it('an access token and an ID token that is bound to it', async () => {
    const { access_token: access = '', ...more } = returned(
      await openBrowser(entra).pick(address('id_token token'), ADA),
    )
    expect(await verified(entra, access)).toMatchObject({ aud: api, azp: web, scp: 'Orders.Read' })
    expect(decodeJwt(more['id_token'] ?? '')).toMatchObject({ at_hash: half(access) })
    expect(more).toMatchObject({ token_type: 'Bearer', scope: `api://${api}/Orders.Read` })
    const claims = decodeJwt(access)
    expect(Number(more['expires_in'])).toBeGreaterThanOrEqual(3600)
    expect(claims.exp).toBeGreaterThan(Date.now() / 1000)
  })

  it('all of that by a form as well, and never in the query, where it would be logged', async () => {
    const body = new URLSearchParams([
      ...new URL(address('code id_token', { response_mode: 'form_post' })).searchParams,
      ['user', ADA],
    ])
    const posted = await entra.fetch(`${ROOT}/authorize`, { method: 'POST', body })
    expect(await posted.text()).toContain('name="id_token"')
    for (const type of ['id_token', 'code id_token', 'token']) {
      const refused = await entra.fetch(address(type, { response_mode: 'query' }))
      expect(refused.headers.get('location')).toMatch(/callback#error=invalid_request.*AADSTS70007/)
    }
  })

  it('nothing that the registration does not allow, and no ID token without a nonce', async () => {
    expect(await errorOf(address('id_token', { nonce: '' }))).toBe('invalid_request AADSTS900144')
    expect(await errorOf(address('code code'))).toBe('unsupported_response_type AADSTS70005')
    expect(await errorOf(address('secret'))).toBe('unsupported_response_type AADSTS70005')
    await start()
    for (const type of ['id_token', 'code id_token']) {
      expect(await errorOf(address(type))).toBe('unsupported_response_type AADSTS700054')
    }
    expect(await errorOf(address('token'))).toBe('unsupported_response_type AADSTS700051')
    const refused = returned(await openBrowser(entra).silently(address('token')))
    expect(refused['error_description']).toContain("response_type 'token' is not enabled")
  })
})

it('the default web app may ask for an ID token with the code, as frameworks of the server do', async () => {
  entra = await createEmulator()
  const members = { client_id: defaults.portalClientId, redirect_uri: 'https://localhost:7001/signin-oidc' }
  const body = new URLSearchParams([
    ...new URL(address('code id_token', { ...members, response_mode: 'form_post' })).searchParams,
    ['user', ADA],
  ])
  const posted = await entra.fetch(`${ROOT}/authorize`, { method: 'POST', body })
  expect(await posted.text()).toContain('action="https://localhost:7001/signin-oidc"')
})
