import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import { connect as connectHttp2, createSecureServer } from 'node:http2'
import { connect, type AddressInfo, type Server } from 'node:net'
import { text } from 'node:stream/consumers'

import { authorizationOf, createVerifier, EntraGuardError, proofOf, type Verifier } from '@entraguard/core'
import { dpop, mtls } from '@entraguard/core/pop'
import { createEmulator, type Emulator, type ProofKey } from '@entraguard/emulator'
import { entraGuard as expressGuard } from '@entraguard/express'
import { entraGuard as fastifyGuard } from '@entraguard/fastify'
import { entraGuard as honoGuard } from '@entraguard/hono'
import { getRequestListener } from '@hono/node-server'
import express from 'express'
import fastify from 'fastify'
import { Hono } from 'hono'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'

import { selfSigned } from '../clients/certificate.ts'

/* Several requests of one connection are several requests: a proof is good for one of them, a certificate for all. */
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
  verifier = createVerifier({ ...entra.verifierOptions(), bound: [dpop({ origin }), mtls()] })
})

const open: (() => unknown)[] = []
afterEach(async () => {
  for (const close of open.splice(0)) await close()
})

async function listen(server: Server): Promise<number> {
  open.push(() => server.close())
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

const proof = (method = 'GET'): Promise<string> =>
  key.proof({ method, url: `${origin}/orders`, accessToken: token })

const frameworks: Readonly<Record<string, () => Promise<RequestListener>>> = {
  Express: async () => {
    const app = express()
    app.all('/orders', expressGuard(verifier, access), (_, response) => void response.send('orders'))
    return app
  },
  Fastify: async () => {
    const app = fastify()
    await app.register(fastifyGuard, { verifier })
    app.get('/orders', { config: { access } }, () => 'orders')
    await app.ready()
    open.push(() => app.close())
    return (request, response) => app.routing(request, response)
  },
  Hono: async () => {
    const app = new Hono().all('/orders', honoGuard(verifier, access), (c) => c.text('orders'))
    const listener = getRequestListener(app.fetch)
    return (request, response) => void listener(request, response)
  },
}

/** The status of each answer to requests that go out on one connection, all at once. */
async function pipelined(port: number, heads: readonly (readonly string[])[]): Promise<readonly number[]> {
  const socket = connect(port, '127.0.0.1')
  const last = heads.length - 1
  const requests = heads.map((lines, index) =>
    [...lines, 'Host: a.test', ...(index === last ? ['Connection: close'] : []), '', ''].join('\r\n'),
  )
  socket.write(requests.join(''))
  return [...(await text(socket)).matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status))
}

describe.each(Object.entries(frameworks))('%s', (_name, build) => {
  it('takes a proof once on one connection that is kept alive, for whatever method comes behind', async () => {
    const port = await listen(createServer(await build()))
    const headers = [`Authorization: DPoP ${token}`, `DPoP: ${await proof()}`]
    const get = ['GET /orders HTTP/1.1', ...headers]
    const head = ['HEAD /orders HTTP/1.1', ...headers]
    const bare = ['GET /orders HTTP/1.1', headers[0] ?? '']
    const [one, other, ...rest] = await pipelined(port, [get, get, head, bare])
    // Servers begin with all of them at once: which of two equal requests is the first is open.
    expect([one, other].toSorted((a = 0, b = 0) => a - b)).toEqual([200, 401])
    expect(rest).toEqual([401, 401])
    expect(await pipelined(port, [get])).toEqual([401])
  })
})

it('a request to upgrade takes a proof once', async () => {
  const server = createServer((_request, response) => void response.end())
  server.on('upgrade', (request, socket) => {
    verifier.authenticate(authorizationOf(request), access, { request: proofOf(verifier, request) }).then(
      () => socket.end('HTTP/1.1 101 Switching Protocols\r\n\r\n'),
      () => socket.end('HTTP/1.1 401 Unauthorized\r\n\r\n'),
    )
  })
  const port = await listen(server)
  const headers = [`Authorization: DPoP ${token}`, `DPoP: ${await proof()}`]
  const lines = ['GET /orders HTTP/1.1', ...headers, 'Upgrade: websocket', 'Connection: Upgrade']
  expect([await pipelined(port, [lines]), await pipelined(port, [lines])]).toEqual([[101], [401]])
})

/** A server without a framework: 200 with the way in which the key was proved, or the code of the refusal. */
async function serve(): Promise<{ port: number; client: { pem: string; privateKey: string } }> {
  const [own, client] = await Promise.all([selfSigned('localhost'), selfSigned('client')])
  const options = { key: own.privateKey, cert: own.pem, requestCert: true, rejectUnauthorized: false }
  const server = createSecureServer(options, (request, response) => {
    const asked = { request: proofOf(verifier, request) }
    verifier.authenticate(authorizationOf(request), access, asked).then(
      ({ bound }) => response.end(bound?.by ?? 'plain'),
      (error: unknown) => response.end(EntraGuardError.is(error) ? error.code : String(error)),
    )
  })
  return { port: await listen(server), client }
}

async function asking(port: number, certificate?: { pem: string; privateKey: string }) {
  const session = connectHttp2(`https://127.0.0.1:${port}`, {
    rejectUnauthorized: false,
    ...(certificate && { key: certificate.privateKey, cert: certificate.pem }),
  })
  open.unshift(() => session.destroy())
  await once(session, 'connect')
  return (headers: Readonly<Record<string, string>>): Promise<string> =>
    text(session.request({ ':path': '/orders', ...headers }))
}

describe('HTTP/2 with TLS', () => {
  it('takes a proof once, of two streams at the same moment too', async () => {
    const { port } = await serve()
    const ask = await asking(port)
    const headers = { authorization: `DPoP ${token}`, dpop: await proof() }
    const answers = await Promise.all([ask(headers), ask(headers), ask({ ...headers, ':method': 'DELETE' })])
    expect(answers.toSorted()).toEqual(['dpop', 'proof_invalid', 'proof_replayed'])
  })

  it('knows the certificate of the connection in each stream, and no other', async () => {
    const { port, client } = await serve()
    const bound = await entra.issueUserToken({
      scopes: ['Orders.Read'],
      boundTo: { certificate: client.pem },
    })
    const [own, other, none] = await Promise.all([
      asking(port, client),
      selfSigned('other').then((certificate) => asking(port, certificate)),
      asking(port),
    ])
    const headers = { authorization: `Bearer ${bound}`, 'x-arr-clientcert': client.pem.replaceAll('\n', '') }
    expect([await own(headers), await own(headers)]).toEqual(['mtls', 'mtls'])
    expect([await other(headers), await none(headers)]).toEqual(['proof_invalid', 'proof_missing'])
  })
})
