import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'

import { buildNext, sampleApp, startNext, type NextServer } from '../next/next-process.ts'
import { isSendable, mismatch, sendToken, verdictOf } from './by-http.ts'
import { cases } from './cases.ts'
import { audience, metadata, publicJwk, tenantId } from './forge.ts'

// The server has the real clock, so the tokens are made for it.
vi.hoisted(() => {
  process.env['ENTRAGUARD_HOSTILE_NOW'] = String(Math.floor(Date.now() / 1000))
})

/**
 * The server has one configuration and one key set, and its clock does not stand still: cases that need others run in
 * adapters.next.test.ts, in this process.
 */
const rows = cases.filter(
  ({ token, category, documents, options }) =>
    isSendable(token) && category !== 'time' && documents === undefined && options === undefined,
)

describe('hostile input by HTTP: next start', () => {
  let provider: Server
  let next: NextServer
  const asked: string[] = []

  beforeAll(async () => {
    provider = createServer((request, response) => {
      asked.push(request.url ?? '')
      const document = request.url?.includes('.well-known') === true ? metadata : { keys: [publicJwk] }
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(document))
    }).listen(0, '127.0.0.1')
    await once(provider, 'listening')
    const { ok, output } = await buildNext(sampleApp)
    if (!ok) throw new Error(output)
    next = await startNext(sampleApp, {
      ENTRA_TENANTS: tenantId,
      ENTRA_AUDIENCE: audience,
      ENTRA_EMULATOR_URL: `http://127.0.0.1:${(provider.address() as AddressInfo).port}`,
    })
  })

  afterAll(async () => {
    await next?.stop()
    provider?.close()
    provider?.closeAllConnections()
  })

  it.each([
    ['App Router on Node', ''],
    ['App Router on edge', '/edge'],
    ['Pages Router', '/api'],
  ])('%s answers what core says', async (_name, base) => {
    const wrong: string[] = []
    for (const one of rows) {
      const verdict = await verdictOf(one)
      const served = { url: `${next.url}${base}`, close: async () => {} }
      wrong.push(...mismatch(one, verdict, await sendToken(served, String(one.token))))
    }
    console.log(`${rows.length} of ${cases.length} cases sent to ${base === '' ? '/' : base}`)
    expect(rows.length).toBeGreaterThan(400)
    expect(wrong).toEqual([])
  })

  it('asks the provider for the documents of the configuration only', () => {
    expect(asked.length).toBeGreaterThan(0)
    expect(asked.filter((path) => !path.startsWith(`/${tenantId}/`))).toEqual([])
  })
})
