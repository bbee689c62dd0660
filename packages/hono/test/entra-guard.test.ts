import { once } from 'node:events'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'

import { createVerifier, EntraGuardError, type VerifierEvent, type VerifierOptions } from '@entraguard/core'
import { createEmulator } from '@entraguard/emulator'
import { serve } from '@hono/node-server'
import { Hono, type Context, type ExecutionContext } from 'hono'
import { HTTPException } from 'hono/http-exception'
import { afterEach, describe, expect, it, vi } from 'vitest'

import { entraGuard, requireAccess } from '../src/index.ts'

const entra = await createEmulator()
const prefix = 'api://22222222-2222-4222-8222-222222222222/'
const readers = { scopes: ['Orders.Read'] } as const

const verifierWith = (options: Partial<VerifierOptions> = {}): ReturnType<typeof createVerifier> =>
  createVerifier({ ...entra.verifierOptions(), ...options })

const bearer = (token: string): RequestInit => ({ headers: { authorization: `Bearer ${token}` } })
const reader = async (): Promise<RequestInit> =>
  bearer(await entra.issueUserToken({ scopes: ['Orders.Read'] }))

afterEach(() => {
  vi.restoreAllMocks()
})

describe('requireAccess', () => {
  it('refuses where no entraGuard ran, and the log says why', async () => {
    const log = vi.spyOn(console, 'error').mockImplementation(() => {})
    const handler = vi.fn<() => Response>(() => new Response('secret'))
    const app = new Hono().get('/', requireAccess(readers), handler)
    const response = await app.request('/', await reader())
    expect(response.status).toBe(500)
    expect(await response.text()).toBe('Internal Server Error')
    expect(handler).not.toHaveBeenCalled()
    expect(String(log.mock.calls[0]?.[0])).toContain('requireAccess needs an entraGuard before it')
  })

  it('refuses in a mounted app that has no entraGuard of its own', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => {})
    const inner = new Hono().get('/', requireAccess(readers), (c) => c.text('secret'))
    const app = new Hono().use(entraGuard(verifierWith())).mount('/inner', inner.fetch)
    expect((await app.request('/inner/', await reader())).status).toBe(500)
  })

  it('does not believe an identity that another middleware put into the context', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => {})
    const admin = { kind: 'user', key: 'admin', scopes: ['Orders.Read'] }
    const open = new Hono()
      .use(async (c: Context, next) => {
        c.set('identity', admin)
        await next()
      })
      .get('/', requireAccess(readers), (c) => c.text('secret'))
    expect((await open.request('/')).status).toBe(500)

    const guarded = new Hono()
      .use(entraGuard(verifierWith(), undefined, { optional: true }))
      .use(async (c: Context, next) => {
        c.set('identity', admin)
        await next()
      })
      .get('/', requireAccess(readers), (c) => c.text('secret'))
    expect((await guarded.request('/')).status).toBe(401)
  })

  it('does not take a context for guarded that was given all variables of a guarded one', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => {})
    let kept: Record<string | symbol, unknown> = {}
    const app = new Hono()
      .use('/guarded', entraGuard(verifierWith()))
      .get('/guarded', (c: Context) => {
        kept = c.var
        return c.text('kept')
      })
      .get(
        '/copied',
        async (c: Context, next) => {
          for (const name of Reflect.ownKeys(kept)) c.set(name, kept[name])
          await next()
        },
        requireAccess(readers),
        (c) => c.text('secret'),
      )
    expect((await app.request('/guarded', await reader())).status).toBe(200)
    expect(kept).toHaveProperty('identity.kind', 'user')
    expect((await app.request('/copied')).status).toBe(500)
  })

  it('works through app.route, behind the guard of the outer app', async () => {
    const orders = new Hono().get('/', requireAccess(readers), (c) => c.text(c.var.identity.kind))
    const app = new Hono().use(entraGuard(verifierWith())).route('/orders', orders)
    expect(await (await app.request('/orders', await reader())).text()).toBe('user')
  })

  it('looks up groups that the token could not hold, once, and hands them on', async () => {
    const group = 'abababab-0000-4000-8000-000000000001'
    const resolveGroups = vi.fn<() => Promise<string[]>>(async () => [group])
    const app = new Hono()
      .use(entraGuard(verifierWith({ resolveGroups })))
      .get('/groups', requireAccess({ ...readers, groups: [group] }), (c) => c.json(c.var.identity.groups))
      .get('/plain', requireAccess(readers), (c) => c.json(c.var.identity.groups))
    const request = bearer(await entra.issueUserToken({ groups: 'overage' }))
    expect(await (await app.request('/plain', request)).json()).toStrictEqual({ status: 'overage' })
    expect(resolveGroups).not.toHaveBeenCalled()
    expect(await (await app.request('/groups', request)).json()).toStrictEqual({
      status: 'complete',
      ids: [group],
    })
    expect(resolveGroups).toHaveBeenCalledOnce()
  })

  it('costs a request that it admits no second call of the check', async () => {
    const check = vi.fn<() => void>()
    const app = new Hono()
      .use(entraGuard(verifierWith({ check })))
      .get('/', requireAccess(readers), (c) => c.text('ok'))
    expect((await app.request('/', await reader())).status).toBe(200)
    expect(check).toHaveBeenCalledOnce()
  })

  it('tells refusals to onEvent', async () => {
    const events: VerifierEvent[] = []
    const verifier = verifierWith({ onEvent: (event) => events.push(event) })
    const app = new Hono()
      .use(entraGuard(verifier))
      .get('/', requireAccess({ scopes: ['Other'] }), (c) => c.text('ok'))
    expect((await app.request('/', await reader())).status).toBe(403)
    expect(events).toContainEqual({ type: 'token_refused', code: 'scope_missing', step: 'authorize' })
  })
})

describe('a refusal', () => {
  it('is an HTTPException with the response ready and the EntraGuardError as its cause', async () => {
    const thrown: unknown[] = []
    const app = new Hono().use(entraGuard(verifierWith())).get('/', (c) => c.text('ok'))
    app.onError((error, c) => {
      thrown.push(error)
      return error instanceof HTTPException ? error.getResponse() : c.text('', 500)
    })
    const response = await app.request('/', bearer('nonsense'))
    expect(response.status).toBe(401)
    expect(response.headers.get('www-authenticate')).toMatch(/^Bearer error="invalid_token"/)
    const [error] = thrown
    if (!(error instanceof HTTPException)) throw new TypeError('no HTTPException')
    expect(EntraGuardError.is(error.cause) && error.cause.code).toBe('token_malformed')
    expect(error.message).not.toContain('nonsense')
  })

  it('has a message that error handlers may show: it does not tell why a token failed', async () => {
    const app = new Hono().use(entraGuard(verifierWith())).get('/', (c) => c.text('ok'))
    app.onError((error, c) => c.text(error.message, error instanceof HTTPException ? error.status : 500))
    const expired = await entra.issueUserToken({ expiresIn: -3600 })
    const forged = await entra.issueUserToken({ signWith: 'unknown' })
    const told = [expired, forged, 'nonsense'].map(async (token) => {
      const response = await app.request('/', bearer(token))
      return `${response.status} ${await response.text()}`
    })
    expect(new Set(await Promise.all(told))).toEqual(
      new Set(['401 The access token is not valid for this API.']),
    )
  })

  it("carries the verifier's challenge options, and the realm of the guard in its place", async () => {
    const verifier = verifierWith({ challenge: { realm: 'orders', exposeCode: true } })
    const app = new Hono()
      .get('/a', entraGuard(verifier), (c) => c.text('ok'))
      .use('/b/*', entraGuard(verifier, undefined, { realm: 'admin', optional: true }))
      .get('/b/c', requireAccess(readers), (c) => c.text('ok'))
    const a = await app.request('/a')
    expect(a.headers.get('www-authenticate')).toBe('Bearer realm="orders"')
    expect(await a.json()).toMatchObject({ code: 'token_missing' })
    const b = await app.request('/b/c')
    expect(b.headers.get('www-authenticate')).toBe(`Bearer realm="admin", scope="${prefix}Orders.Read"`)
    expect(verifier.challenge.realm).toBe('orders')
  })

  it('comes for a token that is too long, before anything else is done with it', async () => {
    entra.requests.length = 0
    const app = new Hono().use(entraGuard(verifierWith())).get('/', (c) => c.text('ok'))
    expect((await app.request('/', bearer('e'.repeat(20_000)))).status).toBe(401)
    expect(entra.requests).toHaveLength(0)
  })

  it('of two Authorization headers on a socket is a 400, whichever is first', async () => {
    const server = serve({
      fetch: new Hono().use(entraGuard(verifierWith())).get('/', (c) => c.text('ok')).fetch,
      hostname: '127.0.0.1',
      port: 0,
    })
    await once(server, 'listening')
    try {
      const address = server.address()
      if (address === null || typeof address === 'string') throw new Error('no port')
      const valid = await entra.issueUserToken()
      const forged = await entra.issueUserToken({ signWith: 'unknown' })
      for (const tokens of [
        [valid, forged],
        [forged, valid],
        [valid, valid],
      ]) {
        const socket = connect(address.port, '127.0.0.1')
        const headers = tokens.map((token) => `Authorization: Bearer ${token}\r\n`).join('')
        socket.write(`GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${headers}\r\n`)
        expect(await text(socket)).toMatch(/^HTTP\/1\.1 400 /)
      }
    } finally {
      server.close()
    }
  })
})

describe('a token that was seen', () => {
  it('waits for nothing: the handler runs at once', async () => {
    let runs = 0
    const app = new Hono().use(entraGuard(verifierWith(), readers)).get('/', (c) => c.text(String(runs++)))
    const request = await reader()
    await app.request('/', request)
    const response = app.request('/', request)
    expect(runs).toBe(2)
    expect((await response).status).toBe(200)
  })
})

describe('a failure that is no refusal', () => {
  it('goes to the error handler as it is', async () => {
    const failure = new TypeError('a fault in the code of somebody')
    const verifier = { ...verifierWith(), authenticate: async () => Promise.reject(failure) }
    const app = new Hono().use(entraGuard(verifier)).get('/', (c) => c.text('ok'))
    const thrown: unknown[] = []
    app.onError((error, c) => {
      thrown.push(error)
      return c.text('', 500)
    })
    expect((await app.request('/', await reader())).status).toBe(500)
    expect(thrown).toEqual([failure])
  })
})

describe('a challenge', () => {
  interface App {
    request(path: string, init?: RequestInit): Response | Promise<Response>
  }
  const challengeOf = async (app: App, path: string, init?: RequestInit): Promise<string | null> =>
    (await app.request(path, init)).headers.get('www-authenticate')

  it('names the scopes of the route, although the guard that refuses stands before its rule', async () => {
    const app = new Hono()
      .use(entraGuard(verifierWith()))
      .get('/orders', requireAccess(readers), (c) => c.text('secret'))
      .get('/whoami', (c) => c.text('anyone'))
    expect(await challengeOf(app, '/orders')).toBe(`Bearer scope="${prefix}Orders.Read"`)
    expect(await challengeOf(app, '/orders', bearer('bad'))).toMatch(/error="invalid_token".*Orders\.Read"$/)
    expect(await challengeOf(app, '/whoami')).toBe('Bearer realm=""')
    expect(await challengeOf(app, '/nowhere')).toBe('Bearer realm=""')
  })

  it('names what every rule of the route asks, so that a client asks for all of it at once', async () => {
    const app = new Hono()
      .use(entraGuard(verifierWith(), readers))
      .post('/orders', requireAccess({ scopes: ['Orders.Write'] }), (c) => c.text('secret'))
    const both = `scope="${prefix}Orders.Read ${prefix}Orders.Write"`
    expect(await challengeOf(app, '/orders', { method: 'POST' })).toBe(`Bearer ${both}`)
    const refused = await app.request('/orders', { method: 'POST', ...(await reader()) })
    expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([
      403,
      expect.stringContaining(both),
    ])
  })

  it('does not name what stands behind the handler that answers', async () => {
    const app = new Hono()
      .use(entraGuard(verifierWith()))
      .get('/orders/mine', requireAccess(readers), (c) => c.text('secret'))
      .get('/orders/:id', requireAccess({ scopes: ['Orders.Admin'] }), (c) => c.text('secret'))
    expect(await challengeOf(app, '/orders/mine')).toBe(`Bearer scope="${prefix}Orders.Read"`)
  })

  it('names what was asked where no handler answers', async () => {
    const app = new Hono().use(entraGuard(verifierWith())).use('/api/*', requireAccess(readers))
    expect(await challengeOf(app, '/api/nowhere')).toBe(`Bearer scope="${prefix}Orders.Read"`)
  })

  it('names the scopes of a route of another app, through app.route', async () => {
    const inner = new Hono().get('/', requireAccess(readers), (c) => c.text('secret'))
    const app = new Hono().use(entraGuard(verifierWith())).route('/inner', inner)
    expect(await challengeOf(app, '/inner')).toBe(`Bearer scope="${prefix}Orders.Read"`)
  })
})

describe('a route that asks for what no token can carry', () => {
  it.each([
    { scopes: ['api://22222222-2222-4222-8222-222222222222/Orders.Read'] },
    { scopes: ['.default'] },
    { appPermissions: ['<permission>'] },
    { callers: ['app'], clients: ['Billing'] },
  ] as const)('does not start: %j', (access) => {
    expect(() => requireAccess(access)).toThrow(TypeError)
    expect(() => entraGuard(verifierWith(), access)).toThrow(TypeError)
  })
})

describe('an optional guard', () => {
  const app = new Hono()
    .use(entraGuard(verifierWith(), undefined, { optional: true }))
    .get('/', (c) => c.text(c.var.identity?.kind ?? 'nobody'))
    .get('/mine', requireAccess(readers), (c) => c.text(c.var.identity.kind))

  it('lets a request without a bearer token pass, with no identity', async () => {
    expect(await (await app.request('/')).text()).toBe('nobody')
    expect(await (await app.request('/', { headers: { authorization: 'Basic eDp5' } })).text()).toBe('nobody')
  })

  it('still refuses a token that is not valid, and a malformed header', async () => {
    expect((await app.request('/', bearer('nonsense'))).status).toBe(401)
    expect((await app.request('/', { headers: { authorization: 'Bearer' } })).status).toBe(400)
    expect(
      (await app.request('/', bearer(await entra.issueUserToken({ claims: { oid: undefined } })))).status,
    ).toBe(403)
  })

  it('refuses a token in another scheme, which is no request without a token', async () => {
    for (const scheme of ['DPoP', 'PoP', 'MTLS_POP']) {
      const response = await app.request('/', { headers: { authorization: `${scheme} eyJ` } })
      expect(response.status).toBe(401)
      expect(response.headers.get('www-authenticate')).toBe('Bearer realm=""')
    }
  })

  it('leaves routes behind it that ask for something closed', async () => {
    const response = await app.request('/mine')
    expect(response.status).toBe(401)
    expect(response.headers.get('www-authenticate')).toBe(`Bearer scope="${prefix}Orders.Read"`)
    expect(await (await app.request('/mine', await reader())).text()).toBe('user')
  })
})

function counted(): { made: () => number; app: Hono } {
  let made = 0
  const app = new Hono()
  app.use(
    entraGuard(() => {
      made++
      return verifierWith()
    }),
  )
  app.get('/', (c) => c.text('ok'))
  return { made: () => made, app }
}

describe('a verifier made from bindings', () => {
  it('reads them', async () => {
    const app = new Hono()
      .use(entraGuard(({ env }: Context) => verifierWith({ audience: env.AUDIENCE })))
      .get('/', (c) => c.text('ok'))
    const { audience } = entra.verifierOptions()
    expect((await app.request('/', await reader(), { AUDIENCE: audience })).status).toBe(200)
    expect((await app.request('/', await reader(), { AUDIENCE: 'api://another' })).status).toBe(401)
  })

  it('is made once for each environment', async () => {
    const { made, app } = counted()
    const [one, two] = [{ TENANT: '1' }, { TENANT: '2' }]
    for (const env of [one, one, two, one, two])
      expect((await app.request('/', await reader(), env)).status).toBe(200)
    expect(made()).toBe(2)
  })

  it('is made once for the process where a server passes the socket of each request', async () => {
    const { made, app } = counted()
    const server = serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 })
    await once(server, 'listening')
    try {
      const address = server.address()
      if (address === null || typeof address === 'string') throw new Error('no port')
      for (let n = 0; n < 3; n++)
        expect((await fetch(`http://127.0.0.1:${address.port}/`, await reader())).status).toBe(200)
    } finally {
      server.close()
    }
    expect(made()).toBe(1)
  })

  it.each([
    ['Deno', () => ({ remoteAddr: { hostname: '127.0.0.1' }, completed: Promise.resolve() })],
    ['AWS Lambda', () => ({ event: {}, requestContext: {}, lambdaContext: {} })],
    ['Netlify', () => ({ context: {} })],
    ['Cloudflare Pages', () => ({ TENANT: '1', eventContext: {} })],
    ['a service worker', () => ({})],
    ['Vercel', () => undefined],
  ])('is made once for the process on %s, whose c.env is another for each request', async (_, envOf) => {
    const { made, app } = counted()
    for (let n = 0; n < 3; n++) expect((await app.request('/', await reader(), envOf())).status).toBe(200)
    expect(made()).toBe(1)
  })

  it('lets nothing pass while it cannot be made', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => {})
    const app = new Hono()
      .use(entraGuard((c) => createVerifier({ tenants: String(c.env.TENANT), audience: 'x' })))
      .get('/', (c) => c.text('secret'))
    expect((await app.request('/', await reader(), { TENANT: 'not a tenant' })).status).toBe(500)
  })

  it('may not depend on anything of the request that happens to come first', async () => {
    const log = vi.spyOn(console, 'error').mockImplementation(() => {})
    const factories: ReadonlyArray<(c: Context) => ReturnType<typeof createVerifier>> = [
      (c) => verifierWith({ tenants: c.req.header('x-tenant') ?? '' }),
      (c) => verifierWith({ audience: String(c.get('audience')) }),
      (c) => verifierWith({ audience: new URL(c.req.raw.url).host }),
      ({ var: { audience } }) => verifierWith({ audience }),
      (c) => verifierWith({ check: () => c.header('x-seen', 'yes') }),
    ]
    for (const source of factories) {
      const app = new Hono().use(entraGuard(source)).get('/', (c) => c.text('secret'))
      expect(
        (await app.request('/', { headers: { 'x-tenant': entra.directory.firstTenant.id } })).status,
      ).not.toBe(200)
      expect((await app.request('/', await reader())).status).toBeGreaterThanOrEqual(500)
    }
    expect(log.mock.calls.map(String).join()).toContain('may read only c.env, not c.req')
  })

  it('hands background refreshes to waitUntil', async () => {
    const app = new Hono().use(entraGuard(verifierWith())).get('/', (c) => c.text('ok'))
    const work: Array<Promise<unknown>> = []
    const context: ExecutionContext = {
      waitUntil: (promise) => void work.push(promise),
      passThroughOnException: () => {},
      props: {},
    }
    expect((await app.request('/', await reader(), {}, context)).status).toBe(200)
    entra.advance(3600 * 1.2)
    entra.requests.length = 0
    expect((await app.request('/', await reader(), {}, context)).status).toBe(200)
    await Promise.all(work)
    expect(work.length).toBeGreaterThan(0)
    expect(entra.requests.some(({ url }) => url.endsWith('/keys'))).toBe(true)
  })
})

describe('at construction', () => {
  it('refuses what is no verifier and an access that is written wrongly', () => {
    // @ts-expect-error -- options in place of a verifier
    expect(() => entraGuard(entra.verifierOptions())).toThrow(/entraGuard needs a verifier/)
    // @ts-expect-error -- a verifier that was forgotten
    expect(() => entraGuard(undefined)).toThrow(/entraGuard needs a verifier/)
    expect(() => entraGuard(verifierWith(), { roles: ['Orders.Admin'] })).toThrow(/admits nobody/)
    expect(() => requireAccess({ roles: ['Orders.Admin'] })).toThrow(/admits nobody/)
  })

  it.each([
    [{ optional: 'false' }, 'option optional must be true or false'],
    [{ optional: 0 }, 'option optional must be true or false'],
    [{ realm: 'a\r\nb' }, 'option realm must be printable ASCII'],
    [{ realm: 7 }, 'option realm must be printable ASCII'],
    [{ optinal: true }, 'unknown option "optinal"; the known ones are realm, optional'],
    [Object.create({ optional: true }), 'option "optional" is inherited: pass a plain object'],
    [null, 'options must be an object'],
    ['optional', 'options must be an object'],
  ])('refuses the options %j', (options: unknown, message) => {
    expect(() => entraGuard(verifierWith(), undefined, options as never)).toThrow(
      new TypeError(`entraGuard: ${message}`),
    )
  })
})
