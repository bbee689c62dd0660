import { connect as connectHttp2 } from 'node:http2'
import { connect, type AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

import { createVerifier, EntraGuardError, type Verifier } from '@entraguard/core'
import { createEmulator } from '@entraguard/emulator'
import cors from '@fastify/cors'
import swagger from '@fastify/swagger'
import Fastify, { type FastifyInstance, type LightMyRequestResponse } from 'fastify'
import { afterEach, describe, expect, it } from 'vitest'

import { describeAccess, entraGuard, EntraGuardRefusal, identityOf } from '../src/index.ts'

const entra = await createEmulator()
const verifier = createVerifier(entra.verifierOptions())
const reader = await entra.issueUserToken({ scopes: ['Orders.Read'] })
const writer = await entra.issueUserToken({ scopes: ['Orders.Write'] })
const daemon = await entra.issueAppToken({ roles: ['Orders.Read.All'] })

const readOrders = { scopes: ['Orders.Read'] } as const
const noToken = { error: 'unauthorized', error_description: 'An access token is required.' }

let app: FastifyInstance
afterEach(() => app?.close())

function ask(url: string, token?: string, more: object = {}): Promise<LightMyRequestResponse> {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` }
  return app.inject({ method: 'GET', url, headers, ...more })
}

async function statuses(url: string): Promise<readonly number[]> {
  const answers = await Promise.all([undefined, writer, daemon, reader].map((token) => ask(url, token)))
  return answers.map(({ statusCode }) => statusCode)
}

describe('a guarded scope', () => {
  it('asks every route for a token, unless its config opens it', async () => {
    app = Fastify()
    await app.register(entraGuard, { verifier })
    app.get('/orders', { config: { access: readOrders } }, (request) => ({ of: identityOf(request).key }))
    app.get('/whoami', (request) => ({ kind: identityOf(request).kind }))
    app.get('/health', { config: { access: 'public' } }, () => 'ok')
    expect(await statuses('/orders')).toEqual([401, 403, 403, 200])
    expect(await statuses('/whoami')).toEqual([401, 200, 200, 200])
    expect(await statuses('/health')).toEqual([200, 200, 200, 200])
    const refused = await ask('/orders')
    expect(refused.headers).toMatchObject({
      'www-authenticate': 'Bearer scope="api://22222222-2222-4222-8222-222222222222/Orders.Read"',
      'cache-control': 'no-store',
      'content-type': 'application/json; charset=utf-8',
    })
    expect(refused.json()).toEqual(noToken)
  })

  it('guards routes that were registered before the guard, HEAD, and paths that no route has', async () => {
    app = Fastify()
    app.get('/early', () => 'early')
    await app.register(entraGuard, { verifier })
    app.get('/late', () => 'late')
    expect(await statuses('/early')).toEqual([401, 200, 200, 200])
    expect((await ask('/late', undefined, { method: 'HEAD' })).statusCode).toBe(401)
    expect((await ask('/nowhere')).statusCode).toBe(401)
    expect((await ask('/nowhere', reader)).statusCode).toBe(404)
  })

  it('holds for plugins with a prefix within it, and not beside it', async () => {
    app = Fastify()
    app.get('/open', () => 'open')
    await app.register(
      async (scope) => {
        await scope.register(entraGuard, { verifier })
        await scope.register(
          async (inner) => {
            inner.get('/orders', { config: { access: readOrders } }, () => 'orders')
          },
          { prefix: '/v1' },
        )
      },
      { prefix: '/api' },
    )
    expect(await statuses('/open')).toEqual([200, 200, 200, 200])
    expect(await statuses('/api/v1/orders')).toEqual([401, 403, 403, 200])
    expect((await ask('/api/v1/nowhere')).statusCode).toBe(404)
  })

  it('has a verifier of its own beside another guarded scope', async () => {
    app = Fastify()
    const other = createVerifier({ ...entra.verifierOptions(), audience: 'api://another' })
    await app.register(async (scope) => {
      await scope.register(entraGuard, { verifier })
      scope.get('/ours', () => 'ours')
    })
    await app.register(async (scope) => {
      await scope.register(entraGuard, { verifier: other, realm: 'theirs' })
      scope.get('/theirs', () => 'theirs')
    })
    expect([(await ask('/ours', reader)).statusCode, (await ask('/theirs', reader)).statusCode]).toEqual([
      200, 401,
    ])
    expect((await ask('/theirs')).headers['www-authenticate']).toBe('Bearer realm="theirs"')
  })

  it('gives routes without an access of their own that of the scope', async () => {
    app = Fastify()
    await app.register(entraGuard, { verifier, access: readOrders })
    app.get('/orders', () => 'orders')
    app.get('/any', { config: { access: { callers: ['user', 'app'] } } }, () => 'any')
    expect(await statuses('/orders')).toEqual([401, 403, 403, 200])
    expect(await statuses('/any')).toEqual([401, 200, 200, 200])
  })

  it('lets a token that was seen wait for nothing: the handler runs at once', async () => {
    app = Fastify()
    let runs = 0
    const ranAtOnce: number[] = []
    app.addHook('onRequest', (_request, _reply, done) => {
      done()
      ranAtOnce.push(runs)
    })
    await app.register(entraGuard, { verifier })
    app.get('/', () => String(runs++))
    const token = await entra.issueUserToken({ scopes: ['Orders.Read'] })
    await ask('/', token)
    expect((await ask('/', token)).statusCode).toBe(200)
    expect(ranAtOnce).toEqual([0, 2])
  })

  it('takes the realm of the verifier where it has none of its own', async () => {
    app = Fastify()
    const named = createVerifier({ ...entra.verifierOptions(), challenge: { realm: 'orders' } })
    await app.register(entraGuard, { verifier: named, refusals: 'answer' })
    const refused = await ask('/')
    expect(refused.headers['www-authenticate']).toBe('Bearer realm="orders"')
    expect(refused.json()).toEqual(noToken)
  })

  it('reads no body, and validates nothing, before the token was checked', async () => {
    app = Fastify()
    let parsed = 0
    app.addContentTypeParser('application/x-orders', { parseAs: 'string' }, (_request, body, done) => {
      parsed++
      done(null, body)
    })
    await app.register(entraGuard, { verifier })
    const schema = { body: { type: 'object', required: ['item'] } }
    app.post('/orders', { schema, config: { access: { scopes: ['Orders.Write'] } } }, () => 'created')
    const headers = { 'content-type': 'application/x-orders' }
    const post = (token: string): Promise<LightMyRequestResponse> =>
      ask('/orders', undefined, {
        method: 'POST',
        payload: 'x',
        headers: { ...headers, authorization: `Bearer ${token}` },
      })
    expect((await post(reader)).statusCode).toBe(403)
    expect(parsed).toBe(0)
    expect((await post(writer)).statusCode).toBe(400)
    expect(parsed).toBe(1)
  })

  it('lets preflights through to CORS that was registered before it, and refusals carry its headers', async () => {
    app = Fastify()
    await app.register(cors, { origin: 'https://orders.example', exposedHeaders: ['WWW-Authenticate'] })
    await app.register(entraGuard, { verifier })
    app.get('/orders', { config: { access: readOrders } }, () => 'orders')
    const origin = { origin: 'https://orders.example' }
    const preflight = await app.inject({
      method: 'OPTIONS',
      url: '/orders',
      headers: { ...origin, 'access-control-request-method': 'GET' },
    })
    expect(preflight.statusCode).toBe(204)
    const refused = await app.inject({ method: 'GET', url: '/orders', headers: origin })
    expect([refused.statusCode, refused.headers['access-control-allow-origin']]).toEqual([
      401,
      'https://orders.example',
    ])
  })

  it('refuses two Authorization headers on a socket', async () => {
    app = Fastify()
    await app.register(entraGuard, { verifier })
    app.get('/orders', () => 'orders')
    await app.listen({ port: 0, host: '127.0.0.1' })
    const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1')
    const lines = ['GET /orders HTTP/1.1', 'Host: x', 'Connection: close']
    socket.end([...lines, `Authorization: Bearer ${reader}`, 'Authorization: Bearer x', '', ''].join('\r\n'))
    expect(await text(socket)).toContain('HTTP/1.1 400 ')
  })

  it('is the same over HTTP/2', async () => {
    const http2 = Fastify({ http2: true })
    await http2.register(entraGuard, { verifier })
    http2.get('/orders', { config: { access: readOrders } }, (request) => ({ of: identityOf(request).kind }))
    const url = await http2.listen({ port: 0, host: '127.0.0.1' })
    const session = connectHttp2(url)
    const status = async (headers: Record<string, string | string[]>): Promise<number | undefined> => {
      const stream = session.request({ ':path': '/orders', ...headers })
      const answered = new Promise<number | undefined>((resolve) => {
        stream.on('response', (response) => resolve(response[':status']))
      })
      stream.resume().end()
      return await answered
    }
    expect([
      await status({}),
      await status({ authorization: `Bearer ${writer}` }),
      await status({ authorization: `Bearer ${reader}` }),
      await status({ authorization: `Bearer ${reader}, Bearer x` }),
    ]).toEqual([401, 403, 200, 400])
    session.close()
    await http2.close()
  })
})

describe('a refusal', () => {
  it('goes to the error handler of the application on request', async () => {
    app = Fastify()
    const seen: unknown[] = []
    app.setErrorHandler((error, _request, reply) => {
      seen.push(error)
      if (!(error instanceof EntraGuardRefusal)) throw error
      return reply.code(error.statusCode).headers(error.headers).send({ own: error.body.error })
    })
    await app.register(entraGuard, { verifier, refusals: 'throw' })
    app.get('/orders', { config: { access: readOrders } }, () => 'orders')
    const refused = await ask('/orders')
    expect([refused.statusCode, refused.json()]).toEqual([401, { own: 'unauthorized' }])
    expect(refused.headers['www-authenticate']).toBe(
      'Bearer scope="api://22222222-2222-4222-8222-222222222222/Orders.Read"',
    )
    await ask('/orders', writer)
    expect(seen.map((error) => error instanceof EntraGuardRefusal && error.cause.code)).toEqual([
      'token_missing',
      'scope_missing',
    ])
    expect(String(seen[0])).toBe('EntraGuardRefusal: An access token is required.')
  })

  it('keeps status and challenge where Fastify itself answers it', async () => {
    app = Fastify()
    await app.register(entraGuard, { verifier, refusals: 'throw' })
    const refused = await ask('/', 'secret.token.text')
    expect([refused.statusCode, refused.headers['www-authenticate']]).toEqual([
      401,
      expect.stringContaining('invalid_token'),
    ])
    expect(refused.body).not.toContain('secret')
  })

  it('is none for an error of another kind: nothing passes', async () => {
    app = Fastify()
    const broken: Verifier = {
      ...verifier,
      authenticate: async () => {
        throw new RangeError('broken')
      },
    }
    const seen: unknown[] = []
    app.setErrorHandler((error, _request, reply) => {
      seen.push(error)
      return reply.code(500).send('')
    })
    await app.register(entraGuard, { verifier: broken })
    app.get('/orders', () => 'orders')
    expect((await ask('/orders', reader)).statusCode).toBe(500)
    expect(seen[0]).toBeInstanceOf(RangeError)
    expect(EntraGuardError.is(seen[0])).toBe(false)
  })
})

describe('identityOf', () => {
  it('throws where no guard ran, whatever the request was decorated with', async () => {
    app = Fastify()
    app.decorateRequest('identity', null)
    app.get('/open', (request) => ({ caller: identityOf(request) }))
    const { statusCode, body } = await ask('/open', reader)
    expect(statusCode).toBe(500)
    expect(body).toContain('identityOf needs a route behind entraGuard')
  })
})

describe('@fastify/swagger', () => {
  it('documents the scheme, 401 and 403 of routes that ask for a token, and of no other', async () => {
    app = Fastify()
    await app.register(swagger, {
      openapi: { components: { securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } } } },
      transform: describeAccess,
    })
    app.get('/before', () => '')
    await app.register(async (scope) => {
      await scope.register(entraGuard, { verifier })
      scope.get('/orders', { config: { access: readOrders } }, () => '')
      scope.get('/health', { config: { access: 'public' } }, () => '')
    })
    await app.ready()
    const { paths } = app.swagger() as unknown as {
      paths: Record<string, { get: { security?: unknown; responses: Record<string, unknown> } }>
    }
    const documented = ['/before', '/orders', '/health'].map((url) => [
      paths[url]?.get.security,
      Object.keys(paths[url]?.get.responses ?? {}),
    ])
    expect(documented).toEqual([
      [undefined, ['200']],
      [[{ bearer: [] }], expect.arrayContaining(['401', '403'])],
      [undefined, ['200']],
    ])
    // The document promises nothing about their body.
    for (const status of ['401', '403'])
      expect(paths['/orders']?.get.responses[status]).not.toHaveProperty('content')
    expect((await ask('/orders')).json()).toEqual(noToken)
  })

  it('keeps what a schema says already, also about the refusals', async () => {
    app = Fastify()
    await app.register(swagger, {
      openapi: { components: { securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } } } },
      transform: describeAccess,
    })
    const own = { 200: { description: 'the orders', type: 'string' }, 403: { description: 'not yours' } }
    await app.register(async (scope) => {
      await scope.register(entraGuard, { verifier })
      scope.get('/orders', { schema: { tags: ['orders'], response: own } }, () => '')
      scope.get('/health', { schema: { tags: ['health'] }, config: { access: 'public' } }, () => '')
    })
    await app.ready()
    const { paths } = app.swagger() as unknown as { paths: Record<string, { get: object }> }
    expect(paths['/health']?.get).toMatchObject({ tags: ['health'] })
    expect(paths['/orders']?.get).toMatchObject({
      tags: ['orders'],
      security: [{ bearer: [] }],
      responses: {
        200: { description: 'the orders' },
        401: { description: 'The access token is missing or not valid for this API.' },
        403: { description: 'not yours' },
      },
    })
    expect(paths['/orders']?.get).not.toHaveProperty('responses.401.content')
  })
})

describe('a developer’s mistake ends the start', () => {
  it.each<[string, object, string]>([
    ['no verifier', {}, 'entraGuard needs a verifier'],
    ['options in place of a verifier', { verifier: entra.verifierOptions() }, 'entraGuard needs a verifier'],
    ['an option that there is not', { verifier, optinal: true }, 'unknown option "optinal"'],
    ['a prefix, which would have no effect', { verifier, prefix: '/api' }, 'unknown option "prefix"'],
    ['a scope that is public', { verifier, access: 'public' }, 'access must be an object'],
    ['an access that admits nobody', { verifier, access: { roles: ['Admin'] } }, 'admits nobody'],
    ['a realm that is no header text', { verifier, realm: 'a\nb' }, 'realm must be printable ASCII'],
    ['a realm in other letters than ASCII', { verifier, realm: 'Zürich' }, 'realm must be printable ASCII'],
    ['a realm that is a number', { verifier, realm: 7 }, 'realm must be printable ASCII'],
    ['refusals of another kind', { verifier, refusals: 'next' }, 'refusals must be'],
  ])('%s', async (_, options, message) => {
    app = Fastify()
    app.register(entraGuard, options as never)
    const error: unknown = await app.ready().then(undefined, (reason: unknown) => reason)
    expect(error).toBeInstanceOf(TypeError)
    expect(String(error)).toContain(message)
  })

  it.each([{ roles: ['Admin'] }, { scope: ['Orders.Read'] }, 'Public', null, []])(
    'an access of a route that is %j',
    async (access) => {
      app = Fastify()
      await app.register(entraGuard, { verifier })
      expect(() => app.get('/orders', { config: { access } } as never, () => '')).toThrow(
        /GET \/orders: config.access/,
      )
    },
  )

  it('a scope that is guarded twice', async () => {
    app = Fastify()
    await app.register(entraGuard, { verifier })
    app.register(async (scope) => {
      await scope.register(entraGuard, { verifier })
    })
    await expect(app.ready()).rejects.toThrow(/already guarded/)
  })
})
