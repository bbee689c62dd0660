import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import { connect, createServer as createHttp2Server } from 'node:http2'
import type { AddressInfo } from 'node:net'

import { createVerifier, type Verifier } from '@entraguard/core'
import { dpop } from '@entraguard/core/pop'
import { createEmulator, type Emulator, type ProofKey } from '@entraguard/emulator'
import { entraGuard as expressGuard } from '@entraguard/express'
import { entraGuard as fastifyGuard } from '@entraguard/fastify'
import { entraGuard as honoGuard } from '@entraguard/hono'
import { getRequestListener } from '@hono/node-server'
import express from 'express'
import fastify from 'fastify'
import { Hono } from 'hono'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'

import { sendRaw } from '../contract/raw-request.ts'

/* Where a router stands below a path, a proof is for the whole address, and for no other way to the same handler. */
const origin = 'https://api.contoso.com'
const access = { scopes: ['Orders.Read'] } as const

let entra: Emulator
let key: ProofKey
let token: string
let verifier: Verifier

beforeAll(async () => {
  entra = await createEmulator()
  key = await entra.createProofKey()
  token = await entra.issueUserToken({ scopes: ['Orders.Read'], boundTo: key })
  verifier = createVerifier({ ...entra.verifierOptions(), bound: dpop({ origin }) })
})

const open: (() => unknown)[] = []
afterEach(async () => {
  for (const close of open.splice(0)) await close()
})

async function listen(listener: RequestListener): Promise<URL> {
  const server: Server = createServer(listener).listen(0, '127.0.0.1')
  open.push(() => server.close())
  await once(server, 'listening')
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
}

const proofAt = async (url: string): Promise<string> => key.proof({ method: 'GET', url, accessToken: token })
const proofFor = async (path: string): Promise<string> => proofAt(`${origin}${path}`)

/** What comes to a request for `target` with a proof for `path`: who answered, or the status. */
async function ask(url: URL, target: string, path: string): Promise<string | number> {
  const { status, text } = await sendRaw(url, [
    `GET ${target} HTTP/1.1`,
    `Host: ${url.host}`,
    `Authorization: DPoP ${token}`,
    `DPoP: ${await proofFor(path)}`,
  ])
  return status === 200 ? text : status
}

/** Everything that comes there is answered with this name. */
const answering = (router: express.Router | express.Express, name: string): express.Router =>
  router.use(expressGuard(verifier, access), (_, response) => void response.send(name))

/** One handler below `/shop/orders` that answers every path there, and one below `/admin`. */
const frameworks: Readonly<Record<string, () => RequestListener | Promise<RequestListener>>> = {
  'Express, a router': () => {
    const [orders, admin] = [answering(express.Router(), 'orders'), answering(express.Router(), 'admin')]
    return express().use('/shop/orders', orders).use('/admin', admin)
  },
  'Express, an app in an app': () => {
    const [orders, admin] = [answering(express(), 'orders'), answering(express(), 'admin')]
    return express().use('/shop', express().use('/orders', orders)).use('/admin', admin)
  },
  'Fastify, a prefix': async () => {
    const app = fastify()
    await app.register(fastifyGuard, { verifier })
    const below = (name: string, prefix: string) =>
      app.register(
        async (inner) => {
          for (const path of ['/', '/*']) inner.get(path, { config: { access } }, () => name)
        },
        { prefix },
      )
    await below('orders', '/shop/orders')
    await below('admin', '/admin')
    await app.ready()
    open.push(() => app.close())
    return (request, response) => app.routing(request, response)
  },
  'Hono, a route': () => {
    const [orders, admin] = ['orders', 'admin'].map((name) =>
      new Hono().use(honoGuard(verifier, access)).all('*', (c) => c.text(name)),
    )
    const app = new Hono().route('/shop/orders', orders!).route('/admin', admin!)
    const listener = getRequestListener(app.fetch)
    return (request, response) => void listener(request, response)
  },
}

describe.each(Object.entries(frameworks))('%s', (_name, build) => {
  it('takes the whole address', async () => {
    const url = await listen(await build())
    expect(await ask(url, '/shop/orders', '/shop/orders')).toBe('orders')
    expect(await ask(url, '/shop/orders/1?a=b', '/shop/orders/1')).toBe('orders')
    expect(await ask(url, '/admin/1', '/admin/1')).toBe('admin')
  })

  it.each(['/', '/orders', '/1', '/shop', '/shop/orders', '/shop/orders/1/', '/admin', '/admin/1'])(
    'takes no proof for %s where /shop/orders/1 is asked for',
    async (path) => {
      expect(await ask(await listen(await build()), '/shop/orders/1', path)).toBe(401)
    },
  )

  it.each([
    '/admin/../shop/orders/1',
    '/admin/%2e%2e/shop/orders/1',
    '/admin/.%2E/shop/orders/1',
    '/admin/x/../../shop/orders/1',
    'http://api.contoso.com/admin/../shop/orders/1',
    '/admin/..;/shop/orders/1',
    '/admin/%2e%2e%2fshop%2forders%2f1',
    '/admin\\..\\shop\\orders\\1',
    '//admin/../shop/orders/1',
    '/admin/..//shop/orders/1',
  ])('leads no proof for /shop/orders/1 to another handler by %s', async (target) => {
    expect(await ask(await listen(await build()), target, '/shop/orders/1')).not.toBe('admin')
  })
})

const ask2 = async (url: URL, headers: Readonly<Record<string, string>>): Promise<unknown> => {
  const session = connect(url)
  const stream = session.request({ ...headers, authorization: `DPoP ${token}` })
  const [answer] = await once(stream, 'response')
  stream.close()
  session.destroy()
  return answer[':status']
}

describe('HTTP/2', () => {
  const listeners: Readonly<Record<string, () => Promise<URL>>> = {
    async Hono() {
      const listener = getRequestListener(
        new Hono().get('/orders', honoGuard(verifier, access), (c) => c.text('orders')).fetch,
      )
      const server = createHttp2Server((request, response) => void listener(request, response))
      open.push(() => server.close())
      server.listen(0, '127.0.0.1')
      await once(server, 'listening')
      return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
    },
    async Fastify() {
      const app = fastify({ http2: true })
      await app.register(fastifyGuard, { verifier })
      app.get('/orders', { config: { access } }, () => 'orders')
      open.push(() => app.close())
      return new URL(await app.listen({ port: 0, host: '127.0.0.1' }))
    },
  }

  it.each(Object.entries(listeners))('%s: :authority and :scheme decide nothing', async (_name, start) => {
    const url = await start()
    const evil = { ':path': '/orders', ':authority': 'evil.example', ':scheme': 'https' }
    expect(await ask2(url, { ...evil, dpop: await proofFor('/orders') })).toBe(200)
    expect(await ask2(url, { ...evil, dpop: await proofAt('https://evil.example/orders') })).toBe(401)
    expect(await ask2(url, { ...evil, dpop: await proofAt(`${url.origin}/orders`) })).toBe(401)
    expect(await ask2(url, { ...evil, ':method': 'HEAD', dpop: await proofFor('/orders') })).toBe(401)
  })
})

/** An app in an app, whose verifier has that address. */
function mounted(at: string): Hono {
  const own = verifier.with({ bound: dpop({ origin: at }) })
  const inner = new Hono().get('/orders', honoGuard(own, access), (c) => c.text('orders'))
  return new Hono().mount('/shop', inner.fetch)
}

describe('a mounted app of Hono, which sees a part of the path', () => {
  it.each([
    ['/shop/orders', `${origin}/shop`, 200],
    ['/orders', `${origin}/shop`, 401],
    ['/shop/orders', origin, 401],
  ])('a proof for %s, with the origin %s: %i', async (path, at, status) => {
    const headers = { authorization: `DPoP ${token}`, dpop: await proofFor(path) }
    expect((await mounted(at).request('/shop/orders', { headers })).status).toBe(status)
  })

  it('is proved by the guard of the outer app where there is one, for the whole address and once', async () => {
    const inner = new Hono().get('/orders', honoGuard(verifier, access), (c) => c.text('orders'))
    const app = new Hono().use(honoGuard(verifier)).mount('/shop', inner.fetch)
    const listener = getRequestListener(app.fetch)
    const url = await listen((request, response) => void listener(request, response))
    const authorization = `DPoP ${token}`
    const status = async (proof: string): Promise<number> =>
      (await fetch(`${url.origin}/shop/orders`, { headers: { authorization, dpop: proof } })).status
    const proof = await proofFor('/shop/orders')
    expect([await status(proof), await status(proof)]).toEqual([200, 401])
    expect(await status(await proofFor('/orders'))).toBe(401)
  })
})

describe('Hono, whose environment holds whatever the platform puts there', () => {
  const app = new Hono()
    .use(honoGuard(() => verifier, access))
    .get('/orders', (c) => c.text('orders'))
    .delete('/orders', (c) => c.text('deleted'))

  it.each<[string, unknown]>([
    ['a binding, one object for all requests', { get: () => null }],
    ['a binding with a socket', { socket: {}, headers: {} }],
    ['a text', 'yes'],
    ['nothing', null],
  ])('takes a proof once where `incoming` is %s', async (_what, incoming) => {
    const headers = { authorization: `DPoP ${token}`, dpop: await proofFor('/orders') }
    const status = async (method: string): Promise<number> =>
      (await app.request('/orders', { method, headers }, { incoming })).status
    expect([await status('GET'), await status('GET'), await status('DELETE')]).toEqual([200, 401, 401])
  })

  it('takes no proof for another call that a handler makes of the same request', async () => {
    const batch = new Hono<{ Bindings: { incoming: unknown } }>().post('/batch', async (c) => {
      const { headers } = c.req.raw
      const statuses: number[] = []
      for (const method of ['GET', 'GET', 'DELETE'])
        statuses.push((await app.request('/orders', { method, headers: [...headers] }, c.env)).status)
      return c.json(statuses)
    })
    const listener = getRequestListener(batch.fetch)
    const url = await listen((request, response) => void listener(request, response))
    const headers = { authorization: `DPoP ${token}`, dpop: await proofFor('/orders') }
    const answer = await fetch(new URL('/batch', url), { method: 'POST', headers })
    expect(await answer.json()).toEqual([200, 200, 401])
  })
})

it('Express: a proof for POST lets nobody delete by a method override between two guards', async () => {
  const app = express()
    .use(expressGuard(verifier))
    .use((request, _, next) => {
      const { 'x-http-method-override': method } = request.headers
      if (typeof method === 'string') request.method = method
      next()
    })
    .post('/orders', expressGuard(verifier, access), (_, response) => void response.send('added'))
    .delete('/orders', expressGuard(verifier, access), (_, response) => void response.send('deleted'))
  const url = await listen(app)
  const send = async (more: Readonly<Record<string, string>>): Promise<string | number> => {
    const proof = await key.proof({ method: 'POST', url: `${origin}/orders`, accessToken: token })
    const headers = { authorization: `DPoP ${token}`, dpop: proof, ...more }
    const response = await fetch(new URL('/orders', url), { method: 'POST', headers })
    return response.ok ? response.text() : response.status
  }
  expect(await send({})).toBe('added')
  expect(await send({ 'x-http-method-override': 'DELETE' })).toBe(401)
})
