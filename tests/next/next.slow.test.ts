import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import path from 'node:path'
import { text } from 'node:stream/consumers'

import { createEmulator, type Emulator } from '@entraguard/emulator'
import { listen, type Listening } from '@entraguard/emulator/node'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { buildNext, startNext, type NextServer } from './next-process.ts'

const fixture = (name: string): string => path.join(import.meta.dirname, 'fixtures', name)
const readJson = async (name: string, file: string): Promise<Record<string, Record<string, unknown>>> =>
  JSON.parse(await readFile(path.join(fixture(name), '.next', file), 'utf8')) as never

let entra: Emulator
let emulator: Listening

beforeAll(async () => {
  entra = await createEmulator()
  emulator = await listen(entra)
})

afterAll(() => emulator?.close())

/** Node's client, because `fetch` joins two headers of one name. */
async function statusOf(port: number, where: string, authorizations: readonly string[]): Promise<number> {
  const sent = httpRequest({
    host: '127.0.0.1',
    port,
    path: where,
    headers: ['host', 'localhost', ...authorizations.flatMap((value) => ['authorization', value])],
  })
  sent.end()
  const [response] = (await once(sent, 'response')) as [IncomingMessage]
  response.resume()
  return response.statusCode ?? 0
}

const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` })

describe('an app on a production build', () => {
  let server: NextServer
  let reader: Record<string, string>
  let buildId: string

  const get = (where: string, headers: Record<string, string> = {}): Promise<Response> =>
    fetch(`${server.url}${where}`, { headers })

  beforeAll(async () => {
    const { ok, output } = await buildNext(fixture('main'))
    if (!ok) throw new Error(output)
    buildId = await readFile(path.join(fixture('main'), '.next/BUILD_ID'), 'utf8')
    server = await startNext(fixture('main'), { ENTRA_EMULATOR_URL: emulator.url })
    reader = bearer(await entra.issueUserToken({ scopes: ['Orders.Read'] }))
  })

  afterAll(() => server?.stop())

  const routes = [
    '/orders/1',
    '/edge/orders',
    '/plain',
    '/revalidated',
    '/default-cache',
    '/api/orders',
    '/proxied',
  ]
  const pages = ['/account', '/session', '/legacy']

  /** Headers by which a request tells Next that it comes from Next. */
  const disguises: readonly (readonly [string, Record<string, string>])[] = [
    ...['proxy', 'src/proxy', 'middleware', 'src/middleware', 'pages/_middleware'].flatMap((name) => [
      [`x-middleware-subrequest ${name}`, { 'x-middleware-subrequest': name }] as const,
      [
        `x-middleware-subrequest ${name} x 5`,
        { 'x-middleware-subrequest': Array(5).fill(name).join(':') },
      ] as const,
    ]),
    ['RSC', { rsc: '1' }],
    ['RSC prefetch', { rsc: '1', 'next-router-prefetch': '1', 'next-url': '/account' }],
    ['segment prefetch', { rsc: '1', 'next-router-prefetch': '1', 'next-router-segment-prefetch': '/_tree' }],
    ['router state', { rsc: '1', 'next-router-state-tree': '%5B%22%22%2C%7B%7D%5D' }],
    ['browser prefetch', { purpose: 'prefetch', 'sec-purpose': 'prefetch;prerender' }],
    ['server action', { 'next-action': '00'.repeat(21) }],
    ['pages data', { 'x-nextjs-data': '1' }],
    [
      'overridden headers',
      { 'x-middleware-override-headers': 'authorization', 'x-middleware-request-authorization': 'GOOD' },
    ],
    ['proxy said next', { 'x-middleware-next': '1' }],
    ['proxy rewrote', { 'x-middleware-rewrite': '/health' }],
    ['invoked path', { 'x-invoke-path': '/health', 'x-invoke-status': '200', 'x-matched-path': '/health' }],
    ['revalidation', { 'x-prerender-revalidate': 'x', 'x-prerender-revalidate-if-generated': '1' }],
    ['preview', { cookie: '__prerender_bypass=x; __next_preview_data=x' }],
    ['another method', { 'x-http-method-override': 'OPTIONS', 'x-method-override': 'OPTIONS' }],
  ]

  describe('headers that claim to come from Next', () => {
    it.each(disguises)('lets nobody past the token for %s headers', async (_name, disguise) => {
      const headers = Object.fromEntries(
        Object.entries(disguise).map(([name, value]) => [
          name,
          value === 'GOOD' ? (reader['authorization'] ?? '') : value,
        ]),
      )
      for (const route of routes) {
        for (const where of [route, `${route}?_rsc=1`, `${route}?nxtPid=1`]) {
          const response = await get(where, headers)
          expect(`${where} ${response.status}`).toMatch(/ [45]\d\d$/)
          expect(`${where} ${await response.text()}`).not.toMatch(/"caller"|"answers"|"ok"/)
        }
      }
      for (const page of [...pages, `/_next/data/${buildId}/legacy.json`]) {
        expect(`${page} ${await (await get(page, headers)).text()}`).not.toContain(`caller `)
      }
    })
  })

  it('answers HEAD and OPTIONS without anything that is protected', async () => {
    for (const route of routes) {
      const head = await fetch(`${server.url}${route}`, { method: 'HEAD' })
      expect(`${route} ${head.status}`).toBe(`${route} 401`)
      const options = await fetch(`${server.url}${route}`, { method: 'OPTIONS' })
      expect(`${route} ${await options.text()}`).not.toMatch(/"caller"|"answers"|"ok":true/)
    }
  })

  it('asks for the token of a page behind _next/data as well', async () => {
    const data = `/_next/data/${buildId}/legacy.json`
    expect(await (await get(data)).json()).toMatchObject({ pageProps: { answer: 'refused token_missing' } })
    expect(await (await get(data, reader)).text()).toContain('caller ')
  })

  it('prerenders nothing that is protected', async () => {
    const manifest = await readJson('main', 'prerender-manifest.json')
    const prerendered = Object.keys(manifest['routes'] ?? {})
    expect(prerendered.filter((route) => !/^\/_(?:not-found|global-error)$/.test(route))).toEqual([])
    expect(Object.keys(manifest['dynamicRoutes'] ?? {})).toEqual(['/on-demand/[id]'])
  })

  it('keeps no answer of a route that is made static at its first request, and the log says why', async () => {
    for (const headers of [{}, reader, reader]) {
      const response = await get('/on-demand/1', headers)
      expect(response.status).toBe(500)
      expect(response.headers.get('x-nextjs-cache')).toBeNull()
      expect(await response.text()).not.toContain('caller')
    }
    await expect
      .poll(() => server.output())
      .toContain('withEntraGuard: a route that needs an access token cannot be static')
  })

  it.each(['/plain', '/revalidated', '/default-cache'])('runs %s afresh for each caller', async (route) => {
    const first = await get(route, reader)
    const second = await get(route, reader)
    expect(first.status).toBe(200)
    expect(second.headers.get('x-nextjs-cache')).toBeNull()
    expect(second.headers.get('cache-control') ?? '').not.toMatch(/s-maxage|public/)
    const [{ answers: before }, { answers: after }] = (await Promise.all([first.json(), second.json()])) as [
      { answers: number },
      { answers: number },
    ]
    expect(after).toBe(before + 1)
    expect((await get(route)).status).toBe(401)
  })

  it('types and passes the context of a dynamic route', async () => {
    const response = await get('/orders/7?page=2', reader)
    expect(await response.json()).toEqual({ id: '7', caller: 'user', page: '2' })
  })

  it.each(['/stream', '/edge/stream'])(
    'sends the first line of %s before the others are written',
    async (route) => {
      const response = await get(route, reader)
      expect(response.headers.get('x-kept')).toBe('yes')
      const { body } = response
      if (body === null) throw new Error('no body')
      const lines = body.getReader()
      expect(String(Buffer.from((await lines.read()).value ?? []))).toBe('line 0\n')
      lines.releaseLock()
      // Nothing more is written before that.
      expect((await get(`${route}?go-on`, reader)).status).toBe(200)
      expect(await text(body)).toMatch(/^(?:line [1-9]\n){9}$/)
    },
  )

  it('finds who calls in a page: by the header, or by the token of the session', async () => {
    const token = await entra.issueUserToken({ scopes: ['Orders.Read'] })
    expect(await (await get('/account', bearer(token))).text()).toMatch(/caller (?:<!-- -->)?[0-9a-f-]{36}/)
    expect(await (await get('/account')).text()).toMatch(/refused (?:<!-- -->)?token_missing/)
    expect(await (await get('/session', { cookie: `session=${token}` })).text()).toMatch(
      /caller (?:<!-- -->)?[0-9a-f-]/,
    )
    expect((await get('/account', bearer(token))).headers.get('cache-control')).toContain('no-store')
  })

  it('does not take the header where a session is asked, and the other way round', async () => {
    const token = await entra.issueUserToken({ scopes: ['Orders.Read'] })
    expect(await (await get('/session', bearer(token))).text()).toMatch(/refused (?:<!-- -->)?token_missing/)
    expect(await (await get('/account', { cookie: `session=${token}` })).text()).toMatch(
      /refused (?:<!-- -->)?token_missing/,
    )
  })

  it('decides about a server action by its own access', async () => {
    const act = async (scopes: readonly string[]): Promise<Response> => {
      const cookie = `session=${await entra.issueUserToken({ scopes: ['Orders.Read', ...scopes] })}`
      const page = await (await get('/session', { cookie })).text()
      const id = /name="(\$ACTION_ID_[0-9a-f]+)"/.exec(page)?.[1]
      if (id === undefined) throw new Error(page)
      const form = new FormData()
      form.set(id, '')
      return fetch(`${server.url}/session`, {
        method: 'POST',
        body: form,
        headers: { cookie, origin: server.url },
      })
    }
    const refused = await act([])
    expect(refused.status).toBe(500)
    expect(await refused.text()).not.toMatch(/scope_missing|Orders\.Write/)
    expect(server.output()).not.toContain('deleted the orders')
    expect((await act(['Orders.Write'])).status).toBe(200)
    await expect.poll(() => server.output()).toContain('deleted the orders')
  })

  it('verifies in the handler too when proxy.ts has let a request through', async () => {
    const writer = bearer(await entra.issueUserToken({ scopes: ['Orders.Write'] }))
    expect((await get('/proxied')).status).toBe(401)
    expect(await (await get('/proxied', writer)).json()).toMatchObject({ code: 'scope_missing' })
    expect((await get('/proxied', reader)).status).toBe(200)
  })

  it('refuses two Authorization headers in the Pages Router; the App Router judges the first', async () => {
    const good = reader['authorization'] ?? ''
    expect(await statusOf(server.port, '/api/orders', [good, 'Bearer x'])).toBe(400)
    expect(await statusOf(server.port, '/api/orders', ['Bearer x', good])).toBe(400)
    expect(await statusOf(server.port, '/api/orders', [good])).toBe(200)
    for (const route of ['/plain', '/edge/orders']) {
      expect(`${route} ${await statusOf(server.port, route, ['Bearer x', good])}`).toBe(`${route} 401`)
      expect(`${route} ${await statusOf(server.port, route, [good, 'Bearer x'])}`).toBe(`${route} 200`)
    }
  })

  it.each(['/default-cache', '/edge/orders', '/api/orders', '/account'])(
    'asks the identity provider itself for the keys of %s, never a cache of Next',
    async (route) => {
      // Twice: a cache would answer the second time.
      for (let rotation = 0; rotation < 2; rotation += 1) {
        await entra.rotateKeys()
        const renewed = bearer(await entra.issueUserToken({ scopes: ['Orders.Read'] }))
        const asked = entra.requests.length
        await expect
          .poll(async () => (await get(route, renewed)).text(), { interval: 200 })
          .toMatch(/"answers"|"caller"|caller /)
        expect(entra.requests.slice(asked).some(({ url }) => url.endsWith('/keys'))).toBe(true)
      }
    },
  )

  it('hands a refresh in the background to after(), so that a platform waits for it', async () => {
    const waited = async (): Promise<number> =>
      ((await (await get('/waited')).json()) as { waited: number }).waited
    await get('/plain', reader)
    const before = await waited()
    expect(before).toBeGreaterThanOrEqual(0)
    await expect
      .poll(async () => ((await get('/plain', reader)).status === 200 ? await waited() : -1), {
        interval: 200,
      })
      .toBeGreaterThan(before)
    expect(server.output()).not.toContain('`after`')
  })

  it('is 503 and not 401 when the keys of a fresh server cannot be had', async () => {
    const fresh = await startNext(fixture('main'), { ENTRA_EMULATOR_URL: 'http://127.0.0.1:9' })
    try {
      for (const route of ['/plain', '/edge/orders', '/api/orders']) {
        const response = await fetch(`${fresh.url}${route}`, { headers: reader })
        expect(`${route} ${response.status}`).toBe(`${route} 503`)
        expect(response.headers.get('retry-after')).toMatch(/^\d+$/)
      }
    } finally {
      await fresh.stop()
    }
  })
})

describe('an app with cacheComponents', () => {
  let server: NextServer
  const overviewOf = async (token?: string): Promise<string> => {
    const headers = token === undefined ? {} : { cookie: `session=${token}` }
    return (await fetch(`${server.url}/overview`, { headers })).text()
  }

  beforeAll(async () => {
    const { ok, output } = await buildNext(fixture('cache-components'))
    if (!ok) throw new Error(output)
    server = await startNext(fixture('cache-components'), { ENTRA_EMULATOR_URL: emulator.url })
  })

  afterAll(() => server?.stop())

  it('prerenders the shell of a page, and never what it says to a caller', async () => {
    const shell = await readFile(
      path.join(fixture('cache-components'), '.next/server/app/account.html'),
      'utf8',
    )
    expect(shell).toContain('static shell')
    expect(shell).not.toMatch(/caller|refused/)
    const token = await entra.issueUserToken()
    const page = await fetch(`${server.url}/account`, { headers: bearer(token) })
    expect(await page.text()).toMatch(/caller (?:<!-- -->)?[0-9a-f-]{36}/)
    expect(await (await fetch(`${server.url}/account`)).text()).toMatch(/refused (?:<!-- -->)?token_missing/)
  })

  it('sends whoever has no good token in the session to the sign-in, and shows nothing else before', async () => {
    const shell = path.join(fixture('cache-components'), '.next/server/app/overview.html')
    expect(await readFile(shell, 'utf8')).not.toContain('orders of')
    expect(await overviewOf(await entra.issueUserToken())).toMatch(/orders of (?:<!-- -->)?[0-9a-f-]{36}/)
    for (const token of [undefined, await entra.issueUserToken({ expiresIn: -3600 })]) {
      const refused = await overviewOf(token)
      expect(refused).toContain('/sign-in')
      expect(refused).not.toContain('orders of')
    }
    const writer = await overviewOf(await entra.issueUserToken({ scopes: ['Orders.Write'] }))
    expect(writer).not.toMatch(/orders of|\/sign-in/)
  })

  it('runs a protected route afresh for each caller', async () => {
    const headers = bearer(await entra.issueUserToken())
    const answers = async (): Promise<unknown> => (await fetch(`${server.url}/orders`, { headers })).json()
    expect(await answers()).toEqual({ answers: 1 })
    expect(await answers()).toEqual({ answers: 2 })
    expect((await fetch(`${server.url}/orders`)).status).toBe(401)
  })

  it("refuses to tell who calls inside 'use cache'", async () => {
    const headers = bearer(await entra.issueUserToken())
    const response = await fetch(`${server.url}/cached`, { headers })
    expect(response.status).toBe(500)
    await expect.poll(() => server.output()).toMatch(/use cache/)
  })

  it("refuses to tell who calls inside 'use cache: private'", async () => {
    for (const headers of [{}, bearer(await entra.issueUserToken())])
      expect(await (await fetch(`${server.url}/private-cached`, { headers })).text()).not.toContain(
        'secret for',
      )
  })

  it("keeps what 'use cache' gives one caller from the next: what the function knows of the caller is in the key", async () => {
    const one = bearer(
      await entra.issueUserToken({ claims: { oid: 'aaaaaaaa-0000-4000-8000-000000000001' } }),
    )
    const two = bearer(
      await entra.issueUserToken({ claims: { oid: 'bbbbbbbb-0000-4000-8000-000000000002' } }),
    )
    const answers: string[] = []
    for (const headers of [one, two, one])
      answers.push(await (await fetch(`${server.url}/mine`, { headers })).text())
    expect(answers[0]?.match(/aaaaaaaa-/g)).toHaveLength(2)
    expect(answers[1]?.match(/bbbbbbbb-/g)).toHaveLength(2)
    expect(answers[2]).toBe(answers[0])
  })
})

describe('a route or page that is made static', () => {
  it('ends the build, for a route', async () => {
    const { ok, output } = await buildNext(fixture('static-route'))
    expect(ok).toBe(false)
    expect(output).toContain('withEntraGuard: a route that needs an access token cannot be static')
  })

  it('ends the build, for a page that asks who calls', async () => {
    const { ok, output } = await buildNext(fixture('static-page'))
    expect(ok).toBe(false)
    expect(output).toContain('getIdentity: a page that needs an access token cannot be static')
  })
})
