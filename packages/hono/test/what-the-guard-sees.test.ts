import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { text } from 'node:stream/consumers'

import { createVerifier, type Identity } from '@entraguard/core'
import { createEmulator } from '@entraguard/emulator'
import { serve } from '@hono/node-server'
import { serveStatic } from '@hono/node-server/serve-static'
import { Hono, type Context, type MiddlewareHandler } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { hc } from 'hono/client'
import { every, except, some } from 'hono/combine'
import { contextStorage, getContext } from 'hono/context-storage'
import { cors } from 'hono/cors'
import { createFactory } from 'hono/factory'
import { methodOverride } from 'hono/method-override'
import { mount } from 'hono/mount'
import { LinearRouter } from 'hono/router/linear-router'
import { PatternRouter } from 'hono/router/pattern-router'
import { RegExpRouter } from 'hono/router/reg-exp-router'
import { SmartRouter } from 'hono/router/smart-router'
import { TrieRouter } from 'hono/router/trie-router'
import { toSSG } from 'hono/ssg'
import { streamSSE } from 'hono/streaming'
import { testClient } from 'hono/testing'
import { validator } from 'hono/validator'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { entraGuard, requireAccess, type IdentityEnv } from '../src/index.ts'

// The rows of docs/what-the-guard-sees-hono.md, under the names that they have there.

const entra = await createEmulator()
const verifier = createVerifier(entra.verifierOptions())
const guard = entraGuard(verifier)
const readers = { scopes: ['Orders.Read'] } as const
const writers = { scopes: ['Orders.Write'] } as const

const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } })
const reader = bearer(await entra.issueUserToken({ scopes: ['Orders.Read'] }))

const secret = vi.fn<(c: Context) => Response>((c) => c.text('secret'))

/** Any app, whatever its guards have added to its type. */
type Served = Pick<Hono, 'fetch'>

interface App {
  readonly request: (url: string, init?: RequestInit) => Response | Promise<Response>
}

/** The status of each path, for somebody without a token. */
async function statusOf(app: App, ...paths: readonly string[]): Promise<Record<string, number>> {
  const answers: Record<string, number> = {}
  for (const where of paths) answers[where] = (await app.request(`http://api.test${where}`)).status
  return answers
}

/** What a socket gets that was sent these very bytes as the target: clients of fetch tidy addresses up. */
async function raw(port: number, target: string): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  socket.write(`GET ${target} HTTP/1.1\r\nHost: api.test\r\nConnection: close\r\n\r\n`)
  return text(socket)
}

async function onSocket<T>(app: Served, run: (port: number) => Promise<T>): Promise<T> {
  const server = serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 })
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  try {
    return await run(address.port)
  } finally {
    server.close()
  }
}

beforeEach(() => {
  secret.mockClear()
  vi.spyOn(console, 'error').mockImplementation(() => {})
})
afterEach(() => {
  vi.restoreAllMocks()
})

describe('a route behind a guard', () => {
  it('is reached with a token only', async () => {
    const app = new Hono().use('/api/*', guard).route('/api', new Hono().get('/orders', secret))
    expect(await statusOf(app, '/api/orders')).toEqual({ '/api/orders': 401 })
    expect(secret).not.toHaveBeenCalled()
    expect((await app.request('/api/orders', reader)).status).toBe(200)
  })

  it('is reached with a token only through handlers that a factory made', async () => {
    const handlers = createFactory().createHandlers(guard, requireAccess(readers), secret)
    const app = new Hono().get('/orders', ...handlers)
    expect(await statusOf(app, '/orders')).toEqual({ '/orders': 401 })
    expect((await app.request('/orders', reader)).status).toBe(200)
  })
})

describe('a route registered before the guard', () => {
  it('answers everybody, also where app.route registered it', async () => {
    const app = new Hono()
      .get('/api/a', secret)
      .route('/api', new Hono().get('/b', secret))
      .use('/api/*', guard)
    expect(await statusOf(app, '/api/a', '/api/b')).toEqual({ '/api/a': 200, '/api/b': 200 })
  })

  it('answers nobody when it has requireAccess', async () => {
    const app = new Hono()
      .route('/api', new Hono().get('/b', requireAccess(readers), secret))
      .use('/api/*', guard)
    expect((await app.request('/api/b')).status).toBe(500)
    expect((await app.request('/api/b', reader)).status).toBe(500)
    expect(secret).not.toHaveBeenCalled()
  })
})

describe('middleware before the guard', () => {
  it('runs for everybody: validators read the body of a stranger', async () => {
    const seen = vi.fn<(body: unknown) => object>(() => ({}))
    const app = new Hono().post('/', bodyLimit({ maxSize: 10 }), validator('json', seen), guard, secret)
    const send = (body: string) =>
      app.request('/', { method: 'POST', body, headers: { 'content-type': 'application/json' } })
    expect((await send('{}')).status).toBe(401)
    expect(seen).toHaveBeenCalledOnce()
    expect((await send(JSON.stringify({ long: 'x'.repeat(20) }))).status).toBe(413)
  })

  it('that answers preflights leaves every other request to the guard', async () => {
    const app = new Hono().use(cors()).use(guard).all('/api', secret)
    const preflight = await app.request('/api', { method: 'OPTIONS' })
    expect([preflight.status, await preflight.text()]).toEqual([204, ''])
    expect(await statusOf(app, '/api')).toEqual({ '/api': 401 })
    expect(secret).not.toHaveBeenCalled()
  })
})

describe('a sub-app with a guard of its own', () => {
  it('guards what is registered later under its prefix, in the outer app too, and nothing else', async () => {
    const app = new Hono()
      .get('/api/before', secret)
      .route('/api', new Hono().use(guard).get('/orders', secret))
      .get('/api/after', secret)
      .get('/other', secret)
    expect(await statusOf(app, '/api/before', '/api/orders', '/api/after', '/other')).toEqual({
      '/api/before': 200,
      '/api/orders': 401,
      '/api/after': 401,
      '/other': 200,
    })
  })

  it('at the root guards every app after it and none before it', async () => {
    const app = new Hono()
      .route('/', new Hono().get('/first', secret))
      .route('/', new Hono().use(guard).get('/second', secret))
      .route('/', new Hono().get('/third', secret))
    expect(await statusOf(app, '/first', '/second', '/third')).toEqual({
      '/first': 200,
      '/second': 401,
      '/third': 401,
    })
  })

  it('has what it had when app.route copied it: a later guard does not count, a later route does not exist', async () => {
    const orders = new Hono().get('/orders', secret)
    const app = new Hono().route('/api', orders)
    orders.use(guard).get('/late', secret)
    expect(await statusOf(app, '/api/orders', '/api/late')).toEqual({ '/api/orders': 200, '/api/late': 404 })
  })
})

describe('basePath', () => {
  it('stands before the paths of guards as it does before those of routes', async () => {
    const app = new Hono()
    app.basePath('/api').use(guard)
    app.get('/api/orders', secret).get('/other', secret)
    expect(await statusOf(app, '/api/orders', '/api', '/other')).toEqual({
      '/api/orders': 401,
      '/api': 401,
      '/other': 200,
    })
  })
})

const routers = {
  SmartRouter: () => new SmartRouter({ routers: [new RegExpRouter(), new TrieRouter()] }),
  RegExpRouter: () => new RegExpRouter(),
  TrieRouter: () => new TrieRouter(),
  LinearRouter: () => new LinearRouter(),
  PatternRouter: () => new PatternRouter(),
} as const

/** Ways to write an address of `/api/orders`, and addresses that only look like one. */
const spellings = {
  same: [
    '/api/orders',
    '/api',
    '/api/',
    '/api//orders',
    '/%61pi/orders',
    '/x/../api/orders',
    '/x/%2e%2e/api/orders',
    '/api\\orders',
    '/api/%0Aorders',
    '/api/orders?/../../open',
  ],
  other: [
    '/API/orders',
    '//api/orders',
    '/api%2Forders',
    '/api%5Corders',
    '/api;/orders',
    '/apiorders',
    '/%2561pi/orders',
  ],
} as const

describe.each(Object.entries(routers))('a guard with a path, %s', (_name, router) => {
  it('covers what the router takes for that path, however it is spelt', async () => {
    const app = new Hono({ router: router() as never }).use('/api/*', guard).get('*', secret)
    const statuses = await statusOf(app, ...spellings.same, ...spellings.other)
    for (const where of spellings.same) expect(`${where} ${statuses[where]}`).toBe(`${where} 401`)
    // Other addresses, for the routes too: only a wildcard or a parameter takes them.
    for (const where of spellings.other) expect(`${where} ${statuses[where]}`).toBe(`${where} 200`)
    const exact = new Hono({ router: router() as never }).use('/api/*', guard).get('/api/orders', secret)
    for (const status of Object.values(await statusOf(exact, ...spellings.other))) expect(status).toBe(404)
  })

  it('without one covers everything that is registered after it', async () => {
    const app = new Hono({ router: router() as never }).use(guard).get('*', secret).get('/:a/:b', secret)
    for (const status of Object.values(await statusOf(app, ...spellings.same, ...spellings.other)))
      expect(status).toBe(401)
    expect(secret).not.toHaveBeenCalled()
  })

  it('and patterns next to it that take the same address do not hide it', async () => {
    const pairs = [
      ['/api/orders/*', '/api/orders*'],
      ['/:x/*', '/:a/:b/:c'],
      ['/:x{[^/]+}/*', '/api/*'],
      ['/api/:x', '/api/orders'],
      ['/api/*', '/:any{.+}'],
    ] as const
    for (const [guarded, route] of pairs) {
      // A pattern that a router does not take keeps the application from starting.
      const answer = async (): Promise<number> => {
        const app = new Hono({ router: router() as never }).use(guarded, guard).get(route, secret)
        return (await app.request(guarded === '/api/:x' ? '/api/orders' : '/api/orders/1')).status
      }
      const status = await answer().catch(() => 'does not start')
      expect(`${guarded} ${route} ${status}`).toMatch(/ (?:401|404|does not start)$/)
    }
    expect(secret).not.toHaveBeenCalled()
  })
})

describe('strict: false', () => {
  it('takes a slash at the end away from the paths of guards and routes alike', async () => {
    const app = new Hono({ strict: false }).use('/api', guard).get('/api', secret)
    expect(await statusOf(app, '/api', '/api/')).toEqual({ '/api': 401, '/api/': 401 })
  })

  it('leaves a route of strict routing alone, which does not answer at the address with the slash', async () => {
    const app = new Hono().use('/api', guard).get('/api', secret)
    expect(await statusOf(app, '/api', '/api/')).toEqual({ '/api': 401, '/api/': 404 })
  })
})

describe('getPath', () => {
  const withHost = { getPath: ({ url }: Request) => `/${new URL(url).host}${new URL(url).pathname}` }

  it('decides what the path of a guard is compared with: one for other paths never runs', async () => {
    const app = new Hono(withHost).use('/api/*', guard).get('/:host/api/orders', secret)
    expect(await statusOf(app, '/api/orders')).toEqual({ '/api/orders': 200 })
  })

  it('does not matter to a guard without a path', async () => {
    const app = new Hono(withHost).use(guard).get('/:host/api/orders', secret)
    expect(await statusOf(app, '/api/orders')).toEqual({ '/api/orders': 401 })
  })
})

describe('methods', () => {
  it('HEAD is GET, guard included; a guard of use or all sees every method', async () => {
    const app = new Hono()
      .get('/get', guard, secret)
      .use('/use', guard)
      .all('/use', secret)
      .all('/all', guard, secret)
    for (const where of ['/get', '/use', '/all'])
      expect((await app.request(where, { method: 'HEAD' })).status).toBe(401)
    for (const method of ['POST', 'OPTIONS', 'PURGE', 'get', 'Patch'])
      for (const where of ['/use', '/all']) expect((await app.request(where, { method })).status).toBe(401)
    expect(secret).not.toHaveBeenCalled()
    expect((await app.request('/get', { ...reader, method: 'HEAD' })).status).toBe(200)
  })

  it('a guard of one method is not asked for another', async () => {
    const app = new Hono().get('/orders', guard, secret).post('/orders', secret)
    expect((await app.request('/orders', { method: 'POST' })).status).toBe(200)
  })

  it('methodOverride sends the request through the app anew, past the guard of the new method', async () => {
    const app = new Hono()
    app.use('/orders', methodOverride({ app, header: 'x-method' }))
    app.post('/orders', (c) => c.text('posted')).delete('/orders', guard, requireAccess(writers), secret)
    const send = (headers: Record<string, string> = {}) =>
      app.request('/orders', { method: 'POST', headers: { 'x-method': 'DELETE', ...headers } })
    expect((await send()).status).toBe(401)
    expect((await send(reader.headers)).status).toBe(403)
    expect(secret).not.toHaveBeenCalled()
  })
})

describe('notFound', () => {
  it('runs behind the guards of its address: a stranger does not learn which routes exist', async () => {
    const app = new Hono().use('/api/*', guard).notFound((c) => c.text('from notFound', 404))
    expect(await statusOf(app, '/api/none', '/none')).toEqual({ '/api/none': 401, '/none': 404 })
    expect(await (await app.request('/none')).text()).toBe('from notFound')
  })
})

/** An app that answers errors as it is told, with a sub-app that does so itself. */
const withErrors = (answer: (error: Error, c: Context) => Response) => {
  const sub = new Hono().use(guard).get('/orders', secret)
  sub.onError(answer)
  const app = new Hono().route('/sub', sub).use(guard).get('/orders', secret)
  app.onError(answer)
  return app
}

describe('onError', () => {
  it('has the last word about the answer, and none about the handler, which does not run', async () => {
    const app = withErrors((_error, c) => c.text('all is well'))
    for (const where of ['/orders', '/sub/orders'])
      expect(await (await app.request(where)).text()).toBe('all is well')
    expect(secret).not.toHaveBeenCalled()
  })

  it('that throws again leaves the request refused', async () => {
    const app = withErrors((error) => {
      throw error
    })
    for (const where of ['/orders', '/sub/orders'])
      await expect(Promise.resolve(app.request(where))).rejects.toThrow('An access token is required.')
    expect(secret).not.toHaveBeenCalled()
  })
})

const mounts = {
  'app.mount': (inner: Served) => new Hono().mount('/m', inner.fetch),
  'mount of hono/mount': (inner: Served) => new Hono().all('/m/*', mount(inner.fetch)),
  'app.mount under a parameter': (inner: Served) => new Hono().mount('/:tenant', inner.fetch),
}

describe.each(Object.entries(mounts))('a mounted app, %s', (_name, mounted) => {
  it('is behind the guards of the outer app', async () => {
    const app = new Hono().use('/m/*', guard).route('/', mounted(new Hono().get('*', secret)))
    expect(await statusOf(app, '/m', '/m/', '/m/orders', '/m//orders', '/%6d/orders')).toEqual({
      '/m': 401,
      '/m/': 401,
      '/m/orders': 401,
      '/m//orders': 401,
      '/%6d/orders': 401,
    })
    expect(secret).not.toHaveBeenCalled()
  })

  it('has a context of its own: requireAccess inside needs a guard inside', async () => {
    const inner = new Hono().get('/orders', requireAccess(readers), secret)
    const app = new Hono().use(guard).route('/', mounted(inner))
    expect((await app.request('/m/orders', reader)).status).toBe(500)
    const own = new Hono().use(guard).route('/', inner)
    expect((await mounted(own).request('/m/orders', reader)).status).toBe(200)
  })

  it('sees no address of a guarded part under which the guard does not', async () => {
    const inner = () => new Hono().get('/admin/x', secret).get('*', (c) => c.text('open'))
    const apps = [
      mounted(new Hono().use('/admin/*', guard).route('/', inner())),
      new Hono().use('/m/admin/*', guard).route('/', mounted(inner())),
    ]
    const tails = [
      'admin/x',
      '%61dmin/x',
      '%2561dmin/x',
      '/admin/x',
      'y/../admin/x',
      'y/%2e%2e/admin/x',
      'y%2f..%2fadmin/x',
      'admin%2fx',
      'admin%5cx',
      'y%5c..%5cadmin/x',
      './admin/x',
      '%09admin/x',
    ]
    for (const app of apps) for (const tail of tails) await app.request(`http://api.test/m/${tail}`)
    expect(secret).not.toHaveBeenCalled()
  })

  it('that is handed the request as it came sees other paths than with its prefix taken off', async () => {
    const inner = new Hono().use('/admin/*', guard).get('/m/admin/x', secret)
    const app = new Hono().mount('/m', inner.fetch, { replaceRequest: false })
    expect(await statusOf(app, '/m/admin/x')).toEqual({ '/m/admin/x': 200 })
  })
})

describe('serveStatic', () => {
  it('finds no file of a guarded folder at an address that the guard takes for another', async () => {
    const root = await mkdtemp(path.join(tmpdir(), 'entraguard-'))
    await mkdir(path.join(root, 'private'))
    await writeFile(path.join(root, 'private/file.txt'), 'content of the file')
    await writeFile(path.join(root, 'open.txt'), 'open to all')
    try {
      const app = new Hono().use('/private/*', guard).use('*', serveStatic({ root }))
      await onSocket(app, async (port) => {
        expect(await raw(port, '/open.txt')).toContain('open to all')
        for (const target of [
          '/private/file.txt',
          '/private%2ffile.txt',
          '/private%5cfile.txt',
          '//private/file.txt',
          '/private//file.txt',
          '/x/../private/file.txt',
          '/x/%2e%2e/private/file.txt',
          '/x%2f..%2fprivate/file.txt',
          '/./private/file.txt',
          '/%70rivate/file.txt',
          '/%2570rivate/file.txt',
          '/private/file.txt/',
          'http://api.test/private/file.txt',
          '/?/../private/file.txt',
          '\\private/file.txt',
          '/private\\file.txt',
        ])
          expect(`${target} ${await raw(port, target)}`).not.toContain('content of the file')
      })
    } finally {
      await rm(root, { recursive: true })
    }
  })
})

const everybody: MiddlewareHandler = async (_c, next) => {
  await next()
}

describe('some, every, except', () => {
  it('some: whoever passes one of its middlewares passes, the guard or not; requireAccess does not', async () => {
    const app = new Hono()
      .use(some(guard, everybody))
      .get('/a', secret)
      .get('/b', requireAccess(readers), secret)
    expect(await statusOf(app, '/a', '/b')).toEqual({ '/a': 200, '/b': 500 })
    expect((await app.request('/b', reader)).status).toBe(200)
  })

  it('some of two guards: one has to pass, and requireAccess goes by that one', async () => {
    const app = new Hono()
      .use(some(entraGuard(verifier, writers), entraGuard(verifier, readers)))
      .get('/', requireAccess(readers), secret)
    expect(await statusOf(app, '/')).toEqual({ '/': 401 })
    expect((await app.request('/', reader)).status).toBe(200)
    expect((await app.request('/', bearer(await entra.issueUserToken({ scopes: ['Other'] })))).status).toBe(
      403,
    )
  })

  it('every: all have to pass', async () => {
    const app = new Hono().use(every(everybody, guard, requireAccess(writers))).get('/', secret)
    expect(await statusOf(app, '/')).toEqual({ '/': 401 })
    expect((await app.request('/', reader)).status).toBe(403)
    const good = new Hono().use(every(guard, requireAccess(readers))).get('/', secret)
    expect((await good.request('/', reader)).status).toBe(200)
  })

  it('except: what it leaves out is public; other spellings of it are not', async () => {
    const app = new Hono().use(except('/public/*', guard)).get('*', secret)
    expect(
      await statusOf(
        app,
        '/public/a',
        '/public',
        '/private',
        '/public/../private',
        '/public%2f..%2fprivate',
        '/PUBLIC/a',
        '//public/a',
      ),
    ).toEqual({
      '/public/a': 200,
      '/public': 200,
      '/private': 401,
      '/public/../private': 401,
      '/public%2f..%2fprivate': 401,
      '/PUBLIC/a': 401,
      '//public/a': 401,
    })
  })

  it('except compares the whole address, in a sub-app too', async () => {
    const sub = new Hono().use(except('/public/*', guard)).get('*', secret)
    expect(await statusOf(new Hono().route('/api', sub), '/api/public/a')).toEqual({ '/api/public/a': 401 })
  })
})

describe('c.var.identity', () => {
  it('is that of the request, also while another runs', async () => {
    const waiting: Array<() => void> = []
    const gate = new Promise<void>((resolve) => void waiting.push(resolve))
    const app = new Hono()
      .use(contextStorage())
      .use(guard)
      .get('/slow', async (c) => {
        await gate
        return c.text(getContext<IdentityEnv<Identity>>().var.identity.kind)
      })
      .get('/', (c) => c.text(c.var.identity.kind))
    const slow = app.request('/slow', reader)
    const other = await app.request('/', bearer(await entra.issueAppToken({ roles: ['Orders.Read.All'] })))
    expect(await other.text()).toBe('app')
    for (const goOn of waiting) goOn()
    expect(await (await slow).text()).toBe('user')
  })

  it('has its type in the whole chain behind the guard, whatever the path of the guard', async () => {
    const app = new Hono()
      .use('/api/*', guard)
      .get('/other', (c) => c.text(c.var.identity.kind))
      .get('/careless', (c) => c.json({ identity: c.var.identity }))
    expect(await statusOf(app, '/other', '/careless')).toEqual({ '/other': 500, '/careless': 200 })
    expect(await (await app.request('/careless')).json()).toEqual({})
  })
})

describe('requireAccess', () => {
  it('without a guard before it refuses everybody', async () => {
    const app = new Hono().get('/', requireAccess(readers), secret)
    expect((await app.request('/', reader)).status).toBe(500)
    expect(secret).not.toHaveBeenCalled()
  })
})

describe('an optional guard', () => {
  it('lets strangers pass, and requireAccess behind it does not', async () => {
    const app = new Hono()
      .use(entraGuard(verifier, undefined, { optional: true }))
      .get('/prices', secret)
      .get('/orders', requireAccess(readers), secret)
    expect(await statusOf(app, '/prices', '/orders')).toEqual({ '/prices': 200, '/orders': 401 })
    expect((await app.request('/prices', bearer('forged'))).status).toBe(401)
  })

  it('behind one that is not optional opens nothing', async () => {
    const app = new Hono()
      .use(guard)
      .use('/prices', entraGuard(verifier, undefined, { optional: true }))
      .get('/prices', secret)
    expect(await statusOf(app, '/prices')).toEqual({ '/prices': 401 })
  })
})

describe('the RPC client, app.request and testClient', () => {
  const app = new Hono().use('/api/*', guard).get('/api/orders', (c) => c.json({ kind: c.var.identity.kind }))

  it('are ways to send a request, and the guard sees each', async () => {
    const clients = [hc<typeof app>('http://api.test', { fetch: app.request }), testClient(app)]
    for (const client of clients) {
      expect((await client.api.orders.$get()).status).toBe(401)
      const answer = await client.api.orders.$get(undefined, reader)
      expect(await answer.json()).toEqual({ kind: 'user' })
    }
  })

  it('from within a handler start as strangers', async () => {
    const outer = new Hono().get('/', async () => app.request('/api/orders'))
    expect((await outer.request('/', reader)).status).toBe(401)
  })
})

describe('toSSG', () => {
  it('writes no page that is behind a guard', async () => {
    const files: string[] = []
    const app = new Hono()
      .get('/open', (c) => c.text('open'))
      .use(guard)
      .get('/orders', secret)
    await toSSG(app, {
      mkdir: async () => undefined,
      writeFile: async (file, data) => void files.push(`${file}: ${String(data)}`),
    })
    expect(files).toEqual([expect.stringMatching(/open\.txt: open$/)])
    expect(secret).not.toHaveBeenCalled()
  })
})

describe('streams and server-sent events', () => {
  it('begin behind the guard, and are not ended by it when the token expires', async () => {
    // Of its own: the tokens of the others must not expire.
    const issuer = await createEmulator()
    const app = new Hono().use(entraGuard(createVerifier(issuer.verifierOptions()))).get('/events', (c) =>
      streamSSE(c, async (stream) => {
        await stream.writeSSE({ data: 'first' })
        issuer.advance(2 * 60 * 60)
        await stream.writeSSE({ data: 'after the token has expired' })
      }),
    )
    expect(await statusOf(app, '/events')).toEqual({ '/events': 401 })
    const fresh = bearer(await issuer.issueUserToken({ scopes: ['Orders.Read'] }))
    expect(await (await app.request('/events', fresh)).text()).toContain('after the token has expired')
  })
})

describe('Hono itself', () => {
  it('is a version whose routers pass no guard by, or npm says so', async () => {
    const { peerDependencies } = JSON.parse(
      await readFile(path.join(import.meta.dirname, '../package.json'), 'utf8'),
    ) as { peerDependencies: { hono: string } }
    const [, minor = 0, patch = 0] = peerDependencies.hono.replace('^', '').split('.').map(Number)
    expect(minor * 1000 + patch).toBeGreaterThanOrEqual(13_016)
  })
})
