import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

import { createVerifier, refuse, type UserIdentity, type Verifier } from '@entraguard/core'
import { createEmulator } from '@entraguard/emulator'
import { describe, expect, expectTypeOf, it } from 'vitest'

import { guard } from '../src/index.ts'

// What is the adapter's own; how it answers callers is in the contract.

const entra = await createEmulator()
const verifier = createVerifier(entra.verifierOptions())
const readOrders = { scopes: ['Orders.Read'] } as const

/** Sends one request with a good token, and gives the status and what the guarded handler threw. */
async function call(
  handler: (request: IncomingMessage, response: ServerResponse, user: UserIdentity) => unknown,
  { behind = verifier, scopes = ['Orders.Read'] }: { behind?: Verifier; scopes?: readonly string[] } = {},
): Promise<{ status: number; thrown: unknown; body: string }> {
  let thrown: unknown
  const guarded = guard(behind, readOrders, handler)
  const server = createServer((request, response) => {
    guarded(request, response).catch((error: unknown) => {
      thrown = error
      if (!response.headersSent) response.writeHead(500)
      response.end()
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const authorization = `Bearer ${await entra.issueUserToken({ scopes })}`
  const { port } = server.address() as AddressInfo
  const response = await fetch(`http://127.0.0.1:${port}`, { headers: { authorization } })
  const body = await response.text().catch(() => 'broken off')
  server.closeAllConnections()
  server.close()
  return { status: response.status, thrown, body }
}

describe('guard', () => {
  it('gives the handler the kind of caller that the route admits', async () => {
    let seen: UserIdentity | undefined
    guard(verifier, readOrders, (_request, _response, user) =>
      expectTypeOf(user).toEqualTypeOf<UserIdentity>(),
    )
    const { status } = await call((_, response, user) => {
      seen = user
      response.end()
    })
    expect(status).toBe(200)
    expect(seen).toMatchObject({ kind: 'user', scopes: ['Orders.Read'] })
  })

  it('refuses to make a route that nobody can call', () => {
    expect(() => guard(verifier, { roles: ['Orders.Admin'] } as never, () => undefined)).toThrow(TypeError)
  })

  it('answers a refusal of the handler as one of its own', async () => {
    const { status, thrown, body } = await call((_, response) => {
      response.setHeader('content-length', 1000).setHeader('content-encoding', 'gzip')
      throw refuse('not this order')
    })
    expect({ status, thrown }).toEqual({ status: 403, thrown: undefined })
    expect(JSON.parse(body)).toMatchObject({ error: 'insufficient_scope' })
  })

  it('leaves other errors, and refusals after the answer has begun, to the caller', async () => {
    const own = new Error('database')
    expect(
      await call(() => {
        throw own
      }),
    ).toMatchObject({ status: 500, thrown: own })
    const late = refuse('too late')
    expect(
      await call((_, response) => {
        response.writeHead(200)
        throw late
      }),
    ).toMatchObject({ status: 200, thrown: late })
  })

  it.each<[string, (header: string) => unknown, number]>([
    ['swallows the refusal', async () => undefined, 500],
    ['forgets the access', (header) => verifier.authenticate(header), 403],
  ])('never runs the handler where a wrapped verifier %s', async (_what, authenticate, status) => {
    const behind = { ...verifier, authenticate: authenticate as Verifier['authenticate'] }
    let hasRun = false
    const run = (_: IncomingMessage, response: ServerResponse): void => {
      hasRun = true
      response.end()
    }
    const answer = await call(run, { behind, scopes: ['Orders.Write'] })
    expect({ hasRun, status: answer.status }).toEqual({ hasRun: false, status })
  })
})
