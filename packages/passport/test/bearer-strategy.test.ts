import { createVerifier, EntraGuardError, refuse, writeRefusal } from '@entraguard/core'
import express5, { type ErrorRequestHandler } from 'express'
import passport7 from 'passport'
import { afterEach, describe, expect, it, vi } from 'vitest'

import {
  BearerStrategy,
  EntraGuardRefusal,
  refusalOf,
  type AuthInfo,
  type BearerRequest,
  type VerifyBearerFunction,
  type VerifyCallback,
} from '../src/index.ts'
import { serve, type Served } from './serve.ts'
import {
  api,
  combinations,
  emulator,
  legacyOptions,
  metadataOf,
  otherTenantId,
  report,
  tenantId,
} from './world.ts'

const entra = await emulator()
const verifier = createVerifier(entra.verifierOptions())
const reader = await entra.issueUserToken({ scopes: ['Orders.Read'] })
const writer = await entra.issueUserToken({ scopes: ['Orders.Write'] })
const daemon = await entra.issueAppToken()
const stranger = await entra.issueUserToken({ tenantId: otherTenantId })
const access = { scopes: ['Orders.Read'] } as const
const anybody: VerifyBearerFunction = (token, done) => done(null, token)
const byId: VerifyBearerFunction = (token, done) => done(null, { id: token.oid }, { scp: token.scp })
const withRequest = (
  request: { headers: object },
  token: { oid?: string | undefined },
  done: VerifyCallback,
): void => done(null, { by: token.oid, host: 'host' in request.headers })
const missing = (): string => {
  throw new RangeError('nobody')
}
const throwing = (): never => {
  throw new RangeError('the database')
}
const writing: VerifyBearerFunction = (token, done) => {
  Object.assign(token, { seen: Number(token['seen'] ?? 0) + 1, oid: 'x' })
  done(null, token, token)
}
const { proxy: unreadable, revoke } = Proxy.revocable({}, {})
revoke()
const tellRange: ErrorRequestHandler = (error, _request, response, _next) =>
  void response.status(500).send(error instanceof RangeError ? 'range' : 'other')

let served: Served | undefined
afterEach(async () => {
  await served?.close()
  served = undefined
})

interface Received {
  readonly status: number
  readonly challenge: string | null
  readonly retryAfter: string | null
  readonly text: string
}

async function ask(token?: string, init: RequestInit = {}, path = '/orders'): Promise<Received> {
  const headers = new Headers(init.headers)
  if (token !== undefined) headers.set('authorization', `Bearer ${token}`)
  const response = await fetch(`${served?.url}${path}`, { ...init, headers })
  return {
    status: response.status,
    challenge: response.headers.get('www-authenticate'),
    retryAfter: response.headers.get('retry-after'),
    text: await response.text(),
  }
}

const json = async (token: string): Promise<{ user: Record<string, unknown>; authInfo: AuthInfo }> =>
  JSON.parse((await ask(token)).text)

/** An app with one guarded route, and its errors as text. */
async function start(
  strategy: BearerStrategy,
  options: object = {},
  [, express, { Passport }]: (typeof combinations)[number] = ['', express5, passport7],
): Promise<void> {
  const passport = new Passport()
  passport.use(strategy)
  const app = express()
  app.use(express.urlencoded({ extended: false }), express.json())
  app.use(passport.authenticate('oauth-bearer', { session: false, ...options }))
  app.all('/orders', report)
  served = await serve(app)
}

/** What passport would answer to a request that no server received. */
async function outcomeOf(strategy: BearerStrategy, request: BearerRequest): Promise<number> {
  return new Promise((resolve, reject) => {
    const actions = {
      success: () => resolve(200),
      fail: (_challenge: string, status = 401) => resolve(status),
      error: reject,
    }
    const called = Object.assign(Object.create(strategy), actions) as BearerStrategy
    called.authenticate(request)
  })
}

const invalid =
  'Bearer error="invalid_token", error_description="The access token is not valid for this API."'

describe.each(combinations)('%s', (...combination) => {
  it('lets a caller with a good token pass, with the payload, the user and the identity', async () => {
    await start(new BearerStrategy(legacyOptions(entra), byId), {}, combination)
    const { user, authInfo } = await json(reader)
    expect(user).toEqual({ id: expect.stringMatching(/^[0-9a-f-]{36}$/) })
    expect(authInfo).toMatchObject({ scp: 'Orders.Read', identity: { kind: 'user', objectId: user['id'] } })
  })

  it('answers 401 with a challenge of RFC 6750 to a bad token, and to none', async () => {
    await start(new BearerStrategy(legacyOptions(entra), anybody), {}, combination)
    const expired = await entra.issueUserToken({ expiresIn: -3600 })
    expect(await ask(expired)).toMatchObject({ status: 401, challenge: invalid, text: 'Unauthorized' })
    expect(await ask()).toMatchObject({ status: 401, challenge: 'Bearer realm=""' })
  })

  it('answers 403 for the new form and 401 for the old one to a caller who may not', async () => {
    await start(new BearerStrategy({ verifier, access }), {}, combination)
    expect(await ask(writer)).toMatchObject({ status: 403, challenge: null })
    expect((await ask(daemon)).status).toBe(403)
    expect((await ask(reader)).status).toBe(200)
    await served?.close()
    const options = { ...legacyOptions(entra), scope: ['Orders.Read', 'Orders.Audit'] }
    await start(new BearerStrategy(options, anybody), {}, combination)
    expect(await ask(writer)).toMatchObject({
      status: 401,
      challenge: expect.stringContaining('error="insufficient_scope"'),
    })
    expect((await ask(daemon)).status).toBe(401)
    expect((await ask(reader)).status).toBe(200)
  })

  it('answers 503 with Retry-After while no keys can be had, and recovers', async () => {
    const offline = await emulator()
    await start(new BearerStrategy(legacyOptions(offline), anybody), {}, combination)
    offline.goOffline()
    const token = await offline.issueUserToken()
    expect(await ask(token)).toMatchObject({ status: 503, retryAfter: expect.stringMatching(/^\d+$/) })
    offline.goOnline()
    offline.advance(120)
    expect((await ask(token)).status).toBe(200)
  })

  it('hands an exception of the verify function to the error handlers', async () => {
    const { Passport } = combination[2]
    const passport = new Passport()
    passport.use(new BearerStrategy(legacyOptions(entra), throwing))
    served = await serve(
      combination[1]()
        .get('/orders', passport.authenticate('oauth-bearer', { session: false }), report)
        .use(tellRange),
    )
    expect(await ask(reader)).toMatchObject({ status: 500, text: 'range' })
  })
})

describe('the new form', () => {
  it('needs no verify function: the user is the identity', async () => {
    await start(new BearerStrategy({ verifier }))
    const { user, authInfo } = await json(reader)
    expect(user).toMatchObject({ kind: 'user', tenantId })
    expect(authInfo.identity).toEqual(user)
  })

  it('calls a verify function with the payload, and with the request where it asks', async () => {
    await start(new BearerStrategy({ verifier, passReqToCallback: true }, withRequest))
    expect((await json(reader)).user).toMatchObject({ by: expect.any(String), host: true })
  })

  it('reads the header alone', async () => {
    await start(new BearerStrategy({ verifier }))
    const body = new URLSearchParams({ access_token: reader })
    expect((await ask(undefined, { method: 'POST', body })).status).toBe(401)
    expect((await ask(undefined, {}, `/orders?access_token=${reader}`)).status).toBe(401)
    expect((await ask(reader, {}, '/orders?access_token=x')).status).toBe(200)
  })

  it('answers 400 to a malformed header', async () => {
    await start(new BearerStrategy({ verifier }))
    expect((await ask(`${reader} ${reader}`)).status).toBe(400)
  })

  it('lets a route ask for more', async () => {
    await start(new BearerStrategy({ verifier, access }), { access: { scopes: ['Orders.Write'] } })
    expect((await ask(reader)).status).toBe(403)
    expect((await ask(writer)).status).toBe(403)
    const both = await entra.issueUserToken({ scopes: ['Orders.Read', 'Orders.Write'] })
    expect((await ask(both)).status).toBe(200)
    // One request for a token is enough: the challenge names what both ask.
    expect((await ask()).challenge).toMatch(/scope="\S+\/Orders\.Read \S+\/Orders\.Write"/)
  })

  it('answers 500 where a route asks in a way that admits nobody', async () => {
    await start(new BearerStrategy({ verifier }), { access: {} })
    expect((await ask(reader)).status).toBe(500)
  })

  it('tells a callback of passport.authenticate why, so that it can answer as the adapters do', async () => {
    const passport = new passport7.Passport()
    passport.use(new BearerStrategy({ verifier, access }))
    served = await serve(
      express5().get('/orders', (request, response, next) => {
        const answer = (error: unknown): void => {
          const refusal = refusalOf(request)
          if (refusal === undefined) return next(error)
          writeRefusal(response, refusal, verifier.challenge)
        }
        // oxlint-disable-next-line typescript/no-unsafe-call -- as passport types it
        passport.authenticate('oauth-bearer', { session: false }, answer)(request, response, next)
      }),
    )
    expect(await ask(writer)).toMatchObject({
      status: 403,
      challenge: expect.stringContaining('insufficient_scope'),
      text: expect.stringContaining('does not permit'),
    })
  })

  it('answers as the strategy does that knows the caller, where one of several does', async () => {
    const elsewhere = createVerifier({ ...entra.verifierOptions(), tenants: otherTenantId })
    const passport = new passport7.Passport()
    passport.use('elsewhere', new BearerStrategy({ verifier: elsewhere }))
    passport.use('readers', new BearerStrategy({ verifier, access }))
    served = await serve(
      express5().get('/orders', passport.authenticate(['elsewhere', 'readers'], { session: false }), report),
    )
    expect((await ask(reader)).status).toBe(200)
    expect((await ask(writer)).status).toBe(403)
    expect((await ask('x')).status).toBe(401)
  })

  it('forgets the refusal of another strategy for a request that it lets through', async () => {
    const passport = new passport7.Passport()
    passport.use('writers', new BearerStrategy({ verifier, access: { scopes: ['Orders.Write'] } }))
    passport.use('readers', new BearerStrategy({ verifier, access }))
    const told: unknown[] = []
    const app = express5()
    app.use(passport.authenticate(['writers', 'readers'], { session: false }))
    served = await serve(
      app.get('/orders', (request, response) => {
        told.push(refusalOf(request))
        response.end()
      }),
    )
    expect((await ask(reader)).status).toBe(200)
    expect(told).toEqual([undefined])
    expect((await ask(daemon)).status).toBe(403)
  })

  it('takes a refusal of a verify function for what it is', async () => {
    await start(new BearerStrategy({ verifier }, (_token, done) => done(refuse('not a customer'))))
    expect((await ask(reader)).status).toBe(403)
  })
})

describe('where the token is, with the options of passport-azure-ad', () => {
  it('takes it from a form, from JSON and from the header', async () => {
    await start(new BearerStrategy(legacyOptions(entra), anybody))
    const form = new URLSearchParams({ access_token: reader })
    expect((await ask(undefined, { method: 'POST', body: form })).status).toBe(200)
    const headers = { 'content-type': 'application/json' }
    const body = JSON.stringify({ access_token: reader })
    expect((await ask(undefined, { method: 'POST', headers, body })).status).toBe(200)
    expect((await ask(reader)).status).toBe(200)
  })

  it.each([
    ['in the query', reader, undefined, `/orders?access_token=x`],
    ['twice in the query', undefined, undefined, `/orders?access_token=x&access_token=y`],
    ['in the header and in the body', reader, new URLSearchParams({ access_token: reader }), '/orders'],
    [
      'in the body and malformed in the header',
      'a b',
      new URLSearchParams({ access_token: reader }),
      '/orders',
    ],
    ['twice in the body', undefined, `access_token=${reader}&access_token=${reader}`, '/orders'],
    ['as an object in the body', undefined, '{"access_token":{"0":"x"}}', '/orders'],
    ['as a number in the body', undefined, '{"access_token":1}', '/orders'],
    ['with white space in the body', undefined, JSON.stringify({ access_token: `${reader} x` }), '/orders'],
  ])('refuses it %s', async (_, header, body, path) => {
    await start(new BearerStrategy(legacyOptions(entra), anybody))
    const isJson = typeof body === 'string' && body.startsWith('{')
    const headers = isJson
      ? { 'content-type': 'application/json' }
      : { 'content-type': 'application/x-www-form-urlencoded' }
    const init: RequestInit = body === undefined ? {} : { method: 'POST', headers, body }
    const { status, challenge } = await ask(header, init, path)
    expect({ status, challenge }).toEqual({
      status: 401,
      challenge: 'Bearer error="invalid_request", error_description="The Authorization header is malformed."',
    })
  })
})

describe('a request of another framework', () => {
  const good = { authorization: `Bearer ${reader}` }
  const two = ['Authorization', `Bearer ${reader}`, 'Authorization', 'Bearer x']

  it.each<[string, BearerRequest, number]>([
    ['with its headers alone', { headers: good }, 200],
    ['with the request of Node in it', { headers: good, raw: { headers: good, rawHeaders: [] } }, 200],
    [
      'with the request of Node in it, which has two headers',
      { headers: good, raw: { headers: good, rawHeaders: two } },
      400,
    ],
    [
      'that is the request of Node, with something else in it',
      { headers: {}, rawHeaders: [], raw: { headers: good, rawHeaders: [] } },
      401,
    ],
  ])('%s', async (_, request, status) => {
    expect(await outcomeOf(new BearerStrategy({ verifier }), request)).toBe(status)
  })

  const body = { access_token: reader }
  it.each<[string, BearerRequest, number]>([
    ['a body that is null', { headers: good, body: null }, 200],
    ['a body whose token is null', { headers: good, body: { access_token: null } }, 200],
    ['a token in the body and none in the header', { headers: {}, body }, 200],
    [
      'a token in the body and Basic credentials that end like a scheme',
      { headers: { authorization: 'Basic dXNlcpop' }, body },
      200,
    ],
    [
      'a token in the body and one after white space in the header',
      { headers: { authorization: '\t bearer x' }, body },
      401,
    ],
    [
      'a token in the body and two headers, of which the first is Basic',
      {
        headers: { authorization: 'Basic dXNlcjpwYXNz' },
        rawHeaders: ['Authorization', 'Basic dXNlcjpwYXNz', 'authorization', 'Bearer x'],
        body,
      },
      401,
    ],
  ])('with the options of passport-azure-ad, and %s', async (_, request, status) => {
    expect(await outcomeOf(new BearerStrategy(legacyOptions(entra), anybody), request)).toBe(status)
  })

  it('that has no connection to end, is logged where nothing takes its outcome', async () => {
    const log = vi.spyOn(console, 'error').mockImplementation(() => {})
    const rejected = vi.fn<(reason: unknown) => void>()
    process.on('unhandledRejection', rejected)
    const strategy = Object.assign(Object.create(new BearerStrategy({ verifier })), {
      fail: throwing,
      error: throwing,
    }) as BearerStrategy
    strategy.authenticate({ headers: {} })
    await vi.waitFor(() => expect(log).toHaveBeenCalledOnce())
    await new Promise(setImmediate)
    process.off('unhandledRejection', rejected)
    log.mockRestore()
    expect(rejected).not.toHaveBeenCalled()
  })
})

describe('a verify function', () => {
  const outcomes: ReadonlyArray<readonly [string, VerifyBearerFunction, number]> = [
    ['that finds nobody', (_token, done) => done(null, false, 'SECRET'), 401],
    ['that finds nobody, and says so by null', (_token, done) => done(null, null), 401],
    ['that gives an error', (_token, done) => done(new Error('SECRET')), 500],
    ['that gives an error and a user', (_token, done) => done(new Error('SECRET'), { id: 1 }), 500],
    // To `next` of Express these mean "go on".
    ['that throws nothing', async () => Promise.reject(undefined), 500], // oxlint-disable-line typescript/prefer-promise-reject-errors -- the point
    ['that gives the text "route" as an error', (_token, done) => done('route'), 500],
    ['that gives the text "router" as an error', (_token, done) => done('router'), 500],
    ['that rejects', async () => Promise.reject(new Error('SECRET')), 500],
    [
      'that calls done twice, first for nobody',
      (token, done) => {
        done(null, false)
        done(null, token)
      },
      401,
    ],
    [
      'that calls done twice, first for somebody',
      (token, done) => {
        done(null, token)
        done(new Error('SECRET'))
      },
      200,
    ],
    [
      'that throws after it called done',
      (token, done) => {
        done(null, token)
        throw new Error('SECRET')
      },
      200,
    ],
    [
      'that rejects, and calls done later',
      async (token, done) => {
        setImmediate(() => done(null, token))
        return Promise.reject(new Error('SECRET'))
      },
      500,
    ],
    ['whose info cannot be read', (token, done) => done(null, token, unreadable), 500],
    ['that calls done later', (token, done) => setImmediate(() => done(null, token)), 200],
  ]

  it.each(outcomes)('%s', async (_, verify, status) => {
    process.env['NODE_ENV'] = 'production'
    try {
      await start(new BearerStrategy(legacyOptions(entra), verify))
      const received = await ask(reader)
      expect(received.status).toBe(status)
      expect(`${received.challenge} ${received.text}`).not.toContain('SECRET')
    } finally {
      process.env['NODE_ENV'] = 'test'
    }
  })

  it('is not called for a token that is refused', async () => {
    let called = 0
    await start(new BearerStrategy(legacyOptions(entra), (token, done) => done(null, token, ++called)))
    await ask(await entra.issueUserToken({ signWith: 'unknown' }))
    await ask()
    expect(called).toBe(0)
  })

  it('may change its token without a trace for the next request', async () => {
    await start(new BearerStrategy(legacyOptions(entra), writing))
    await ask(reader)
    const { user, authInfo } = await json(reader)
    expect(user).toMatchObject({ seen: 1, oid: 'x' })
    expect(authInfo.identity).toMatchObject({
      kind: 'user',
      objectId: expect.stringMatching(/^[0-9a-f-]{36}$/),
    })
  })

  it.each([
    ['nothing', undefined, {}],
    ['null', null, {}],
    ['a text', 'admin', { message: 'admin' }],
    ['a list', ['a'], { message: ['a'] }],
    ['an object with an identity of its own', { identity: { kind: 'app' }, scp: 'x' }, { scp: 'x' }],
    ['a frozen object', Object.freeze({ identity: 1, scp: 'x' }), { scp: 'x' }],
  ])('whose info is %s leaves the identity in authInfo', async (_, info, rest) => {
    await start(new BearerStrategy(legacyOptions(entra), (token, done) => done(null, token, info)))
    const { authInfo } = await json(reader)
    expect(authInfo).toEqual({ ...rest, identity: expect.objectContaining({ kind: 'user', tenantId }) })
  })
})

describe('the metadata of common', () => {
  const common = { ...legacyOptions(entra), identityMetadata: metadataOf('common') }

  it('accepts the tenant that the route names, and no other', async () => {
    await start(new BearerStrategy(common, anybody), { tenantIdOrName: tenantId })
    expect((await ask(reader)).status).toBe(200)
    expect((await ask(stranger)).status).toBe(401)
  })

  it('alone has to do with the tenant that a route names', async () => {
    for (const tenantIdOrName of [otherTenantId, '../x']) {
      await start(new BearerStrategy(legacyOptions(entra), anybody), { tenantIdOrName })
      expect((await ask(reader)).status).toBe(200)
      expect((await ask(stranger)).status).toBe(401)
      await served?.close()
    }
  })

  it.each([[undefined], ['common'], ['organizations'], ['../x'], ['a/b'], [''], [{}], [null]])(
    'is an error where the route names %j',
    async (tenantIdOrName) => {
      await start(new BearerStrategy(common, anybody), { tenantIdOrName })
      expect((await ask(reader)).status).toBe(500)
    },
  )

  it('accepts the tenants of the issuers, in the version that each names', async () => {
    const issuer = [
      `https://login.microsoftonline.com/${tenantId}/v2.0`,
      `https://sts.windows.net/${otherTenantId}/`,
    ]
    await start(new BearerStrategy({ ...common, issuer }, anybody))
    const old = await entra.issueUserToken({ tenantId: otherTenantId, version: '1.0', audience: api })
    expect((await ask(reader)).status).toBe(200)
    expect((await ask(old)).status).toBe(200)
    expect((await ask(stranger)).status).toBe(401)
  })

  it('accepts every tenant with validateIssuer: false, and binds the issuer to the tenant', async () => {
    await start(new BearerStrategy({ ...common, validateIssuer: false }, anybody))
    expect((await ask(stranger)).status).toBe(200)
    const lied = await entra.issueUserToken({ claims: { tid: otherTenantId } })
    expect((await ask(lied)).status).toBe(401)
  })

  it('keeps few tenants where the caller names them, and those whose callers it has admitted', async () => {
    const strategy = new BearerStrategy(common, anybody)
    const passport = new passport7.Passport()
    passport.use(strategy)
    const app = express5().get(
      '/:tenant',
      (request, response, next) => {
        const { tenant: tenantIdOrName } = request.params
        passport.authenticate('oauth-bearer', { session: false, tenantIdOrName } as object)(
          request,
          response,
          next,
        )
      },
      report,
    )
    served = await serve(app)
    expect((await ask(reader, {}, `/${tenantId}`)).status).toBe(200)
    const before = entra.requests.length
    for (let n = 0; n < 120; n++)
      await ask('x', {}, `/99999999-9999-4999-8999-${String(n).padStart(12, '0')}`)
    expect(entra.requests.length).toBe(before)
    expect((await ask(reader, {}, `/${tenantId}`)).status).toBe(200)
    expect(entra.requests.length).toBe(before)
  })
})

describe('an outcome that the application cannot take', () => {
  it('is an error of the request', async () => {
    const passport = new passport7.Passport()
    passport.use(new BearerStrategy({ verifier }))
    const seen: unknown[] = []
    served = await serve(
      express5().get('/orders', (request, response, next) => {
        const answer = (error: unknown): void => {
          seen.push(error)
          if (error === null) throw new RangeError('the callback')
          response.status(500).end()
        }
        passport.authenticate('oauth-bearer', { session: false }, answer)(request, response, next)
      }),
    )
    expect((await ask(reader)).status).toBe(500)
    expect(seen).toEqual([null, expect.any(RangeError)])
  })

  it.each([
    ['without a token', undefined],
    ['with a good one', reader],
  ])(
    'ends the connection of a request %s whose callback takes no error either, and goes on',
    async (_, token) => {
      const log = vi.spyOn(console, 'error').mockImplementation(() => {})
      const passport = new passport7.Passport()
      passport.use(new BearerStrategy({ verifier }))
      served = await serve(
        express5()
          .get('/orders', (request, response, next) => {
            const answer = (_error: unknown, user?: { readonly team: { readonly id: string } }): void =>
              void response.json(user?.team.id.length ?? missing().length)
            passport.authenticate('oauth-bearer', { session: false }, answer)(request, response, next)
          })
          .get('/health', (_request, response) => void response.send('ok')),
      )
      for (let times = 1; times <= 2; times++) {
        await expect(ask(token)).rejects.toThrow(TypeError)
        expect(log.mock.calls.at(-1)).toEqual([expect.any(Error)])
        expect(log).toHaveBeenCalledTimes(times)
        expect((await ask(undefined, {}, '/health')).text).toBe('ok')
      }
      log.mockRestore()
    },
  )

  it('is known to error handlers by its class, with its cause', async () => {
    const offline = await emulator()
    const passport = new passport7.Passport()
    passport.use(new BearerStrategy({ verifier: createVerifier(offline.verifierOptions()) }))
    offline.goOffline()
    let caught: unknown
    const onError: ErrorRequestHandler = (error, _request, response, _next) => {
      caught = error
      response.status(error.status).set(error.headers).end()
    }
    served = await serve(
      express5()
        .get('/orders', passport.authenticate('oauth-bearer', { session: false }), report)
        .use(onError),
    )
    expect((await ask(await offline.issueUserToken())).status).toBe(503)
    expect(caught).toBeInstanceOf(EntraGuardRefusal)
    expect(EntraGuardError.is((caught as EntraGuardRefusal).cause)).toBe(true)
    expect(caught).toMatchObject({ name: 'EntraGuardRefusal', status: 503, statusCode: 503, expose: true })
  })
})
