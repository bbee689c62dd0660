import { authorize, createVerifier, type Verifier } from '@entraguard/core'
import { createEmulator, type Emulator } from '@entraguard/emulator'
import { NextRequest } from 'next/server.js'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'

import { withEntraGuard } from '../src/index.ts'
import { duringRequest } from './during-request.ts'

let entra: Emulator
let verifier: Verifier

beforeEach(async () => {
  entra = await createEmulator()
  verifier = createVerifier({ ...entra.verifierOptions(), challenge: { exposeCode: true } })
})

afterEach(() => vi.unstubAllEnvs())

const requestWith = (token?: string): NextRequest =>
  new NextRequest('https://api.example/orders', {
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
  })

const scopes = ['Orders.Read'] as const

it('never runs the handler for a caller that may not pass', async () => {
  const handler = vi.fn<() => Response>(() => new Response('secret'))
  const GET = withEntraGuard(verifier, { scopes }, handler)
  const refused = [
    requestWith(),
    requestWith('not-a-token'),
    requestWith(await entra.issueUserToken({ signWith: 'unknown' })),
    requestWith(await entra.issueUserToken({ scopes: ['Orders.Write'] })),
    requestWith(await entra.issueAppToken()),
    requestWith(await entra.issueIdToken()),
  ]
  const statuses = await Promise.all(refused.map(async (request) => (await GET(request, {})).status))
  expect(statuses).toEqual([401, 401, 401, 403, 403, 401])
  expect(handler).not.toHaveBeenCalled()
})

it('never runs the handler where a wrapped verifier swallows the refusal', async () => {
  const handler = vi.fn<() => Response>(() => new Response('secret'))
  const swallowing = { ...verifier, authenticate: async () => undefined as never }
  const GET = withEntraGuard(swallowing, { scopes }, handler)
  await expect(GET(requestWith(), {})).rejects.toThrow('returned no identity')
  expect(handler).not.toHaveBeenCalled()
})

it('never runs the handler where a wrapped verifier forgets the access', async () => {
  const handler = vi.fn<() => Response>(() => new Response('secret'))
  const forgetful = {
    ...verifier,
    authenticate: ((header: string) => verifier.authenticate(header)) as typeof verifier.authenticate,
  }
  const writer = requestWith(await entra.issueUserToken({ scopes: ['Orders.Write'] }))
  expect((await withEntraGuard(forgetful, { scopes }, handler)(writer, {})).status).toBe(403)
  expect(handler).not.toHaveBeenCalled()
})

it.each([undefined, null, '', new Error('the wrapper is broken')])(
  'never runs the handler where a wrapped verifier fails with %s',
  async (thrown) => {
    const handler = vi.fn<() => Response>(() => new Response('secret'))
    const failing = async (): Promise<never> => {
      throw thrown
    }
    const GET = withEntraGuard({ ...verifier, authenticate: failing }, { scopes }, handler)
    await expect(GET(requestWith(await entra.issueUserToken()), {})).rejects.toBeInstanceOf(Error)
    expect(handler).not.toHaveBeenCalled()
  },
)

it('answers 503 and not 401 while the key server cannot be reached', async () => {
  const token = await entra.issueUserToken()
  entra.goOffline()
  const response = await withEntraGuard(verifier, { scopes }, () => new Response())(requestWith(token), {})
  expect(response.status).toBe(503)
  expect(response.headers.get('retry-after')).toMatch(/^\d+$/)
  expect(response.headers.get('www-authenticate')).toBeNull()
})

it('gives the handler the request, the identity and the context of the route', async () => {
  const context = { params: Promise.resolve({ id: '7' }) }
  const request = requestWith(await entra.issueUserToken())
  const GET = withEntraGuard(verifier, { scopes }, async (got, user, { params }: typeof context) =>
    Response.json({ same: got === request, kind: user.kind, id: (await params).id }),
  )
  expect(await (await GET(request, context)).json()).toEqual({ same: true, kind: 'user', id: '7' })
})

it('hands on the very response of the handler, its stream unread', async () => {
  const response = new Response(new ReadableStream({ pull: (stream) => stream.enqueue('never ends') }))
  const GET = withEntraGuard(verifier, { scopes }, () => response)
  expect(await GET(requestWith(await entra.issueUserToken()), {})).toBe(response)
  expect(response.bodyUsed).toBe(false)
})

it('turns a refusal that the handler throws into its challenge', async () => {
  const GET = withEntraGuard(verifier, { scopes }, (_request, user) => {
    authorize(user, { scopes: ['Orders.Delete'] })
    return new Response()
  })
  const response = await GET(requestWith(await entra.issueUserToken()), {})
  expect(response.status).toBe(403)
  expect(response.headers.get('www-authenticate')).toContain('/Orders.Delete"')
  expect(await response.json()).toMatchObject({ code: 'scope_missing' })
})

it('leaves every other error of the handler to Next', async () => {
  const redirect = new Error('NEXT_REDIRECT')
  const GET = withEntraGuard(verifier, { scopes }, () => Promise.reject(redirect))
  await expect(GET(requestWith(await entra.issueUserToken()), {})).rejects.toBe(redirect)
})

it('refuses an access that admits nobody where the route is declared', () => {
  expect(() => withEntraGuard(verifier, { roles: ['Orders.Admin'] }, () => new Response())).toThrow(TypeError)
})

it('ends the build of a static route, in which everyone would get one answer', async () => {
  vi.stubEnv('NEXT_PHASE', 'phase-production-build')
  const GET = withEntraGuard(verifier, { scopes }, () => new Response())
  await expect(GET(requestWith(), {})).rejects.toThrow('force-static')
})

it('refuses to answer as a static route, whose first answer Next would keep for everyone', async () => {
  vi.stubEnv('NEXT_RUNTIME', 'nodejs')
  const GET = withEntraGuard(verifier, { scopes }, () => new Response())
  await expect(GET(requestWith(), {})).rejects.toThrow('force-static')
  expect((await GET(new NextRequest('https://api.example', { headers: { host: 'a' } }), {})).status).toBe(401)
})

it('lets Next keep the function alive until the keys are there', async () => {
  const GET = withEntraGuard(verifier, { scopes }, () => new Response())
  const token = await entra.issueUserToken({ expiresIn: 86_400 })
  await GET(requestWith(token), {})
  entra.requests.length = 0
  entra.advance(7200)
  const work: Array<Promise<unknown>> = []
  const afterContext = { after: (task: Promise<unknown>) => void work.push(task) }
  await duringRequest({ afterContext }, {}, async () => GET(requestWith(token), {}))
  expect(work.length).toBeGreaterThan(0)
  await Promise.all(work)
  expect(entra.requests).toHaveLength(2)
})

it('refreshes keys in the background also where Next has no after()', async () => {
  const GET = withEntraGuard(verifier, { scopes }, () => new Response())
  const token = await entra.issueUserToken({ expiresIn: 86_400 })
  await GET(requestWith(token), {})
  entra.requests.length = 0
  entra.advance(7200)
  expect((await GET(requestWith(token), {})).status).toBe(200)
  await expect.poll(() => entra.requests).toHaveLength(2)
})

it.each([
  [undefined, 'nobody'],
  ['Basic YTpi', 'nobody'],
  ['GOOD', 'user'],
])('with an optional token gives the handler for "%s" %s', async (sent, answer) => {
  const GET = withEntraGuard(verifier, { scopes }, (_request, user) => new Response(user?.kind ?? 'nobody'), {
    optional: true,
  })
  const authorization = sent === 'GOOD' ? `Bearer ${await entra.issueUserToken()}` : sent
  const headers: Record<string, string> = authorization === undefined ? {} : { authorization }
  const response = await GET(new NextRequest('https://api.example/prices', { headers }), {})
  expect([response.status, await response.text()]).toEqual([200, answer])
})

it('still refuses, where a token is optional, every token that is there and not good', async () => {
  const handler = vi.fn<() => Response>(() => new Response('secret'))
  const GET = withEntraGuard(verifier, { scopes }, handler, { optional: true })
  const tokens = [
    'not-a-token',
    await entra.issueUserToken({ signWith: 'unknown' }),
    await entra.issueUserToken({ scopes: ['Orders.Write'] }),
  ]
  const statuses = await Promise.all(tokens.map(async (token) => (await GET(requestWith(token), {})).status))
  expect(statuses).toEqual([401, 401, 403])
  for (const authorization of ['Bearer', 'DPoP x'])
    expect((await GET(new NextRequest('https://api.example', { headers: { authorization } }), {})).ok).toBe(
      false,
    )
  expect(handler).not.toHaveBeenCalled()
})

it('answers 401 when a handler without a caller asks for one', async () => {
  const GET = withEntraGuard(
    verifier,
    { scopes },
    async (request) => {
      await verifier.authenticate(request.headers.get('authorization'), { scopes })
      return new Response('secret')
    },
    { optional: true },
  )
  expect((await GET(requestWith(), {})).status).toBe(401)
})

const answer = (): Response => new Response()

it('refuses a handler in place of the access where the route is declared', () => {
  expect(() => withEntraGuard(verifier, answer as never, undefined as never)).toThrow(TypeError)
})

it.each([
  ['no verifier', () => withEntraGuard(undefined as never, { scopes }, answer)],
  ['options in place of a verifier', () => withEntraGuard({ tenants: 'a' } as never, { scopes }, answer)],
  ['no handler', () => withEntraGuard(verifier, { scopes }, undefined as never)],
  ['a text', () => withEntraGuard(verifier, { scopes }, answer, { optional: 'false' } as never)],
  ['a misspelt option', () => withEntraGuard(verifier, { scopes }, answer, { optinal: true } as never)],
  [
    'an inherited option',
    () => withEntraGuard(verifier, { scopes }, answer, Object.create({ optional: true })),
  ],
  ['true in place of options', () => withEntraGuard(verifier, { scopes }, answer, true as never)],
])('refuses %s where the route is declared', (_what, declare) => {
  expect(declare).toThrow(TypeError)
  expect(declare).toThrow(/^withEntraGuard(?:: | needs a verifier: withEntraGuard\()/)
})

it.each([undefined, {}, { headers: { authorization: 'x' } }])(
  'says what to use in place of it in pages/api, which hands over %j',
  async (request) => {
    const handler = vi.fn<() => Response>(answer)
    const GET = withEntraGuard(verifier, { scopes }, handler)
    await expect(GET(request as never, {})).rejects.toThrow('use withEntraGuardApi')
    expect(handler).not.toHaveBeenCalled()
  },
)
