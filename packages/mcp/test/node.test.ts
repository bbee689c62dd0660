import { once } from 'node:events'
import { createConnection, type AddressInfo } from 'node:net'
import { createServer as createHttpServer, request as httpRequest, type IncomingMessage } from 'node:http'

import { McpServer } from '@modelcontextprotocol/server'
import express from 'express'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'

import { mcpGuard, type McpNodeHandler } from '../src/index.ts'
import { call, createServer, createWorld, gate, resource, serve, type Served, type World } from './support.ts'

let world: World
let handler: McpNodeHandler
let served: Served
beforeAll(async () => {
  world = await createWorld()
  handler = mcpGuard(world.verifier, { resource, access: gate }).node(() => createServer())
  served = await serve(handler)
})
afterAll(async () => served?.close())

const token = (): Promise<string> => world.entra.issueUserToken({ scopes: ['Orders.Read'] })

/** What comes back for exactly these lines. */
async function raw(lines: readonly string[], { url }: Served = served): Promise<string> {
  const { hostname, port } = new URL(url)
  const socket = createConnection(Number(port), hostname)
  socket.end(`${lines.join('\r\n')}\r\n\r\n`)
  let text = ''
  for await (const chunk of socket) text += String(chunk)
  return text
}

describe('guard.node', () => {
  it('sees two Authorization headers where Node shows the first', async () => {
    const good = await token()
    for (const values of [
      [`Bearer ${good}`, 'Bearer x'],
      ['Bearer x', `Bearer ${good}`],
      [`Bearer ${good}`, `Bearer ${good}`],
    ]) {
      const answer = await raw([
        'GET /mcp HTTP/1.1',
        'Host: a',
        'Connection: close',
        ...values.map((value) => `Authorization: ${value}`),
      ])
      expect(answer).toMatch(/^HTTP\/1\.1 400 /)
    }
  })

  it.each([
    ['/mcp', 401],
    ['/mcp?a=1', 401],
    ['http://evil.example/mcp', 401],
    ['/MCP', 404],
    ['/mcp/', 404],
    ['//mcp', 404],
    ['/x/../mcp', 401],
    ['/%6dcp', 404],
    ['*', 404],
    ['/x/http://evil.example/../../mcp', 404],
  ])('answers %s without a token with %i', async (target, status) => {
    const answer = await raw([`GET ${target} HTTP/1.1`, 'Host: a', 'Connection: close'])
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `))
  })

  it.each([
    ['/', 401],
    ['http://evil.example', 401],
    ['*', 404],
  ])('answers %s for a resource without a path with %i', async (target, status) => {
    const root = { resource: 'https://mcp.contoso.com', access: gate }
    const app = await serve(mcpGuard(world.verifier, root).node(() => createServer()))
    const answer = await raw([`GET ${target} HTTP/1.1`, 'Host: a', 'Connection: close'], app)
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `))
    await app.close()
  })

  it('leaves other paths to what stands behind it', async () => {
    const app = await serve(
      express()
        .use(handler)
        .get('/health', (_, response) => void response.send('ok')),
    )
    expect(await (await fetch(`${app.url}/health`)).text()).toBe('ok')
    expect((await fetch(`${app.url}/mcp`)).status).toBe(401)
    expect((await fetch(`${app.url}/other`)).status).toBe(404)
    await app.close()
  })

  it('gives what it cannot answer to the error handlers of the application', async () => {
    const { entra, verifier } = await createWorld()
    const broken = mcpGuard(verifier, { resource, access: gate }).node({
      fetch: () => {
        throw new Error('broken')
      },
    })
    const seen: unknown[] = []
    const app = await serve(
      express()
        .use(broken)
        .use(((error, _request, response, _next) => {
          seen.push(error)
          response.status(500).end()
        }) as express.ErrorRequestHandler),
    )
    const good = await entra.issueUserToken()
    expect((await fetch(`${app.url}/mcp`, call('mine', good))).status).toBe(500)
    expect(seen).toEqual([expect.objectContaining({ message: 'broken' })])
    await app.close()
  })

  it('answers 500 and goes on where there is nobody else to answer', async () => {
    const log = vi.spyOn(console, 'error').mockImplementation(() => {})
    const { entra, verifier } = await createWorld()
    const broken = mcpGuard(verifier, { resource, access: gate }).node({
      fetch: async () => {
        throw new Error('broken')
      },
    })
    const app = await serve(broken)
    const good = await entra.issueUserToken()
    for (let times = 1; times <= 2; times++) {
      const answer = await fetch(`${app.url}/mcp`, call('mine', good))
      expect([answer.status, await answer.text()]).toEqual([500, ''])
      expect(log).toHaveBeenCalledTimes(times)
    }
    log.mockRestore()
    await app.close()
  })

  it('answers 500 and goes on where what stands behind it throws, for the error too', async () => {
    const log = vi.spyOn(console, 'error').mockImplementation(() => {})
    const app = await serve((request, response) =>
      handler(request, response, () => {
        throw new RangeError('behind')
      }),
    )
    for (const path of ['/other', '/other']) expect((await fetch(`${app.url}${path}`)).status).toBe(500)
    expect((await fetch(`${app.url}/mcp`)).status).toBe(401)
    expect(log.mock.calls).toEqual([[expect.any(RangeError)], [expect.any(RangeError)]])
    log.mockRestore()
    await app.close()
  })

  it('ends the connection where somebody else has answered, and goes on', async () => {
    const log = vi.spyOn(console, 'error').mockImplementation(() => {})
    const app = await serve((request, response) => {
      if (request.url === '/mcp') response.write('mine')
      handler(request, response)
    })
    for (const method of ['GET', 'OPTIONS'])
      await expect(fetch(`${app.url}/mcp`, { method }).then((answer) => answer.text())).rejects.toThrow(
        TypeError,
      )
    expect((await fetch(`${app.url}/other`)).status).toBe(404)
    const tooLate = expect.objectContaining({ code: 'ERR_HTTP_HEADERS_SENT' }) as unknown
    expect(log.mock.calls).toEqual([[tooLate], [tooLate]])
    log.mockRestore()
    await app.close()
  })

  it('breaks off an answer that breaks off behind it', async () => {
    const { entra, verifier } = await createWorld()
    const breaking = mcpGuard(verifier, { resource, access: gate }).node({
      fetch: () => {
        let times = 0
        const pull = (controller: ReadableStreamDefaultController<Uint8Array>): void => {
          if (times++ > 0) throw new Error('broken')
          controller.enqueue(new TextEncoder().encode('half'))
        }
        return new Response(new ReadableStream({ pull }))
      },
    })
    const app = await serve(breaking)
    const init = call('mine', await entra.issueUserToken())
    await expect(fetch(`${app.url}/mcp`, init).then((answer) => answer.text())).rejects.toThrow(TypeError)
    await app.close()
  })

  it('asks no more of a request than its type does', async () => {
    const { entra, verifier } = await createWorld()
    const seen: unknown[] = []
    const guard = mcpGuard(verifier, { resource, access: gate, allowedOrigins: [] })
    const reading = guard.node({
      async fetch(request) {
        const reader = request.body?.getReader()
        seen.push(request.method, request.url, (await reader?.read())?.value?.length)
        await reader?.cancel()
        return new Response('mine')
      },
    })
    const authorization = `Bearer ${await entra.issueUserToken()}`
    const app = await serve((request, response) => {
      const { method, url } = request
      const headers = { authorization, origin: undefined }
      const pieces = [Promise.resolve({ done: false, value: 'four' })]
      reading(
        {
          headers,
          url,
          ...(method !== 'GET' && { method }),
          [Symbol.asyncIterator]: () => ({
            next: async () => pieces.pop() ?? { done: true, value: undefined },
          }),
        },
        response,
      )
    })
    for (const method of ['GET', 'POST'])
      expect(await (await fetch(`${app.url}/mcp?a=http://b.example`, { method })).text()).toBe('mine')
    const address = `${resource}?a=http://b.example`
    expect(seen).toEqual(['GET', address, undefined, 'POST', address, 4])
    await app.close()
  })

  it('reads a body that comes in pieces, and one that a parser has read', async () => {
    const good = await token()
    const { headers, body } = call('mine', good)
    const sent = httpRequest(`${served.url}/mcp`, {
      method: 'POST',
      headers: headers as Record<string, string>,
    })
    for (const character of typeof body === 'string' ? body : '') sent.write(character)
    sent.end()
    const [response] = (await once(sent, 'response')) as [IncomingMessage]
    expect(response.statusCode).toBe(200)
    response.resume()

    const parsed = await serve(express().use(express.json(), handler))
    expect((await fetch(`${parsed.url}/mcp`, call('mine', good))).status).toBe(200)
    await parsed.close()
  })

  it('reads a body that comes as text, and one that nobody has read though there is something in its place', async () => {
    const good = await token()
    const decoding = await serve((request, response) => {
      request.setEncoding('utf8')
      handler(request, response)
    })
    expect((await fetch(`${decoding.url}/mcp`, call('mine', good))).status).toBe(200)
    await decoding.close()
    const prepared = await serve((request, response) =>
      handler(Object.assign(request, { body: {} }), response),
    )
    expect((await fetch(`${prepared.url}/mcp`, call('mine', good))).status).toBe(200)
    await prepared.close()
  })

  it('takes the address before a router has cut it, and refuses several credentials in a list', async () => {
    const good = await token()
    const app = await serve((request, response) => {
      const { headers, url } = request
      const authorization = url?.includes('two') === true ? [headers.authorization, 'Bearer x'] : undefined
      const changed = {
        originalUrl: '/mcp',
        ...(authorization !== undefined && { headers: { ...headers, authorization } }),
      }
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- as frameworks change a request
      handler(Object.assign(Object.create(request) as object, changed) as never, response)
    })
    expect((await fetch(`${app.url}/`, { headers: { authorization: 'Bearer x' } })).status).toBe(401)
    expect((await fetch(`${app.url}/two`, { headers: { authorization: `Bearer ${good}` } })).status).toBe(400)
    await app.close()
  })

  it('ends the work of a tool whose client has gone', async () => {
    const { entra, verifier } = await createWorld()
    const told: Array<(value: unknown) => void> = []
    const started = new Promise((resolve) => told.push(resolve))
    const ended = new Promise((resolve) => told.push(resolve))
    const slow = mcpGuard(verifier, { resource, access: gate }).node(() => {
      const server = new McpServer({ name: 'slow', version: '1.0.0' })
      server.registerTool('wait', {}, async (context) => {
        const signal = context.mcpReq.signal
        signal.addEventListener('abort', () => told[1]?.(true))
        told[0]?.(true)
        await ended
        return { content: [] }
      })
      return server
    })
    const server = createHttpServer(slow).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const leaving = new AbortController()
    const init = call('wait', await entra.issueUserToken(), { era: '2026-07-28' })
    const { port } = server.address() as AddressInfo
    const answer = fetch(`http://127.0.0.1:${port}/mcp`, { ...init, signal: leaving.signal })
    await started
    leaving.abort()
    await expect(answer).rejects.toThrow(/abort/)
    expect(await ended).toBe(true)
    server.close()
  })

  it.each(['TRACE', 'PUT', 'PATCH', 'PROPFIND'])(
    'answers %s with 405, also to a caller with a good token',
    async (method) => {
      const headers = { authorization: `Bearer ${await token()}` }
      const sent = httpRequest(`${served.url}/mcp`, { method, headers }).end()
      const [response] = (await once(sent, 'response')) as [IncomingMessage]
      response.resume()
      expect([response.statusCode, response.headers.allow]).toEqual([405, 'GET, HEAD, POST, DELETE, OPTIONS'])
    },
  )
})
