import { beforeEach, describe, expect, it } from 'vitest'

import { createEmulator, defaults, type Emulator } from '../../src/index.ts'
import { ADA, askToken, codes, openBrowser, ROOT, type Answer } from './caller.ts'

const { apiClientId: api, webClientId: web, secret } = defaults
const PAGE = 'https://page.example'
const SERVER = 'https://server.example'
const CHALLENGE = 'a'.repeat(43)

let entra: Emulator

beforeEach(async () => {
  entra = await createEmulator({
    apps: [
      { clientId: api },
      {
        clientId: web,
        secret,
        redirectUris: [
          { uri: `${PAGE}/callback`, platform: 'spa' },
          { uri: `${SERVER}/callback`, platform: 'web' },
          { uri: 'http://localhost/desktop', platform: 'publicClient' },
        ],
      },
    ],
  })
})

async function redeem(
  redirectUri: string,
  { headers = {}, form = {}, query = {} }: Record<string, Record<string, string>> = {},
): Promise<Answer> {
  const address = `${ROOT}/authorize?${new URLSearchParams({
    client_id: web,
    response_type: 'code',
    redirect_uri: redirectUri,
    scope: `openid offline_access api://${api}/Orders.Read`,
    code_challenge: CHALLENGE,
    code_challenge_method: 'plain',
    ...query,
  })}`
  const back = await openBrowser(entra).pick(address, ADA)
  const code = back.searchParams.get('code') ?? ''
  const own = { grant_type: 'authorization_code', client_id: web, redirect_uri: redirectUri, code }
  return askToken(entra, { ...own, code_verifier: CHALLENGE, ...form }, { headers })
}

const refresh = async (answer: Answer, headers: Record<string, string> = {}): Promise<Answer> =>
  askToken(
    entra,
    { grant_type: 'refresh_token', client_id: web, refresh_token: String(answer['refresh_token']) },
    { headers },
  )

describe('the platform of a redirect URI', () => {
  it('spa: a page redeems its code without a secret, with PKCE, and nobody else does', async () => {
    const page = { origin: PAGE }
    const answer = await redeem(`${PAGE}/callback`, { headers: page })
    expect(answer.status).toBe(200)
    expect((await refresh(answer, page)).status).toBe(200)
    expect(codes(await refresh(answer))).toEqual(['invalid_request', 9002327])
    const server = { form: { client_secret: secret } }
    expect(codes(await redeem(`${PAGE}/callback`, server))).toEqual(['invalid_request', 9002327])
    const withoutProof = { headers: page, query: { code_challenge: '' } }
    expect(codes(await redeem(`${PAGE}/callback`, withoutProof))).toEqual(['invalid_request', 9002325])
  })

  it('spa: the refresh token ends after a day', async () => {
    const answer = await redeem(`${PAGE}/callback`, { headers: { origin: PAGE } })
    entra.advance(24 * 3600)
    expect(codes(await refresh(answer, { origin: PAGE }))).toEqual(['invalid_grant', 700084])
  })

  it('web: a server redeems it with its secret, and a page cannot', async () => {
    const form = { client_secret: secret }
    expect((await redeem(`${SERVER}/callback`, { form })).status).toBe(200)
    expect(codes(await redeem(`${SERVER}/callback`))).toEqual(['invalid_client', 7000218])
    const headers = { origin: SERVER }
    expect(codes(await redeem(`${SERVER}/callback`, { form, headers }))).toEqual(['invalid_request', 9002326])
  })

  it('publicClient: a desktop app needs no secret, although the registration has one', async () => {
    const answer = await redeem('http://localhost:8400/desktop')
    expect(answer.status).toBe(200)
    expect((await refresh(answer)).status).toBe(200)
  })
})

const ask = async (id: string): Promise<unknown> => {
  const headers = { 'client-request-id': id }
  return (await askToken(entra, { grant_type: 'password', client_id: web }, { headers }))['correlation_id']
}

describe('a page of another origin', () => {
  it('may read why it gets no token, and sends anything that is asked for first', async () => {
    const body = new URLSearchParams({ grant_type: 'refresh_token', client_id: web, refresh_token: 'gone' })
    const headers = { origin: 'https://elsewhere.example' }
    const refused = await entra.fetch(`${ROOT}/token`, { method: 'POST', body, headers })
    expect([refused.status, refused.headers.get('access-control-allow-origin')]).toEqual([401, '*'])
    for (const address of [`${ROOT}/token`, `${ROOT}/devicecode`, 'https://graph.microsoft.com/v1.0/me']) {
      const preflight = await entra.fetch(address, { method: 'OPTIONS', headers })
      expect([address, preflight.status, preflight.headers.get('access-control-allow-origin')]).toEqual([
        address,
        200,
        '*',
      ])
    }
    const graph = await entra.fetch('https://graph.microsoft.com/v1.0/me', { headers })
    expect([graph.status, graph.headers.get('access-control-allow-origin')]).toEqual([401, '*'])
  })

  it('gets the id back that it gave its request, when that is an id', async () => {
    const id = crypto.randomUUID()
    expect(await ask(id)).toBe(id)
    expect(await ask('<script>')).not.toContain('<')
  })
})
