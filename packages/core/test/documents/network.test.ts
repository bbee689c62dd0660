import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http'
import { request as httpsRequest } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { Readable } from 'node:stream'
import { gzipSync } from 'node:zlib'

import { createEmulator } from '@entraguard/emulator'
import { listen } from '@entraguard/emulator/node'
import { afterEach, describe, expect, it, vi } from 'vitest'

import { createVerifier, type Verifier, type VerifierOptions } from '../../src/index.ts'
import { codeOf, isMetadata, Issuer, makeKey, otherTenant, refusalOf } from '../support/rotating-issuer.ts'

/*
 * Real sockets and the real fetch: only the host name is led to this machine, and everything else of the request
 * (method, redirect, signal, cache) goes to fetch as it is.
 */

const key = makeKey('k1')
const closing: Array<() => Promise<void>> = []

afterEach(async () => {
  vi.useRealTimers()
  for (const close of closing.splice(0)) await close()
})

interface Site {
  readonly origin: string
  readonly requests: string[]
  /** The connection of the newest request. */
  readonly socket: () => Socket | undefined
}

async function serve(answer: RequestListener): Promise<Site> {
  const requests: string[] = []
  let newest: Socket | undefined
  const server: Server = createServer((request, response) => {
    requests.push(request.url ?? '')
    newest = request.socket
    answer(request, response)
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  closing.push(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => {
      server.close(resolve)
    })
  })
  const { port } = server.address() as AddressInfo
  return { origin: `http://127.0.0.1:${port}`, requests, socket: () => newest }
}

type Answers = (request: IncomingMessage, response: ServerResponse) => boolean

/** A verifier whose identity provider is a server on this machine, which answers as `answers` says, else as Entra ID. */
async function overSockets(
  answers: Answers,
  changes: Partial<VerifierOptions> = {},
): Promise<{ readonly entra: Issuer; readonly site: Site; readonly verifier: Verifier }> {
  const entra = new Issuer(key)
  const site = await serve((request, response) => {
    if (answers(request, response)) return
    const url = `https://login.microsoftonline.com${request.url ?? ''}`
    void entra
      .respond(url)
      .text()
      .then((body) => response.setHeader('content-type', 'application/json').end(body))
  })
  const lead = async (url: string, init: RequestInit): Promise<Response> => {
    const { pathname, search } = new URL(url)
    return await fetch(`${site.origin}${pathname}${search}`, init)
  }
  // Enough for the busiest machine: what must be refused is refused for what it is, not for being late.
  const keys = { timeout: 60 }
  return { entra, site, verifier: entra.verifier({ fetch: lead, keys, ...changes }) }
}

const forKeys =
  (answer: (response: ServerResponse) => void): Answers =>
  (request, response) => {
    if (isMetadata(`https://x${request.url ?? ''}`)) return false
    answer(response)
    return true
  }

/** The client has closed the connection on which it was refused. */
async function hungUp(site: Site): Promise<void> {
  await expect.poll(() => site.socket()?.destroyed).toBe(true)
}

describe('over real sockets', () => {
  it('100 requests at once cost one metadata and one keys request', async () => {
    const { entra, site, verifier } = await overSockets(() => false)
    await Promise.all(Array.from({ length: 100 }, () => verifier.verify(entra.token(key))))
    expect(site.requests).toHaveLength(2)
  })

  it('a server that accepts and never answers is left at the time limit', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const { entra, site, verifier } = await overSockets(forKeys(() => {}))
    const refused = refusalOf(verifier.verify(entra.token(key)))
    await untilRealTime(() => site.requests.length === 2)
    await vi.advanceTimersByTimeAsync(60_000)
    expect(await refused).toMatchObject({ code: 'keys_unavailable', status: 503 })
    await untilRealTime(() => site.socket()?.destroyed === true)
    expect(site.socket()?.destroyed).toBe(true)
  })

  it('an answer that comes after the time limit is let go, by a fetch too that heeds no signal', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    let answer: ((response: Response) => void) | undefined
    const verifier = new Issuer(key).verifier({
      fetch: () =>
        new Promise((resolve) => {
          answer = resolve
        }),
    })
    const refused = refusalOf(verifier.prefetch())
    await vi.advanceTimersByTimeAsync(5000)
    expect(await refused).toMatchObject({ code: 'metadata_unavailable', status: 503 })
    const cancel = vi.fn<() => void>()
    answer?.(new Response(new ReadableStream({ cancel })))
    await vi.advanceTimersByTimeAsync(0)
    expect(cancel).toHaveBeenCalledOnce()
  })

  it('a server that sends a byte now and then is left at the time limit, which counts from the request', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    let trickle: ServerResponse | undefined
    const { entra, site, verifier } = await overSockets(
      forKeys((response) => {
        trickle = response
        response.write('{"keys":[')
      }),
    )
    const refused = refusalOf(verifier.verify(entra.token(key)))
    await untilRealTime(() => trickle !== undefined)
    for (let second = 0; second < 60; second++) {
      trickle?.write(' ')
      await vi.advanceTimersByTimeAsync(1000)
    }
    expect((await refused).code).toBe('keys_unavailable')
    await untilRealTime(() => site.socket()?.destroyed === true)
    expect(site.socket()?.destroyed).toBe(true)
  })

  it('an endless document is left after 1 MB', async () => {
    let sent = 0
    const { entra, site, verifier } = await overSockets(
      forKeys((response) => {
        const chunk = Buffer.alloc(65_536, ' ')
        Readable.from(
          (function* spaces() {
            for (;;) {
              sent += chunk.length
              yield chunk
            }
          })(),
        ).pipe(response)
      }),
    )
    expect(await codeOf(verifier.verify(entra.token(key)))).toBe('keys_unavailable')
    await hungUp(site)
    // What lay in the buffers of both ends is over 1 MB, and far under what an endless one sends meanwhile.
    expect(sent).toBeLessThan(30_000_000)
  })

  it('a document that says that it is large is not read at all', async () => {
    const { entra, site, verifier } = await overSockets(
      forKeys((response) => void response.setHeader('content-length', '50000000').write('{')),
    )
    expect(await codeOf(verifier.verify(entra.token(key)))).toBe('keys_unavailable')
    await hungUp(site)
  })

  it('a small answer that unpacks to 200 MB is left after 1 MB', async () => {
    const bomb = gzipSync(Buffer.alloc(200_000_000, ' '))
    const { entra, verifier } = await overSockets(
      forKeys((response) => void response.setHeader('content-encoding', 'gzip').end(bomb)),
    )
    const before = process.memoryUsage().rss
    expect(await codeOf(verifier.verify(entra.token(key)))).toBe('keys_unavailable')
    expect(process.memoryUsage().rss - before).toBeLessThan(100_000_000)
    expect(entra.events).toContainEqual(expect.objectContaining({ reason: 'the document is too large' }))
  })

  it.each([301, 302, 303, 307, 308])(
    'a redirect (%s) is refused, and its target sees no request',
    async (status) => {
      const target = await serve((_request, response) => response.end(JSON.stringify({ keys: [key.jwk] })))
      const { entra, site, verifier } = await overSockets(
        forKeys((response) => response.writeHead(status, { location: `${target.origin}/keys` }).end()),
      )
      expect(await codeOf(verifier.verify(entra.token(key)))).toBe('keys_unavailable')
      expect(target.requests).toEqual([])
      expect(site.requests).toHaveLength(2)
    },
  )

  it('a redirect of the metadata is refused as well, to the same host too', async () => {
    const { entra, site, verifier } = await overSockets((request, response) => {
      if (request.url?.includes('elsewhere') === true) return false
      response.writeHead(302, { location: '/elsewhere/v2.0/.well-known/openid-configuration' }).end()
      return true
    })
    expect(await codeOf(verifier.verify(entra.token(key)))).toBe('metadata_unavailable')
    expect(site.requests).toHaveLength(1)
  })

  it.each([
    ['another origin', (elsewhere: string) => elsewhere.replace('http:', 'https:')],
    ['http', () => 'http://login.microsoftonline.com/keys'],
    ['another port', () => 'https://login.microsoftonline.com:8443/keys'],
    ['a user name', () => 'https://login.microsoftonline.com@attacker.example/keys'],
    ['a host that only begins so', () => 'https://login.microsoftonline.com.attacker.example/keys'],
    ['a file', () => 'file:///etc/keys'],
    ['data', () => `data:application/json,{"keys":[]}`],
    ['no address', () => '/keys'],
    ['an object', () => ({ toString: 'x' })],
    ['a list of one', () => ['https://login.microsoftonline.com/keys']],
  ])('metadata that places its keys at %s is refused, and nothing is asked there', async (_name, place) => {
    const elsewhere = await serve((_request, response) => response.end(JSON.stringify({ keys: [key.jwk] })))
    const { entra, site, verifier } = await overSockets(() => false)
    entra.metadata = { jwks_uri: place(elsewhere.origin) }
    expect(await codeOf(verifier.verify(entra.token(key)))).toBe('metadata_invalid')
    expect(site.requests).toHaveLength(1)
    expect(elsewhere.requests).toEqual([])
  })

  it('metadata of another tenant is refused, and a template widens nothing', async () => {
    const { entra, verifier } = await overSockets(() => false)
    entra.tenant = otherTenant
    expect(await codeOf(verifier.verify(entra.token(key)))).toBe('metadata_invalid')
    entra.tenant = '{tenantid}'
    const others = { tid: otherTenant, iss: `https://login.microsoftonline.com/${otherTenant}/v2.0` }
    expect(await codeOf(verifier.verify(entra.token(key, { claims: others })))).toBe('issuer_unknown')
    const identity = await verifier.verify(entra.token(key))
    expect(identity.kind).toBe('user')
  })

  it('a connection that breaks in the middle of a first load is tried again at once, and a second time is 503', async () => {
    let breaks = 1
    const { entra, site, verifier } = await overSockets((request, response) => {
      if (isMetadata(`https://x${request.url ?? ''}`) || breaks-- <= 0) return false
      response.setHeader('content-length', '1000').write('{"keys":[')
      setImmediate(() => response.destroy())
      return true
    })
    const identity = await verifier.verify(entra.token(key))
    expect(identity.kind).toBe('user')
    expect(site.requests).toHaveLength(3)
    breaks = 2
    expect(await codeOf(verifier.forgetKeys())).toBe('keys_unavailable')
    expect(entra.events).toContainEqual(
      expect.objectContaining({
        type: 'refresh_failed',
        failures: 2,
        reason: 'UND_ERR_SOCKET: other side closed',
      }),
    )
  })

  it('a port on which nobody listens is 503', async () => {
    const entra = new Issuer(key)
    const verifier = entra.verifier({ fetch: async () => await fetch('http://127.0.0.1:1/') })
    expect((await refusalOf(verifier.verify(entra.token(key)))).status).toBe(503)
  })
})

describe('http', () => {
  it('cannot be configured', () => {
    for (const authority of [
      'http://login.microsoftonline.com/11111111-1111-4111-8111-111111111111',
      'http://login.microsoftonline.com/11111111-1111-4111-8111-111111111111/v2.0/.well-known/openid-configuration',
    ]) {
      expect(() => createVerifier({ authority, audience: 'x' })).toThrow(TypeError)
    }
  })
})

/** HTTPS to the emulator under Microsoft's host name, trusting `ca` and nothing else. */
const trusting =
  (url: string, ca: string | undefined, servername?: string) =>
  async (address: string, init: RequestInit): Promise<Response> =>
    await new Promise((resolve, reject) => {
      const asked = new URL(address)
      const { hostname, port } = new URL(url)
      const request = httpsRequest(
        {
          host: hostname,
          port,
          path: `${asked.pathname}${asked.search}`,
          servername: servername ?? asked.hostname,
          headers: { host: asked.host },
          ca: ca ?? [],
          agent: false,
          ...(init.signal && { signal: init.signal }),
        },
        (answer) => {
          const body = Readable.toWeb(answer) as ReadableStream<Uint8Array>
          resolve(new Response(body, { status: answer.statusCode ?? 500 }))
        },
      )
      request.once('error', reject).end()
    })

describe('over TLS', () => {
  it('keys come from a server whose certificate is good, and from no other', async () => {
    const entra = await createEmulator()
    const server = await listen(entra, { https: true })
    closing.push(() => server.close())
    const options = entra.verifierOptions()
    const token = await entra.issueUserToken()
    const good = createVerifier({ ...options, fetch: trusting(server.url, server.ca) })
    expect((await good.verify(token)).kind).toBe('user')
    entra.requests.length = 0
    const untrusted = createVerifier({ ...options, fetch: trusting(server.url, undefined) })
    expect(await codeOf(untrusted.verify(token))).toBe('metadata_unavailable')
    const misnamed = createVerifier({
      ...options,
      fetch: trusting(server.url, server.ca, 'attacker.example'),
    })
    expect(await codeOf(misnamed.verify(token))).toBe('metadata_unavailable')
    expect(entra.requests).toEqual([])
  })
})

/** Waits for the other end of a socket while the timers are fake. */
async function untilRealTime(condition: () => boolean): Promise<void> {
  while (!condition()) {
    await new Promise((resolve) => {
      setImmediate(resolve)
    })
  }
}
