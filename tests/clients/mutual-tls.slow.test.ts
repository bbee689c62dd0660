import { once } from 'node:events'
import type { RequestListener, Server } from 'node:http'
import { connect as connectHttp2, createSecureServer, type Http2ServerRequest } from 'node:http2'
import { Agent, createServer, request } from 'node:https'
import type { AddressInfo } from 'node:net'

import { createVerifier, EntraGuardError, proofOf, type Verifier } from '@entraguard/core'
import { mtls, type MtlsOptions } from '@entraguard/core/pop'
import { entraGuard } from '@entraguard/express'
import { createEmulator, type Emulator } from '@entraguard/emulator'
import { entraGuard as honoGuard } from '@entraguard/hono'
import { getRequestListener } from '@hono/node-server'
import express from 'express'
import { Hono } from 'hono'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'

import { selfSigned } from './certificate.ts'

/* RFC 8705 over real TLS: the handshake proves the key, and the token names the certificate. */
type Certificate = Awaited<ReturnType<typeof selfSigned>>

let entra: Emulator
let own: Certificate
let client: Certificate
let thief: Certificate
let token: string

beforeAll(async () => {
  entra = await createEmulator()
  own = await selfSigned('localhost')
  client = await selfSigned('client')
  thief = await selfSigned('thief')
  token = await entra.issueUserToken({ scopes: ['Orders.Read'], boundTo: { certificate: client.pem } })
})

const verifierWith = (options?: MtlsOptions): Verifier =>
  createVerifier({ ...entra.verifierOptions(), bound: mtls(options) })

const ordersOf = (verifier: Verifier): RequestListener =>
  express().get('/orders', entraGuard(verifier, { scopes: ['Orders.Read'] }), (_, response) => {
    response.json({ bound: response.locals.identity.bound?.by })
  })

const open: Pick<Server, 'close' | 'closeAllConnections'>[] = []
afterEach(() => {
  for (const server of open.splice(0)) {
    server.close()
    server.closeAllConnections()
  }
})

/** A server that asks for the certificate of its client, and leaves it to the token whose it must be. */
async function listen(listener: RequestListener): Promise<number> {
  const tls = { cert: own.pem, key: own.privateKey, requestCert: true, rejectUnauthorized: false }
  const server = createServer(tls, listener)
  open.push(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

interface Call {
  readonly certificate?: Certificate
  readonly scheme?: string
  readonly accessToken?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly agent?: Agent
}

async function call(
  port: number,
  { certificate, scheme = 'Bearer', accessToken = token, headers, agent }: Call,
): Promise<readonly unknown[]> {
  const sent = request({
    host: '127.0.0.1',
    servername: 'localhost',
    port,
    path: '/orders',
    ca: own.pem,
    agent: agent ?? false,
    headers: { authorization: `${scheme} ${accessToken}`, ...headers },
    ...(certificate !== undefined && { cert: certificate.pem, key: certificate.privateKey }),
  })
  sent.end()
  const [response] = await once(sent, 'response')
  let body = ''
  for await (const chunk of response) body += chunk
  return [response.statusCode, JSON.parse(body).bound ?? JSON.parse(body).error]
}

describe('a token that is bound to a certificate', () => {
  it('is good in a connection that proved the key, as Bearer and as MTLS_POP', async () => {
    const port = await listen(ordersOf(verifierWith()))
    expect(await call(port, { certificate: client })).toEqual([200, 'mtls'])
    expect(await call(port, { certificate: client, scheme: 'MTLS_POP' })).toEqual([200, 'mtls'])
  })

  it('is nothing to a thief, with another certificate or with none', async () => {
    const port = await listen(ordersOf(verifierWith()))
    for (const scheme of ['Bearer', 'MTLS_POP', 'DPoP']) {
      expect(await call(port, { certificate: thief, scheme })).toEqual([401, expect.any(String)])
      expect(await call(port, { scheme })).toEqual([401, expect.any(String)])
    }
  })

  it('is nothing to a thief who writes the certificate into a header: nobody reads it', async () => {
    const port = await listen(ordersOf(verifierWith()))
    expect(await call(port, { certificate: thief, ...proxied(der()) })).toEqual([401, 'invalid_token'])
  })

  it('is good in a resumed session of its client', async () => {
    const port = await listen(ordersOf(verifierWith()))
    const agent = new Agent({ keepAlive: false, maxCachedSessions: 10 })
    const reused: boolean[] = []
    agent.on('keylog', (_line, socket) => {
      if (!reused.includes(socket)) socket.once('secureConnect', () => reused.push(socket.isSessionReused()))
    })
    for (let turn = 0; turn < 3; turn += 1)
      expect(await call(port, { certificate: client, agent })).toEqual([200, 'mtls'])
    expect(reused).toContain(true)
    agent.destroy()
  })

  it('is refused by an API that takes plain tokens only', async () => {
    const port = await listen(ordersOf(createVerifier(entra.verifierOptions())))
    expect(await call(port, { certificate: client })).toEqual([401, 'invalid_token'])
  })
})

describe('a plain token', () => {
  it('is taken beside, as Bearer, unless bound ones are required', async () => {
    const accessToken = await entra.issueUserToken({ scopes: ['Orders.Read'] })
    const port = await listen(ordersOf(verifierWith()))
    expect(await call(port, { accessToken })).toEqual([200, undefined])
    expect(await call(port, { accessToken, certificate: client, scheme: 'MTLS_POP' })).toEqual([
      401,
      expect.any(String),
    ])
    const strict = await listen(ordersOf(verifierWith({ required: true })))
    expect(await call(strict, { accessToken, certificate: client })).toEqual([401, expect.any(String)])
  })
})

const der = (): string => client.pem.replace(/-----[^-]+-----|\s/g, '')
const proxied = (value: string): Call => ({ headers: { 'x-arr-clientcert': value } })

describe('behind a proxy that ends TLS', () => {
  const written: readonly (readonly [string, () => string])[] = [
    ['base64, as of Azure App Service', der],
    ['PEM with percent-encoding, as of nginx and AWS', () => encodeURIComponent(client.pem)],
    ['base64 between colons (RFC 9440)', () => `:${der()}:`],
  ]
  it.each(written)('the header has %s', async (_how, header) => {
    const port = await listen(ordersOf(verifierWith({ header: 'X-ARR-ClientCert' })))
    expect(await call(port, proxied(header()))).toEqual([200, 'mtls'])
    expect(await call(port, proxied(encodeURIComponent(thief.pem)))).toEqual([401, 'invalid_token'])
    // The connection of the proxy is not that of the client.
    expect(await call(port, { certificate: client })).toEqual([401, 'invalid_token'])
    expect(await call(port, proxied(`${header()}, ${header()}`))).toEqual([401, 'invalid_token'])
  })
})

it('is good behind Hono too, which wraps the request of Node', async () => {
  const app = new Hono().get('/orders', honoGuard(verifierWith(), { scopes: ['Orders.Read'] }), (c) =>
    c.json({ bound: c.var.identity.bound?.by }),
  )
  const answer = getRequestListener(app.fetch)
  const port = await listen((asked, response) => void answer(asked, response))
  expect(await call(port, { certificate: client })).toEqual([200, 'mtls'])
  expect(await call(port, { certificate: thief })).toEqual([401, 'invalid_token'])
  expect(await call(port, {})).toEqual([401, 'invalid_token'])
})

it('is good over HTTP/2 too', async () => {
  const verifier = verifierWith()
  const codeOf = async (asked: Http2ServerRequest): Promise<string> => {
    const context = { request: proofOf(verifier, asked) }
    try {
      const access = { scopes: ['Orders.Read'] } as const
      const { bound } = await verifier.authenticate(asked.headers.authorization, access, context)
      return bound?.by ?? 'unbound'
    } catch (error) {
      return EntraGuardError.is(error) ? error.code : String(error)
    }
  }
  const tls = { cert: own.pem, key: own.privateKey, requestCert: true, rejectUnauthorized: false }
  const server = createSecureServer(tls, (asked, answer) => {
    void codeOf(asked).then((code) => answer.end(code))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const ask = async (certificate?: Certificate): Promise<string> => {
    const session = connectHttp2(`https://localhost:${port}`, {
      ca: own.pem,
      ...(certificate !== undefined && { cert: certificate.pem, key: certificate.privateKey }),
    })
    const stream = session.request({ ':path': '/orders', authorization: `Bearer ${token}` })
    let body = ''
    for await (const chunk of stream) body += chunk
    session.close()
    return body
  }
  expect([await ask(client), await ask(thief), await ask()]).toEqual([
    'mtls',
    'proof_invalid',
    'proof_missing',
  ])
  server.close()
})
