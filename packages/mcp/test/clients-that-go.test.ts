import { once } from 'node:events'
import { createServer as createHttpServer, request as httpRequest } from 'node:http'
import { connect, constants, createServer as createHttp2Server } from 'node:http2'
import type { AddressInfo } from 'node:net'

import { describe, expect, it } from 'vitest'

import { mcpGuard, type McpNodeHandler } from '../src/index.ts'
import { createWorld, gate, resource, serve } from './support.ts'

/** An answer without an end. */
const pull = (controller: ReadableStreamDefaultController<Uint8Array>): void =>
  controller.enqueue(new TextEncoder().encode(': still here\n\n'))

type Leave = (handler: McpNodeHandler, headers: Record<string, string>) => Promise<void>

/** A client that goes away; only then the handler is asked. */
const leaveHttp1: Leave = async (asked, headers) => {
  const server = createHttpServer((request, response) => {
    response.once('close', () => asked(request, response))
    client.destroy()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const client = httpRequest({ port, host: '127.0.0.1', path: '/mcp', headers })
  const closed = new Promise((resolve) => client.once('close', resolve))
  client.on('error', () => {}).end()
  await closed
  server.close()
}

const leaveHttp2: Leave = async (asked, headers) => {
  const server = createHttp2Server((request, response) => {
    response.once('close', () => asked(request, response))
    stream.close(constants.NGHTTP2_CANCEL)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const client = connect(`http://127.0.0.1:${port}`)
  const stream = client.request({ ':path': '/mcp', ...headers })
  await once(stream, 'close')
  client.close()
  server.close()
}

describe.each([
  ['HTTP/1.1', leaveHttp1],
  ['HTTP/2', leaveHttp2],
])('over %s', (_, leave) => {
  it('opens nothing for a client that had gone before the guard was asked', async () => {
    const { entra, verifier } = await createWorld()
    const told: Array<(value: unknown) => void> = []
    const cancelled = new Promise((resolve) => told.push(resolve))
    const signals: AbortSignal[] = []
    const idle = mcpGuard(verifier, { resource, access: gate }).node({
      fetch: (request) => {
        signals.push(request.signal)
        // Nothing ever comes: only looking for the client ends it.
        return new Response(new ReadableStream({ cancel: () => told[0]?.(true) }))
      },
    })
    await leave(idle, { authorization: `Bearer ${await entra.issueUserToken()}` })
    expect(await cancelled).toBe(true)
    expect(signals.map(({ aborted }) => aborted)).toEqual([true])
  })
})

it('ends an answer in which nothing happens when its client goes', async () => {
  const { entra, verifier } = await createWorld()
  const told: Array<(value: unknown) => void> = []
  const cancelled = new Promise((resolve) => told.push(resolve))
  const idle = mcpGuard(verifier, { resource, access: gate }).node({
    fetch: () => new Response(new ReadableStream({ start: pull, cancel: () => told[0]?.(true) })),
  })
  const app = await serve(idle)
  const leaving = new AbortController()
  const headers = { authorization: `Bearer ${await entra.issueUserToken()}` }
  const { body } = await fetch(`${app.url}/mcp`, { headers, signal: leaving.signal })
  const reader = body?.getReader()
  expect(await reader?.read()).toMatchObject({ done: false })
  leaving.abort()
  expect(await cancelled).toBe(true)
  await app.close()
})

it('waits for nothing where the client goes while it is written to', async () => {
  const { entra, verifier } = await createWorld()
  const endless = mcpGuard(verifier, { resource, access: gate }).node({
    fetch: () => new Response(new ReadableStream({ pull })),
  })
  const told: Array<(value: unknown) => void> = []
  const ended = new Promise((resolve) => told.push(resolve))
  const app = await serve((request, response) => {
    response.write = () => {
      response.destroy()
      response.emit('close')
      return false
    }
    response.end = () => {
      told[0]?.(true)
      return response
    }
    endless(request, response)
  })
  const headers = { authorization: `Bearer ${await entra.issueUserToken()}` }
  await expect(fetch(`${app.url}/mcp`, { headers })).rejects.toThrow('fetch failed')
  expect(await ended).toBe(true)
  await app.close()
})

it('leaves no listener behind, however often a client lets it wait', async () => {
  const { entra, verifier } = await createWorld()
  const pieces = 64
  let left = pieces
  const large = mcpGuard(verifier, { resource, access: gate }).node({
    fetch: () =>
      new Response(
        new ReadableStream({
          pull: (controller) => {
            if (left-- > 0) controller.enqueue(new Uint8Array(1024 * 1024))
            else controller.close()
          },
        }),
      ),
  })
  const drains: number[] = []
  const app = await serve((request, response) => {
    response.on('drain', () => drains.push(response.listenerCount('close')))
    large(request, response)
  })
  const init = { headers: { authorization: `Bearer ${await entra.issueUserToken()}` } }
  const answer = await (await fetch(`${app.url}/mcp`, init)).arrayBuffer()
  expect(answer.byteLength).toBe(pieces * 1024 * 1024)
  expect(drains.length).toBeGreaterThan(12)
  expect(new Set(drains).size).toBe(1)
  await app.close()
})
