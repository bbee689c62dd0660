import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'

import { withEntraGuard as functionsGuard } from '@entraguard/azure-functions'
import { createVerifier, readBearerToken, type Access, type Verifier } from '@entraguard/core'
import { createEmulator, defaults } from '@entraguard/emulator'
import { entraGuard as expressGuard } from '@entraguard/express'
import { entraGuard as fastifyGuard } from '@entraguard/fastify'
import { entraGuard as honoGuard } from '@entraguard/hono'
import { mcpGuard } from '@entraguard/mcp'
import { BearerStrategy } from '@entraguard/passport'
import { HttpRequest, type InvocationContext } from '@azure/functions'
import express from 'express'
import fastify from 'fastify'
import { Hono } from 'hono'
import { HTTPException } from 'hono/http-exception'
import passports from 'passport'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'

import { nestAdapters } from '../contract/nest.ts'

/*
 * People wrap verifiers, and what they write may fail in any way. To frameworks with a `next`, nothing means "go on", and
 * so do some texts: a guard that hands on what it caught would let everybody pass. So would one that takes what a wrapper
 * gives for a caller, where that has swallowed the refusal. (Next has no `next`, and its types
 * are not for this folder: packages/next has the same rows.)
 */

const anyone: Access = { callers: ['user', 'app'] }
/** More than the caller of these tests has. */
const more: Access = { scopes: ['Orders.Write'] }
const whole = new Error('the wrapper is broken')

const failures: ReadonlyArray<readonly [string, () => unknown]> = [
  ['undefined', () => undefined],
  ['null', () => null],
  ['false', () => false],
  ['0', () => 0],
  ['an empty text', () => ''],
  ['the text "route"', () => 'route'],
  ['the text "router"', () => 'router'],
  ['an Error', () => whole],
]

let real: Verifier
let token: string

beforeAll(async () => {
  const entra = await createEmulator()
  real = createVerifier(entra.verifierOptions())
  token = await entra.issueUserToken({ scopes: ['Orders.Read'] })
})

const open: Array<() => unknown> = []
afterEach(async () => {
  for (const close of open.splice(0)) await close()
})

async function askOver(listener: RequestListener): Promise<number> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  open.push(() => server.close())
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return (await fetch(`http://127.0.0.1:${port}/orders`, { headers })).status
}

/** Settles when the request has an answer; a handler that ran says so by 299. */
type Door = (verifier: Verifier, access: Access) => Promise<number>

let headers: { authorization: string }
beforeAll(() => {
  headers = { authorization: `Bearer ${token}` }
})

const reached = 299
const request = (): Request => new Request('https://api.contoso.com/orders', { headers })

const doors: Readonly<Record<string, Door>> = {
  Express: async (verifier, access) => {
    const app = express()
    app.get(
      '/orders',
      expressGuard(verifier, access),
      (_request, response) => void response.sendStatus(reached),
    )
    // Where "route" leads to.
    app.get('/orders', (_request, response) => void response.sendStatus(reached))
    app.use(quiet)
    return await askOver(app)
  },
  'Express, for all routes': async (verifier, access) => {
    const app = express().use(expressGuard(verifier, access, { refusals: 'next' }))
    app.get('/orders', (_request, response) => void response.sendStatus(reached))
    app.use(quiet)
    return await askOver(app)
  },
  Fastify: async (verifier, access) => {
    const app = fastify()
    open.push(() => app.close())
    await app.register(fastifyGuard, { verifier })
    app.get('/orders', { config: { access } }, (_request, reply) => reply.code(reached).send())
    return (await app.inject({ url: '/orders', headers })).statusCode
  },
  Hono: async (verifier, access) => {
    const app = new Hono()
      .use(honoGuard(verifier, access))
      .get('/orders', () => new Response(null, { status: reached }))
    app.onError((error) =>
      error instanceof HTTPException ? error.getResponse() : new Response(null, { status: 500 }),
    )
    // What is no Error, Hono hands on to the server.
    return await statusOf(async () => (await app.request(request())).status)
  },
  'Azure Functions': async (verifier, access) => {
    const handler = functionsGuard(verifier, access, () => ({ status: reached }))
    const incoming = new HttpRequest({ method: 'GET', url: request().url, headers })
    return await statusOf(async () => (await handler(incoming, {} as InvocationContext)).status ?? 200)
  },
  'MCP, guard.fetch': async (verifier, access) => {
    const guard = mcpGuard(verifier, { resource: 'https://api.contoso.com/orders', access })
    const handler = guard.fetch({ fetch: async () => new Response(null, { status: reached }) })
    return await statusOf(async () => (await handler(request())).status)
  },
  'MCP, guard.node in Express': async (verifier, access) => {
    const guard = mcpGuard(verifier, { resource: 'https://api.contoso.com/orders', access })
    const app = express()
    app.use(guard.node({ fetch: async () => new Response(null, { status: reached }) }))
    app.use((_request, response) => void response.sendStatus(reached))
    app.use(quiet)
    return await askOver(app)
  },
  Passport: async (verifier, access) => {
    const passport = new passports.Passport()
    passport.use(new BearerStrategy({ verifier, access }))
    const app = express()
    app.get('/orders', passport.authenticate('oauth-bearer', { session: false }), (_request, response) => {
      response.sendStatus(reached)
    })
    app.get('/orders', (_request, response) => void response.sendStatus(reached))
    app.use(quiet)
    return await askOver(app)
  },
}

/** Express would print the error. A refusal that is left to the application has its status. */
const quiet: express.ErrorRequestHandler = (
  error: { readonly status?: unknown },
  _request,
  response,
  _next,
) => void response.sendStatus(typeof error.status === 'number' ? error.status : 500)

async function statusOf(ask: () => Promise<number>): Promise<number> {
  try {
    return await ask()
  } catch {
    return 500
  }
}

/** Not `async`: one of them throws before there is a promise. */
const failing = (authenticate: (authorization: unknown) => unknown): Verifier => ({
  ...real,
  authenticate: authenticate as Verifier['authenticate'],
})

describe.each(Object.entries(doors))('%s', (_name, door) => {
  it('lets a caller in whom a wrapped verifier admits', async () => {
    expect(await door({ ...real }, anyone)).toBe(reached)
  })

  it.each([undefined, null, true, 'user'])('lets nobody in whom a verifier gives %s for', async (nobody) => {
    expect(
      await door(
        failing(async () => nobody),
        anyone,
      ),
    ).toBe(500)
  })

  it.each(failures)('lets nobody in whom a verifier refuses with %s', async (_thrown, thrown) => {
    // oxlint-disable-next-line typescript/prefer-promise-reject-errors -- what people write
    expect(
      await door(
        failing(() => Promise.reject(thrown())),
        anyone,
      ),
    ).toBe(500)
  })

  it.each(failures)(
    'lets nobody in where a verifier throws %s before there is a promise',
    async (_thrown, thrown) => {
      const throwing = failing(() => {
        throw thrown()
      })
      expect(await door(throwing, anyone)).toBe(500)
    },
  )
})

/** Wrappers that compile and answer, and in which the access of the route is lost. */
const forgetful: Readonly<Record<string, () => Verifier>> = {
  'hands on the header alone': () => failing((header) => real.authenticate(header as string)),
  'verifies, and asks for nothing': () => failing((header) => real.verify(readBearerToken(header as string))),
  'asks for less': () => failing((header) => real.authenticate(header as string, anyone)),
}

describe.each(Object.entries(doors))('%s', (_name, door) => {
  it.each(Object.entries(forgetful))(
    'lets nobody in who lacks the scope where a wrapper %s',
    async (_what, wrapped) => {
      expect(await door(wrapped(), anyone)).toBe(reached)
      expect(await door(wrapped(), more)).toBe(403)
    },
  )
})

const environment = { ENTRA_TENANTS: defaults.tenantId, ENTRA_AUDIENCE: defaults.apiClientId }

describe.each(nestAdapters('Nest'))('$name', (adapter) => {
  it('lets nobody in whom a verifier refuses with anything, or throws', async () => {
    let way = failures[0]?.[1]
    const served = await adapter.start({ verifier: failing(() => way?.()), environment })
    open.push(() => served.close())
    for (const [, thrown] of failures) {
      for (const each of [
        () => Promise.reject(thrown()),
        () => {
          throw thrown()
        },
      ]) {
        way = each
        const answer = await fetch(`${served.url}/whoami`, { headers })
        expect(answer.status).toBeGreaterThanOrEqual(500)
      }
    }
  })
})
