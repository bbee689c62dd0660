import { EventEmitter, once } from 'node:events'
import type { ServerResponse } from 'node:http'

import { createVerifier, EntraGuardError, type Identity, type Verifier } from '@entraguard/core'
import { createEmulator } from '@entraguard/emulator'
import express5 from 'express'
import express4 from 'express4'
import { afterEach, describe, expect, it } from 'vitest'

import { entraGuard, EntraGuardRefusal, requireAccess } from '../src/index.ts'
import { serve, type Served } from './serve.ts'

const entra = await createEmulator()
const verifier = createVerifier(entra.verifierOptions())
const reader = await entra.issueUserToken({ scopes: ['Orders.Read'] })
const writer = await entra.issueUserToken({ scopes: ['Orders.Write'] })
const app = await entra.issueAppToken({ roles: ['Orders.Read.All'] })

const readOrders = { scopes: ['Orders.Read'] } as const
const prefix = 'api://22222222-2222-4222-8222-222222222222/'
const scope = `scope="${prefix}Orders.Read"`
const noToken = { error: 'unauthorized', error_description: 'An access token is required.' }

let served: Served | undefined
afterEach(async () => {
  await served?.close()
  served = undefined
})

interface Received {
  readonly status: number
  readonly challenge: string | null
  readonly body: unknown
}

async function ask(path: string, token?: string, init: RequestInit = {}): Promise<Received> {
  const headers = new Headers(init.headers)
  if (token !== undefined) headers.set('authorization', `Bearer ${token}`)
  const response = await fetch(`${served?.url}${path}`, { ...init, headers })
  const text = await response.text()
  const isJson = response.headers.get('content-type')?.includes('json') === true
  return {
    status: response.status,
    challenge: response.headers.get('www-authenticate'),
    body: isJson ? JSON.parse(text) : text,
  }
}

/** An app of Connect has a stack too, of other layers. */
const likeConnect = Object.assign((_request: unknown, _response: unknown, next: () => void): void => next(), {
  stack: [{ route: '', handle: () => {} }],
})

const answer = (_request: unknown, response: ServerResponse): void => void response.end()

// The types of both versions fit the middleware (types.test.ts); here one of them stands for both.
describe.each([
  ['Express 5', express5],
  ['Express 4', express4 as unknown as typeof express5],
])('%s', (_, express) => {
  it('runs the handler for a caller that the access admits, and for nobody else', async () => {
    let ran = 0
    const handler = entraGuard(verifier, readOrders)
    served = await serve(
      express().get('/orders', handler, (_request, response) => {
        ran++
        response.end()
      }),
    )
    expect(await ask('/orders')).toEqual({ status: 401, challenge: `Bearer ${scope}`, body: noToken })
    expect((await ask('/orders', writer)).status).toBe(403)
    expect((await ask('/orders', app)).status).toBe(403)
    const damaged = `${reader.slice(0, -43)}${reader.at(-43) === 'A' ? 'B' : 'A'}${reader.slice(-42)}`
    expect((await ask('/orders', damaged)).status).toBe(401)
    expect(ran).toBe(0)
    expect((await ask('/orders', reader)).status).toBe(200)
    expect(ran).toBe(1)
  })

  it('hands the identity to the handler', async () => {
    served = await serve(
      express().get('/orders', entraGuard(verifier, readOrders), (_request, response) => {
        response.json({ key: response.locals.identity.key })
      }),
    )
    const { key } = await verifier.authenticate(`Bearer ${reader}`)
    expect(await ask('/orders', reader)).toMatchObject({ status: 200, body: { key } })
  })

  it('guards what app.use has it in front of, in any spelling of the path, and routers behind it', async () => {
    const orders = express.Router({ mergeParams: true })
    orders.get('/orders', requireAccess(readOrders), (request, response) => {
      response.json({ tenant: (request.params as { tenant?: string }).tenant })
    })
    const api = express()
    api.get('/health', (_request, response) => void response.json({ status: 'ok' }))
    api.use('/api/:tenant', entraGuard(verifier), orders)
    served = await serve(api)
    expect((await ask('/health')).status).toBe(200)
    for (const path of [
      '/api/a/orders',
      '/API/a/ORDERS',
      '/api/a/orders/',
      '/api//orders',
      '/api/%61/orders',
    ])
      expect(await ask(path), path).not.toMatchObject({ status: 200 })
    expect(await ask('/api/a/orders', reader)).toMatchObject({ status: 200, body: { tenant: 'a' } })
    expect((await ask('/api/a/orders', writer)).status).toBe(403)
  })

  it('names in a challenge what the route asks, although the guard that refuses stands before its rules', async () => {
    const orders = express.Router()
    orders.get('/orders', requireAccess(readOrders), (_request, response) => void response.end())
    orders.get(
      '/:id',
      requireAccess({ scopes: ['Orders.Admin'] }),
      (_request, response) => void response.end(),
    )
    const api = express()
    api.use(entraGuard(verifier))
    api.use('/api', orders)
    api.post(
      '/orders',
      requireAccess(readOrders),
      requireAccess({ scopes: ['Orders.Write'] }),
      (_request, response) => void response.end(),
    )
    api.get('/whoami', (_request, response) => void response.end())
    served = await serve(api)
    const both = `scope="${prefix}Orders.Read ${prefix}Orders.Write"`
    // Of two routes that match, the first one answers.
    expect(await ask('/api/orders?x=/whoami')).toMatchObject({ status: 401, challenge: `Bearer ${scope}` })
    const head = await fetch(`${served.url}/api/orders`, { method: 'HEAD' })
    expect(head.headers.get('www-authenticate')).toBe(`Bearer ${scope}`)
    expect((await ask('/orders', undefined, { method: 'POST' })).challenge).toBe(`Bearer ${both}`)
    expect(await ask('/orders', reader, { method: 'POST' })).toMatchObject({
      status: 403,
      challenge: expect.stringContaining(both) as string,
    })
    for (const path of ['/whoami', '/nowhere', '/orders', '/api/%ff'])
      expect((await ask(path)).challenge, path).toBe('Bearer realm=""')
  })

  it('names in a challenge no more than what stands on the way to what answers', async () => {
    const write = { scopes: ['Orders.Write'] } as const
    const api = express()
    api.use(entraGuard(verifier))
    api.use('/api', express.Router().get('/', requireAccess(readOrders), answer))
    api.use('/gone', answer)
    api.get('/gone', requireAccess(readOrders), answer)
    api.post('/written', requireAccess(write), answer)
    api.all('/all', requireAccess(readOrders), answer)
    api.use(express.Router().all('/every', requireAccess(readOrders), answer))
    api.route('/both').get(requireAccess(readOrders), answer).post(requireAccess(write), answer)
    api.route('/turned').post(requireAccess(write), answer).get(requireAccess(readOrders), answer)
    api.route('/head').get(requireAccess(readOrders), answer).head(requireAccess(write), answer)
    served = await serve(api)
    const { url } = served
    const challengeOf = async (method: string, path: string): Promise<string | null> =>
      (await fetch(`${url}${path}`, { method })).headers.get('www-authenticate')
    const [reading, writing, none] = [
      `Bearer ${scope}`,
      `Bearer scope="${prefix}Orders.Write"`,
      'Bearer realm=""',
    ]
    for (const [method, path, challenge] of [
      ['GET', '/api', reading],
      ['GET', '/api/', reading],
      ['GET', '/api?x=1', reading],
      ['POST', '/api', none],
      ['GET', '/gone', none],
      ['GET', '/written', none],
      ['HEAD', '/written', none],
      ['GET', '/all', reading],
      ['DELETE', '/all', reading],
      ['DELETE', '/every', reading],
      ['HEAD', '/every', reading],
      ['GET', '/both', reading],
      ['HEAD', '/both', reading],
      ['POST', '/both', writing],
      ['DELETE', '/both', none],
      ['HEAD', '/turned', reading],
      ['HEAD', '/head', writing],
    ] as const)
      expect([method, path, await challengeOf(method, path)]).toEqual([method, path, challenge])
  })

  it('names in a challenge what it asks itself, where something wraps it', async () => {
    const handler = entraGuard(verifier, readOrders)
    const api = express()
    api.use('/orders', (request, response, next) => handler(request, response, next))
    api.get('/orders/new', requireAccess({ scopes: ['Orders.Write'] }), answer)
    served = await serve(api)
    expect((await ask('/orders')).challenge).toBe(`Bearer ${scope}`)
    const both = `Bearer scope="${prefix}Orders.Read ${prefix}Orders.Write"`
    expect((await ask('/orders/new')).challenge).toBe(both)
  })

  it('names in a challenge what the route asks, behind an app of another framework too', async () => {
    const api = express()
    api.use(entraGuard(verifier))
    api.use(likeConnect)
    api.get('/orders', requireAccess(readOrders), answer)
    served = await serve(api)
    expect((await ask('/orders')).challenge).toBe(`Bearer ${scope}`)
  })

  it('refuses all the same where the app shows no router that it knows', async () => {
    const endless: { stack: object[] } = { stack: [] }
    endless.stack.push({ match: () => true, path: '', handle: endless })
    const noHandle = { stack: [{ match: () => true }] }
    for (const router of [null, {}, { stack: 'none' }, { stack: [null] }, noHandle, endless]) {
      const api = express()
      api.use((request, _response, next) => {
        Object.defineProperty(request, 'app', { value: { router, _router: router } })
        next()
      })
      api.get('/orders', entraGuard(verifier, readOrders), answer)
      const other = await serve(api)
      const response = await fetch(`${other.url}/orders`)
      await other.close()
      expect([response.status, response.headers.get('www-authenticate')]).toEqual([401, `Bearer ${scope}`])
    }
  })

  it('guards an application that is mounted in another', async () => {
    const inner = express()
    inner.get('/orders', requireAccess(readOrders), (_request, response) => {
      response.json({ kind: response.locals.identity.kind })
    })
    served = await serve(express().use('/inner', entraGuard(verifier), inner))
    expect((await ask('/inner/orders')).status).toBe(401)
    expect(await ask('/inner/orders', reader)).toMatchObject({ status: 200, body: { kind: 'user' } })
  })

  it('answers 500 and runs nothing where requireAccess has no guard before it', async () => {
    let ran = 0
    const errors: unknown[] = []
    const api = express()
    api.set('env', 'test')
    api.get('/orders', requireAccess(readOrders), (_request, response) => {
      ran++
      response.end()
    })
    api.use(((error, _request, _response, next) => {
      errors.push(error)
      next(error)
    }) as express5.ErrorRequestHandler)
    served = await serve(api)
    expect((await ask('/orders', reader)).status).toBe(500)
    expect(ran).toBe(0)
    expect(String(errors)).toBe('Error: requireAccess needs an entraGuard before it')
  })

  it('believes no identity that somebody else put into locals', async () => {
    const api = express()
    api.use(entraGuard(verifier, undefined, { optional: true }))
    api.use((_request, response, next) => {
      response.locals['identity'] = { kind: 'user', scopes: ['Orders.Read'], key: 'forged' }
      next()
    })
    api.get('/orders', requireAccess(readOrders), (_request, response) => {
      response.json({ key: response.locals.identity.key })
    })
    served = await serve(api)
    expect((await ask('/orders')).status).toBe(401)
    expect((await ask('/orders', writer)).status).toBe(403)
    const { key } = await verifier.authenticate(`Bearer ${reader}`)
    expect(await ask('/orders', reader)).toMatchObject({ status: 200, body: { key } })
  })

  it('asks the verifier once about a caller whom the rules behind the guard admit', async () => {
    let asked = 0
    const counting: Verifier = {
      ...verifier,
      authenticate: async (...call: Parameters<Verifier['authenticate']>) => {
        asked++
        return await verifier.authenticate(...call)
      },
    }
    const api = express()
    api.use(entraGuard(counting))
    api.get('/orders', requireAccess(readOrders), requireAccess({ callers: ['user'] }), answer)
    served = await serve(api)
    expect((await ask('/orders', reader)).status).toBe(200)
    expect(asked).toBe(1)
  })

  it('lets a token that was seen wait for nothing: the handler runs at once', async () => {
    let runs = 0
    const ranAtOnce: number[] = []
    const api = express()
    api.use((_request, _response, next) => {
      next()
      ranAtOnce.push(runs)
    })
    api.get('/orders', entraGuard(verifier, readOrders), (_request, response) => {
      runs++
      response.end()
    })
    served = await serve(api)
    const token = await entra.issueUserToken({ scopes: ['Orders.Read'] })
    await ask('/orders', token)
    await ask('/orders', token)
    expect(ranAtOnce).toEqual([0, 2])
  })

  it('takes the realm of the verifier where it has none of its own', async () => {
    const named = createVerifier({ ...entra.verifierOptions(), challenge: { realm: 'orders' } })
    served = await serve(express().use(entraGuard(named, undefined, { refusals: 'answer' })))
    expect(await ask('/')).toEqual({ status: 401, challenge: 'Bearer realm="orders"', body: noToken })
  })

  it('passes on what a hook on the response throws while it refuses, and goes on serving', async () => {
    const errors: unknown[] = []
    const api = express()
    api.use('/hooked', (_request, response, next) => {
      response.end = () => {
        throw new Error('the hook failed')
      }
      next()
    })
    api.use(entraGuard(verifier))
    api.get('/orders', answer)
    api.use((error: unknown, _request: unknown, response: ServerResponse, _next: unknown) => {
      errors.push(error)
      response.destroy()
    })
    served = await serve(api)
    await expect(ask('/hooked')).rejects.toThrow('fetch failed')
    await expect(ask('/hooked', 'forged')).rejects.toThrow('fetch failed')
    expect(errors).toEqual([new Error('the hook failed'), new Error('the hook failed')])
    expect((await ask('/orders', reader)).status).toBe(200)
  })

  it('lets requests without a bearer token pass where it is optional, and no bad one', async () => {
    served = await serve(
      express().get('/shop', entraGuard(verifier, undefined, { optional: true }), (_request, response) => {
        response.json({ isSignedIn: response.locals.identity !== undefined })
      }),
    )
    expect(await ask('/shop')).toMatchObject({ status: 200, body: { isSignedIn: false } })
    expect(await ask('/shop', reader)).toMatchObject({ status: 200, body: { isSignedIn: true } })
    expect((await ask('/shop', 'bad')).status).toBe(401)
    expect((await ask('/shop', undefined, { headers: { authorization: 'DPoP abc' } })).status).toBe(401)
    expect((await ask('/shop', undefined, { headers: { authorization: 'Bearer' } })).status).toBe(400)
  })

  it('gives refusals to the error handlers of the application on request', async () => {
    const api = express()
    const seen: unknown[] = []
    const options = { refusals: 'next', realm: 'orders' } as const
    api.use(entraGuard(verifier, undefined, options))
    api.get('/orders', requireAccess(readOrders), (_request, response) => void response.end())
    api.use(((error, _request, response, _next) => {
      seen.push(error)
      response.status(error.status).set(error.headers).json({ own: error.body.error })
    }) as express5.ErrorRequestHandler)
    served = await serve(api)
    expect(await ask('/orders')).toEqual({
      status: 401,
      challenge: `Bearer realm="orders", ${scope}`,
      body: { own: 'unauthorized' },
    })
    expect((await ask('/orders', writer)).status).toBe(403)
    expect(seen.map((error) => error instanceof EntraGuardRefusal && error.cause.code)).toEqual([
      'token_missing',
      'scope_missing',
    ])
  })

  it('keeps status and challenge where Express itself answers a refusal', async () => {
    const api = express()
    api.set('env', 'test')
    served = await serve(api.use(entraGuard(verifier, undefined, { refusals: 'next' })))
    expect(await ask('/')).toMatchObject({ status: 401, challenge: 'Bearer realm=""' })
    expect(JSON.stringify(await ask('/', 'secret.token.text'))).not.toContain('secret')
  })

  it('gives an error that is no refusal to Express', async () => {
    const broken: Verifier = {
      ...verifier,
      authenticate: async () => {
        throw new RangeError('broken')
      },
    }
    const api = express()
    api.use(entraGuard(broken))
    api.use(((error, _request, response, _next) => {
      response.status(500).json({ is: error instanceof RangeError && !EntraGuardError.is(error) })
    }) as express5.ErrorRequestHandler)
    served = await serve(api)
    expect(await ask('/', reader)).toMatchObject({ status: 500, body: { is: true } })
  })

  it('does not answer twice when a time limit has answered before', async () => {
    const late = new EventEmitter()
    const slow: Verifier = {
      ...verifier,
      authenticate: async (...call: Parameters<Verifier['authenticate']>) => {
        await once(late, 'answered')
        return await verifier.authenticate(...call)
      },
    }
    const errors: unknown[] = []
    const api = express()
    api.use((_request, response, next) => {
      next()
      response.status(504).json({ error: 'timeout' })
      late.emit('answered')
    })
    api.use(entraGuard(slow))
    api.use(((error, _request, _response, next) => {
      errors.push(error)
      next(error)
    }) as express5.ErrorRequestHandler)
    api.set('env', 'test')
    served = await serve(api)
    expect((await ask('/')).status).toBe(504)
    await expect.poll(() => errors.length).toBe(1)
    expect(errors[0]).toBeInstanceOf(EntraGuardRefusal)
    expect(String(errors[0])).toBe('EntraGuardRefusal: An access token is required.')
  })

  it('answers a refusal whole, whatever headers were set before', async () => {
    const api = express()
    api.use((_request, response, next) => {
      response.set({ 'content-length': '3', etag: '"x"', 'content-encoding': 'identity' })
      next()
    })
    api.use(entraGuard(verifier))
    served = await serve(api)
    expect(await ask('/')).toEqual({ status: 401, challenge: 'Bearer realm=""', body: noToken })
  })

  it('sees both of two Authorization headers', async () => {
    served = await serve(express().use(entraGuard(verifier)))
    const { hostname, port } = new URL(served.url)
    const { request } = await import('node:http')
    const status = await new Promise<number | undefined>((resolve) => {
      const sent = request({ hostname, port, path: '/', setDefaultHeaders: true }, (response) => {
        response.resume()
        resolve(response.statusCode)
      })
      sent.setHeader('authorization', [`Bearer ${reader}`, 'Bearer forged'])
      sent.end()
    })
    expect(status).toBe(400)
  })

  it('reads no body before the token was checked', async () => {
    let parsed = 0
    const api = express()
    api.post(
      '/orders',
      entraGuard(verifier, { scopes: ['Orders.Write'] }),
      express.json({ verify: () => void parsed++ }),
      (request, response) => void response.json(request.body),
    )
    served = await serve(api)
    const init = { method: 'POST', body: '{"item":"tea"}', headers: { 'content-type': 'application/json' } }
    expect((await ask('/orders', reader, init)).status).toBe(403)
    expect(parsed).toBe(0)
    expect(await ask('/orders', writer, init)).toMatchObject({ status: 200, body: { item: 'tea' } })
  })
})

describe('a server without Express', () => {
  it('is guarded too', async () => {
    const handler = entraGuard(verifier, readOrders)
    served = await serve((request, response) => {
      handler(request, Object.assign(response, { locals: {} }), () => response.end('orders'))
    })
    expect(await ask('/orders')).toEqual({ status: 401, challenge: `Bearer ${scope}`, body: noToken })
    expect(await ask('/orders', reader)).toMatchObject({ status: 200, body: 'orders' })
  })

  it('needs no locals of its own: the guard adds them', async () => {
    const handler = entraGuard(verifier, undefined, { optional: true })
    served = await serve((request, response) => {
      handler(request, response as never, () => {
        const { locals } = response as ServerResponse & { locals: { identity?: Identity } }
        response.end(locals.identity?.kind ?? 'nobody')
      })
    })
    expect(await ask('/orders')).toMatchObject({ status: 200, body: 'nobody' })
    expect(await ask('/orders', reader)).toMatchObject({ status: 200, body: 'user' })
    expect((await ask('/orders', 'forged')).status).toBe(401)
  })
})

describe('a developer’s mistake ends the start', () => {
  it.each<[string, () => unknown, string]>([
    ['no verifier', () => entraGuard(undefined as unknown as Verifier), 'entraGuard needs a verifier'],
    [
      'options in place of a verifier',
      () => entraGuard(entra.verifierOptions() as unknown as Verifier),
      'entraGuard needs a verifier',
    ],
    ['an access that admits nobody', () => entraGuard(verifier, { roles: ['Admin'] }), 'admits nobody'],
    [
      'an access that is written wrongly',
      () => requireAccess({ scope: ['Orders.Read'] } as never),
      'unknown access key "scope"',
    ],
    [
      'an option that there is not',
      () => entraGuard(verifier, undefined, { optinal: true } as never),
      'unknown option "optinal"; the known ones are realm, optional, refusals',
    ],
    ...[5, '', true, [], null].map(
      (options: unknown) =>
        [
          `options that are no object: ${JSON.stringify(options)}`,
          () => entraGuard(verifier, undefined, options as never),
          'options must be an object',
        ] as const satisfies [string, () => unknown, string],
    ),
    [
      'an option that is inherited, which would open the route',
      () => entraGuard(verifier, undefined, Object.create({ optional: true }) as object),
      'option "optional" is inherited',
    ],
    ...['a\nb', 'Zürich', 7].map((realm): [string, () => unknown, string] => [
      `a realm that is no header text: ${realm}`,
      () => entraGuard(verifier, undefined, { realm } as never),
      'realm must be printable ASCII',
    ]),
    [
      'optional as text',
      () => entraGuard(verifier, undefined, { optional: 'yes' } as never),
      'optional must be',
    ],
    [
      'refusals of another kind',
      () => entraGuard(verifier, undefined, { refusals: 'throw' } as never),
      'refusals must be',
    ],
  ])('%s', (_, make, message) => {
    expect(make).toThrow(TypeError)
    expect(make).toThrow(message)
  })
})
