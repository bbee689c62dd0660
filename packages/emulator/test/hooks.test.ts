import { decodeJwt, decodeProtectedHeader } from 'jose'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { createEmulator, defaults, type Emulator } from '../src/index.ts'
import { listen, type Listening } from '../src/node.ts'
import { ADA, askToken, openBrowser, ROOT, type Answer } from './flows/caller.ts'

const { apiClientId: api, webClientId: web, daemonClientId: daemon, secret } = defaults
const KEYS = 'https://login.microsoftonline.com/common/discovery/v2.0/keys'

let entra: Emulator

beforeEach(async () => {
  entra = await createEmulator()
})

const ownToken = async (): Promise<Answer> =>
  askToken(entra, {
    grant_type: 'client_credentials',
    client_id: daemon,
    client_secret: secret,
    scope: `api://${api}/.default`,
  })

async function signIn(): Promise<Answer> {
  const redirect_uri = 'http://localhost:5173/callback'
  const query = {
    client_id: web,
    response_type: 'code',
    redirect_uri,
    scope: `openid profile api://${api}/Orders.Read`,
  }
  const back = await openBrowser(entra).pick(`${ROOT}/authorize?${new URLSearchParams(query)}`, ADA)
  const code = back.searchParams.get('code') ?? ''
  return askToken(entra, { grant_type: 'authorization_code', client_id: web, redirect_uri, code })
}

describe('nextToken', () => {
  it('changes one token, of whatever flow, and the one after it no more', async () => {
    entra.nextToken({ claims: { roles: ['Odd'], azp: undefined }, header: { typ: 'at+jwt' }, expiresIn: 60 })
    const first = await ownToken()
    const token = String(first['access_token'])
    expect(decodeJwt(token)).toMatchObject({ roles: ['Odd'] })
    expect(decodeJwt(token)).not.toHaveProperty('azp')
    expect(decodeProtectedHeader(token).typ).toBe('at+jwt')
    expect(first['expires_in']).toBeLessThanOrEqual(60)
    expect(decodeJwt(String((await ownToken())['access_token']))).toHaveProperty('azp', daemon)
  })

  it('waits for the kind that it is meant for', async () => {
    entra.nextToken({ kind: 'id', claims: { nonce: 'another' } })
    entra.nextToken({ kind: 'access', signWith: 'unknown' })
    const answer = await signIn()
    expect(decodeJwt(String(answer['id_token']))).toHaveProperty('nonce', 'another')
    const { kid } = decodeProtectedHeader(String(answer['access_token']))
    const { keys } = (await (await entra.fetch(KEYS)).json()) as { keys: { kid: string }[] }
    expect(keys.map((key) => key.kid)).not.toContain(kid)
  })

  it('holds for tokens that are issued by hand, and is forgotten by calm', async () => {
    entra.nextToken({ claims: { tid: 'x' } })
    expect(decodeJwt(await entra.issueUserToken({ claims: { odd: 1 } }))).toMatchObject({ tid: 'x', odd: 1 })
    entra.nextToken({ claims: { tid: 'x' } })
    entra.calm()
    expect(decodeJwt(await entra.issueB2cToken())).not.toHaveProperty('tid')
  })
})

describe('nextResponse', () => {
  it('is what the next answer becomes, of the kind that it is meant for', async () => {
    entra.nextResponse({ on: 'token', status: 503, headers: { 'retry-after': '7' }, body: { error: 'busy' } })
    expect((await entra.fetch(KEYS)).status).toBe(200)
    const busy = await entra.fetch(`${ROOT}/token`, { method: 'POST' })
    expect([busy.status, busy.headers.get('retry-after'), await busy.json()]).toEqual([
      503,
      '7',
      { error: 'busy' },
    ])
    expect((await ownToken()).status).toBe(200)
    entra.nextResponse({ body: 'not JSON' })
    expect(await (await entra.fetch(KEYS)).text()).toBe('not JSON')
  })

  it('may be made of the real one by a function', async () => {
    entra.nextResponse(async (response, request) => {
      const { keys } = (await response.json()) as { keys: object[] }
      return Response.json({ keys: keys.slice(0, 1), asked: request.url })
    }, 'keys')
    expect(await (await entra.fetch(KEYS)).json()).toEqual({ keys: [expect.any(Object)], asked: KEYS })
    const { keys } = (await (await entra.fetch(KEYS)).json()) as { keys: object[] }
    expect(keys.length).toBeGreaterThan(1)
  })
})

describe('requests', () => {
  it('are cleared by name, and equal a list of the same records', async () => {
    await entra.fetch(KEYS)
    expect(entra.requests).toEqual([{ method: 'GET', url: KEYS }])
    entra.requests.clear()
    expect(entra.requests).toEqual([])
  })
})

describe('from another process', () => {
  let server: Listening

  beforeEach(async () => {
    server = await listen(entra)
  })

  afterEach(() => server.close())

  const post = async (name: string, body: unknown = {}): Promise<unknown> => {
    const init = { method: 'POST', headers: { 'content-type': 'application/json' } }
    return (await fetch(`${server.url}/__emulator/${name}`, { ...init, body: JSON.stringify(body) })).json()
  }

  it('all of them can be asked for', async () => {
    expect(await post('next-token', { claims: { azp: null } })).toEqual({ ok: true })
    expect(decodeJwt(String((await ownToken())['access_token']))).not.toHaveProperty('azp')
    expect(await post('next-response', { on: 'keys', status: 500, body: 'gone' })).toEqual({ ok: true })
    expect((await entra.fetch(KEYS)).status).toBe(500)
    expect(await post('clear-requests')).toEqual({ ok: true })
    expect(entra.requests).toEqual([])
    expect(await post('next-token', { kind: 'both' })).toEqual({
      error: 'kind must be one of "access", "id"',
    })
    expect(await post('next-response', { status: 99 })).toEqual({
      error: 'status must be a whole number from 200 to 599',
    })
  })
})
