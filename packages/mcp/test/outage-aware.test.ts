import { requireBearerAuth as requireBearerAuthOfExpress } from '@modelcontextprotocol/express'
import { requireBearerAuth as requireBearerAuthOfSdk1 } from '@modelcontextprotocol/sdk/server/auth/middleware/bearerAuth.js'
import { requireBearerAuth } from '@modelcontextprotocol/server'
import express from 'express'
import express4 from 'express4'
import { describe, expect, it, onTestFinished } from 'vitest'

import { mcpGuard, outageAware, type McpGuard } from '../src/index.ts'
import { call, createWorld, gate, metadataUrl, resource, serve } from './support.ts'

type Send = (token: string) => Promise<Response>
/** The application's own wrapping of what the SDK returns: none, or `outageAware`. */
type Wrap = <C extends (...given: never[]) => unknown>(check: C) => C

const version4 = express4 as unknown as typeof express

async function inExpress(app: ReturnType<typeof express>): Promise<Send> {
  const { url, close } = await serve(app)
  onTestFinished(close)
  return (token) => fetch(`${url}/mcp`, call('mine', token))
}

const sdks: ReadonlyArray<readonly [string, (guard: McpGuard<typeof gate>, wrap: Wrap) => Promise<Send>]> = [
  [
    '@modelcontextprotocol/server',
    async ({ tokenVerifier }, wrap) => {
      const check = wrap(requireBearerAuth({ verifier: tokenVerifier, resourceMetadataUrl: metadataUrl }))
      return async (token) => {
        const answer = await check(new Request(resource, call('mine', token)))
        return answer instanceof Response ? answer : Response.json({ error: 'mine', of: answer.clientId })
      }
    },
  ],
  ...([express, version4] as const).flatMap((framework, index) =>
    ([requireBearerAuthOfExpress, requireBearerAuthOfSdk1] as const).map(
      (requireBearer, version) =>
        [
          `${version === 0 ? '@modelcontextprotocol/express' : '@modelcontextprotocol/sdk 1'} in Express ${5 - index}`,
          async ({ tokenVerifier }: McpGuard<typeof gate>, wrap: Wrap) => {
            const check = wrap(requireBearer({ verifier: tokenVerifier, resourceMetadataUrl: metadataUrl }))
            // What stands behind may say 400 itself.
            return inExpress(
              framework().post(
                '/mcp',
                check,
                (_request, response) => void response.status(200).json({ error: 'mine' }),
              ),
            )
          },
        ] as const,
    ),
  ),
]

describe.each(sdks)('%s', (_name, start) => {
  async function down(wrap: Wrap) {
    const { entra, verifier } = await createWorld()
    const send = await start(mcpGuard(verifier, { resource, access: gate }), wrap)
    const token = await entra.issueUserToken({ scopes: ['Orders.Read'] })
    entra.goOffline()
    return { entra, answer: await send(token), send, token }
  }

  it('has no 503 of its own: an outage is 400, without a time to come back', async () => {
    const { answer } = await down((check) => check)
    expect(answer.status).toBe(400)
    expect(answer.headers.get('retry-after')).toBeNull()
    expect(await answer.json()).toMatchObject({ error: 'temporarily_unavailable' })
  })

  it('answers an outage with 503 and a time to come back inside outageAware', async () => {
    const { entra, answer, send, token } = await down(outageAware)
    expect(answer.status).toBe(503)
    expect(answer.headers.get('retry-after')).toMatch(/^\d+$/)
    expect(answer.headers.get('cache-control')).toBe('no-store')
    expect(answer.headers.get('www-authenticate')).toBeNull()
    expect(await answer.json()).toEqual({
      error: 'temporarily_unavailable',
      error_description: expect.any(String) as unknown,
    })
    entra.goOnline()
    entra.advance(61)
    const back = await send(token)
    expect([back.status, await back.json()]).toMatchObject([200, { error: 'mine' }])
  })

  it('stays what it is for everything else', async () => {
    const { entra, verifier } = await createWorld()
    const guard = mcpGuard(verifier, { resource, access: gate })
    const [plain, aware] = [await start(guard, (check) => check), await start(guard, outageAware)]
    const tokens = {
      good: await entra.issueUserToken({ scopes: ['Orders.Read'] }),
      expired: await entra.issueUserToken({ expiresIn: -3600 }),
      garbage: 'garbage',
      'another scope': await entra.issueUserToken({ scopes: ['Orders.Write'] }),
      none: '',
    }
    for (const token of Object.values(tokens)) {
      const [expected, answer] = [await plain(token), await aware(token)]
      expect(answer.status).toBe(expected.status)
      expect(answer.headers.get('www-authenticate')).toBe(expected.headers.get('www-authenticate'))
      expect(await answer.json()).toEqual(await expected.json())
    }
  })
})

describe('outageAware', () => {
  it('leaves what stands behind it alone, even an answer that reads the same', async () => {
    const { entra, verifier } = await createWorld()
    const { tokenVerifier } = mcpGuard(verifier, { resource, access: gate })
    const check = outageAware(requireBearerAuthOfExpress({ verifier: tokenVerifier }))
    const app = express().post(
      '/mcp',
      check,
      (_request, response) => void response.status(400).json({ error: 'temporarily_unavailable' }),
    )
    const send = await inExpress(app)
    expect((await send(await entra.issueUserToken({ scopes: ['Orders.Read'] }))).status).toBe(400)
  })

  it.each<[string, number, unknown, number]>([
    ['an outage', 400, { error: 'temporarily_unavailable' }, 503],
    ['another error', 400, { error: 'invalid_request' }, 400],
    ['nothing', 400, null, 400],
    ['a text', 400, 'temporarily_unavailable', 400],
    ['an outage with another status', 401, { error: 'temporarily_unavailable' }, 401],
    ['an outage that is one already', 503, { error: 'temporarily_unavailable' }, 503],
  ])('reads an answer: %s', async (_what, status, body, expected) => {
    const check = outageAware(async (_request: Request) => Response.json(body, { status }))
    const answer = await check(new Request(resource))
    expect([answer.status, await answer.json()]).toEqual([expected, body])
    const written = outageAware((_request: unknown, response: { json: (what: unknown) => unknown }) =>
      response.json(body),
    )
    const sent: unknown[] = []
    const headers: string[] = []
    const response = {
      statusCode: status,
      setHeader: (name: string) => headers.push(name),
      json: (what: unknown) => sent.push(what),
    }
    written({}, response)
    expect([response.statusCode, sent]).toEqual([expected, [body]])
    expect(headers).toEqual(status === 400 && expected === 503 ? ['cache-control', 'retry-after'] : [])
  })

  it('gives what is no answer as it is, and what comes next its error', async () => {
    expect(await outageAware(async (_request: Request) => 'in')(new Request(resource))).toBe('in')
    const text = new Response('not JSON', { status: 401 })
    expect(await outageAware(async (_request: Request) => text)(new Request(resource))).toBe(text)
    const check = outageAware((_request: unknown, _response: unknown, next: (error?: unknown) => void) =>
      next('broken'),
    )
    const errors: unknown[] = []
    const response = { statusCode: 200, setHeader: () => {}, json: () => {} }
    check({}, response, (error) => errors.push(error))
    expect(errors).toEqual(['broken'])
    expect(() => check({}, response, undefined as never)).not.toThrow()
  })

  it.each([undefined, null, {}, 'requireBearerAuth'])('does not start around %j', (check) => {
    expect(() => outageAware(check as never)).toThrow(TypeError)
  })
})
