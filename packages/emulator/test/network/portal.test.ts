import { request as send } from 'node:http'

import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { answerPortal, type FindPortalFile } from '../../src/network/portal.ts'
import { createEmulator, defaults, type Emulator } from '../../src/index.ts'
import {
  listen,
  serveInspector,
  type InspectorOptions,
  type Listening,
  type ServedInspector,
} from '../../src/node.ts'

const index = '<html lang="en" data-mode="emulator">'
const find: FindPortalFile = (name) =>
  Promise.resolve(
    new Map([
      ['index.html', { type: 'text/html; charset=utf-8', content: new TextEncoder().encode(index) }],
      ['portal.js', { type: 'text/javascript', content: new TextEncoder().encode('1') }],
    ]).get(name),
  )
const get = (path: string, method = 'GET'): Request => new Request(`http://127.0.0.1:8484${path}`, { method })

describe('the files of the portal', () => {
  it('say what the page is for, and let it ask nobody but its own address', async () => {
    const page = await answerPortal(get('/'), 'inspector', find)
    expect(await page?.text()).toBe('<html lang="en" data-mode="inspector">')
    const policy = page?.headers.get('content-security-policy') ?? ''
    expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self'")
    expect(policy).toContain("connect-src 'self'")
    expect(policy).toContain("frame-ancestors 'none'")
    expect(policy).not.toMatch(/unsafe|https?:|\*|data:|blob:/)
    expect(page?.headers.get('referrer-policy')).toBe('no-referrer')
  })

  it.each([
    ['/__portal/portal.js', 'GET', 200],
    ['/__portal/portal.js', 'POST', undefined],
    ['/__portal/../package.json', 'GET', undefined],
    ['/__portal/..%2Fpackage.json', 'GET', 404],
    ['/__portal/constructor', 'GET', 404],
    ['/__portal/', 'GET', undefined],
    [`/${defaults.tenantId}/v2.0/.well-known/openid-configuration`, 'GET', undefined],
  ])('are found by their name alone: %s, %s', async (path, method, status) => {
    expect((await answerPortal(get(path, method), 'emulator', find))?.status).toBe(status)
  })

  it('are missing where the program was bundled without them, and the page says so', async () => {
    const page = await answerPortal(get('/'), 'emulator', () => Promise.resolve(undefined))
    expect([page?.status, await page?.text()]).toEqual([
      503,
      expect.stringContaining('files of the portal are missing'),
    ])
  })
})

let entra: Emulator
let server: Listening

const ask = async <Answer>(name: string): Promise<Answer> =>
  (await (await fetch(`${server.url}/__emulator/${name}`)).json()) as Answer
const post = (path: string, body: object, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(`${server.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })
const token = (members: Record<string, string>): Promise<Response> =>
  fetch(`${server.url}/${defaults.tenantId}/oauth2/v2.0/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: defaults.daemonClientId,
      ...members,
    }),
  })

interface Row {
  readonly id: number
  readonly status: number
  readonly kind: string
  readonly why: string
  readonly url: string
  readonly form: Record<string, string>
}

beforeEach(async () => {
  entra = await createEmulator()
  server = await listen(entra)
})

afterEach(() => server.close())

describe('what is asked of the emulator', () => {
  it('is written down with its answer and why, without anything that lets somebody in', async () => {
    const scope = `api://${defaults.apiClientId}/.default`
    await token({ client_secret: 'a-wrong-one', scope })
    const granted = (await (await token({ client_secret: defaults.secret, scope })).json()) as {
      access_token: string
    }
    await fetch(`${server.url}/${defaults.tenantId}/discovery/v2.0/keys`)
    await fetch(`${server.url}/nobody.example/v2.0/.well-known/openid-configuration`)
    await fetch(
      `${server.url}/${defaults.tenantId}/oauth2/v2.0/authorize?client_id=${defaults.webClientId}&code=a-code`,
      { redirect: 'manual' },
    )
    const rows = await ask<readonly Row[]>('traffic')
    expect(rows.map(({ kind, status }) => [kind, status])).toEqual([
      ['token', 401],
      ['token', 200],
      ['keys', 200],
      ['metadata', 400],
      ['other', expect.any(Number)],
    ])
    expect(rows.map(({ why }) => why)).toEqual([
      expect.stringContaining('invalid_client: AADSTS7000215'),
      'client_credentials of Orders daemon: access token',
      expect.stringMatching(/^\d+ keys?: [\w-]{20,}/),
      expect.stringContaining('invalid_tenant: AADSTS90002'),
      expect.any(String),
    ])
    expect(rows[0]?.form).toMatchObject({ client_id: defaults.daemonClientId, scope })
    const all = JSON.stringify(rows)
    for (const secret of ['a-wrong-one', defaults.secret, granted.access_token, 'a-code']) {
      expect(all).not.toContain(secret)
    }
    expect(rows.filter(({ why }) => why.includes('Trace ID'))).toEqual([])
    expect(await ask(`traffic?after=${rows.at(-1)?.id}`)).toEqual([])
  })

  it('is written down too where the connection was dropped', async () => {
    entra.goOffline()
    expect(await ask('status')).toMatchObject({ offline: true })
    await expect(fetch(`${server.url}/${defaults.tenantId}/discovery/v2.0/keys`)).rejects.toThrow(
      'fetch failed',
    )
    entra.goOnline()
    expect((await ask<readonly Row[]>('traffic')).at(-1)).toMatchObject({ status: 0, kind: 'keys' })
  })

  it('does not fill the memory', async () => {
    const many = Array.from({ length: 520 }, () => fetch(`${server.url}/${defaults.tenantId}/nothing`))
    await Promise.all(many.map(async (answer) => (await answer).arrayBuffer()))
    expect(await ask<readonly Row[]>('traffic')).toHaveLength(500)
  })
})

describe('the inspector alone', () => {
  const tenant = defaults.tenantId

  it('gives its token once, to the page that knows the code', async () => {
    const { url, close } = await serveInspector({ token: 'a.b.c' })
    const { origin, hash } = new URL(url)
    const code = hash.replace('#token=', '')
    const take = async (given: string): Promise<unknown> =>
      (
        await fetch(`${origin}/__inspector/token`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ code: given }),
        })
      ).json()
    expect(await take('another')).toEqual({ token: null })
    expect(await take(code)).toEqual({ token: 'a.b.c' })
    expect(await take(code)).toEqual({ token: null })
    await close()
  })

  it('fetches keys of a tenant from the host of its cloud, and from nowhere else', async () => {
    const asked: string[] = []
    const options: InspectorOptions = {
      fetch: (address) => {
        asked.push(address)
        return address.includes('sovcloud')
          ? Promise.resolve(Response.json({ keys: [] }))
          : entra.fetch(address)
      },
    }
    const { url, close }: ServedInspector = await serveInspector(options)
    const keys = async (body: object, headers: Record<string, string> = {}): Promise<number> =>
      (
        await fetch(`${url}__inspector/keys`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', ...headers },
          body: JSON.stringify(body),
        })
      ).status
    expect(await keys({ tenant })).toBe(200)
    expect(await keys({ tenant, cloud: 'public', appId: defaults.apiClientId })).toBe(200)
    expect(await keys({ tenant, cloud: 'delos' })).toBe(200)
    expect(asked).toEqual([
      `https://login.microsoftonline.com/${tenant}/discovery/v2.0/keys`,
      `https://login.microsoftonline.com/${tenant}/discovery/v2.0/keys?appid=${defaults.apiClientId}`,
      `https://login.sovcloud-identity.de/${tenant}/discovery/v2.0/keys`,
    ])
    expect(await keys({ tenant: '../common' })).toBe(400)
    expect(await keys({ tenant, cloud: 'attacker.example' })).toBe(400)
    expect(await keys({ tenant, cloud: 'constructor' })).toBe(400)
    expect(await keys({ tenant, address: 'https://attacker.example' })).toBe(400)
    expect(await keys({ tenant }, { origin: 'https://attacker.example' })).toBe(403)
    expect(await keys({ tenant }, { 'sec-fetch-site': 'cross-site' })).toBe(403)
    expect(await keys({ tenant }, { 'content-type': 'text/plain' })).toBe(415)
    expect(asked).toHaveLength(3)
    await close()
  })

  it('reads no more of an answer than keys can be', async () => {
    let isCancelled = false
    const endless = new ReadableStream({
      pull: (stream) => stream.enqueue(new TextEncoder().encode(' '.repeat(65_536))),
      cancel: () => {
        isCancelled = true
      },
    })
    const { url, close } = await serveInspector({ fetch: () => Promise.resolve(new Response(endless)) })
    const answer = await fetch(`${url}__inspector/keys`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ tenant }),
    })
    expect([answer.status, await answer.json()]).toEqual([
      400,
      { error: 'The answer is longer than keys can be' },
    ])
    expect(isCancelled).toBe(true)
    await close()
  })

  it('answers nobody whose host name was made to resolve to this machine', async () => {
    const { url, port, close } = await serveInspector()
    const status = await new Promise((resolve, reject) => {
      send({ port, path: '/', headers: { host: 'evil.example' } }, (answer) => resolve(answer.statusCode))
        .on('error', reject)
        .end()
    })
    expect(status).toBe(403)
    expect((await fetch(`${url}__emulator/status`)).status).toBe(404)
    await close()
  })
})

describe('what the portal changes', () => {
  it.each([
    ['a page of another site', { origin: 'https://attacker.example' }, 403],
    ['a page of another port', { origin: 'http://127.0.0.1:1' }, 403],
    ['a form', { 'content-type': 'application/x-www-form-urlencoded' }, 415],
    ['the portal itself', { 'sec-fetch-site': 'same-origin' }, 200],
  ])('is changed by %s: %o', async (_who, headers, status) => {
    expect((await post('/__emulator/rotate', {}, headers)).status).toBe(status)
  })
})
