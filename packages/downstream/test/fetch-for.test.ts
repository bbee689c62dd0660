import { createVerifier, EntraGuardError, toResponse, type Access } from '@entraguard/core'
import { describe, expect, it } from 'vitest'

import { onBehalfOf } from '../src/index.ts'
import { invoices, world, type World } from './support.ts'

const origin = 'https://invoices.example'

interface Call {
  readonly url: string
  readonly method: string
  readonly authorization: string | null
  readonly body: string
}

/** The other API: a guarded handler, and what it was asked. Everything else goes to the identity provider. */
async function chain(asked: Access, answer?: (request: Request) => Response | undefined) {
  const calls: Call[] = []
  const { entra, options, ...rest }: World = await world()
  const api = createVerifier({ ...entra.verifierOptions(), audience: [invoices, 'api://invoices'] })
  const identityProvider = options.fetch ?? fetch
  const serve = async (request: Request): Promise<Response> => {
    const authorization = request.headers.get('authorization')
    calls.push({ url: request.url, method: request.method, authorization, body: await request.text() })
    const own = answer?.(request)
    if (own !== undefined) return own
    try {
      const user = await api.authenticate(authorization, asked)
      return Response.json({ of: user.key })
    } catch (error) {
      if (EntraGuardError.is(error)) return toResponse(error, api.challenge)
      throw error
    }
  }
  const downstream = onBehalfOf({
    ...options,
    fetch: async (input, init) => {
      const request = new Request(input, init)
      return new URL(request.url).host.startsWith('login.')
        ? await identityProvider(input, init)
        : await serve(request)
    },
  })
  return { ...rest, entra, downstream, calls }
}

describe('fetchFor', () => {
  it('calls the other API as the user', async () => {
    const { downstream, signIn, calls } = await chain({ scopes: ['Invoices.Read'] })
    const [user, authorization] = await signIn()
    const get = downstream.fetchFor(user, authorization, 'invoices')
    const answer = await get(`${origin}/mine`, {
      headers: { accept: 'application/json', authorization: 'Basic x' },
    })
    expect(await answer.json()).toEqual({ of: user.key })
    expect(calls).toHaveLength(1)
    expect(calls[0]?.authorization).not.toBe(authorization)
  })

  it('meets a claims challenge by asking once more with it, with the same body', async () => {
    const { downstream, signIn, calls, exchanges } = await chain({
      scopes: ['Invoices.Read'],
      authContext: 'c1',
    })
    const [user, authorization] = await signIn()
    const post = downstream.fetchFor(user, authorization, 'invoices')
    const answer = await post(`${origin}/mine`, { method: 'POST', body: '{"a":1}' })
    expect(answer.status).toBe(200)
    expect(calls.map(({ method, body }) => [method, body])).toEqual([
      ['POST', '{"a":1}'],
      ['POST', '{"a":1}'],
    ])
    expect(exchanges()).toBe(2)
    // The token that met it is the one that is kept.
    expect((await post(`${origin}/mine`)).status).toBe(200)
    expect(exchanges()).toBe(2)
  })

  it('hands what needs the user on to the client of this API', async () => {
    const { entra, downstream, signIn } = await chain({ scopes: ['Invoices.Read'], authContext: 'c1' })
    entra.conditionalAccess.add({ resources: [invoices], authenticationContexts: ['c1'], requires: 'c1' })
    const [user, authorization] = await signIn({ capabilities: ['cp1'] })
    const error = await downstream
      .fetchFor(
        user,
        authorization,
        'invoices',
      )(`${origin}/mine`)
      .catch((reason: unknown) => reason)
    expect(error).toMatchObject({ name: 'EntraGuardError', code: 'claims_required', status: 401 })
    const header = EntraGuardError.is(error) ? toResponse(error).headers.get('www-authenticate') : ''
    expect(header).toContain('error="insufficient_claims"')
  })

  it('asks once more at most, and gives back a refusal that stays one', async () => {
    const { downstream, signIn, calls } = await chain({ scopes: ['Invoices.Write'], mfa: true })
    const [user, authorization] = await signIn()
    const answer = await downstream.fetchFor(user, authorization, 'invoices')(`${origin}/mine`)
    expect(answer.status).toBe(403)
    expect(calls).toHaveLength(1)
  })

  it.each([
    'https://evil.example/mine',
    'http://invoices.example/mine',
    'https://invoices.example.evil.example/',
    'https://invoices.example:8443/',
    'https://invoices.example@evil.example/',
  ])('sends no token to %s, and asks for none', async (url) => {
    const { downstream, signIn, calls, exchanges } = await chain({ scopes: ['Invoices.Read'] })
    const [user, authorization] = await signIn()
    await expect(downstream.fetchFor(user, authorization, 'invoices')(url)).rejects.toThrow(TypeError)
    expect([calls, exchanges()]).toEqual([[], 0])
  })

  it('follows a redirect within the origin, and none to another', async () => {
    const redirects: Readonly<Record<string, string>> = {
      '/here': '/there',
      '/away': 'https://evil.example/collect',
      '/round': '/round',
    }
    const { downstream, signIn, calls } = await chain({ scopes: ['Invoices.Read'] }, (request) => {
      const location = redirects[new URL(request.url).pathname]
      return location === undefined ? undefined : new Response(null, { status: 302, headers: { location } })
    })
    const [user, authorization] = await signIn()
    const get = downstream.fetchFor(user, authorization, 'invoices')
    expect((await get(`${origin}/here`)).status).toBe(200)
    expect((await get(`${origin}/here`, { method: 'HEAD' })).status).toBe(200)
    expect((await get(`${origin}/away`)).status).toBe(302)
    expect((await get(`${origin}/here`, { method: 'POST' })).status).toBe(302)
    expect(calls.every(({ url }) => url.startsWith(`${origin}/`))).toBe(true)
    expect((await get(`${origin}/round`)).status).toBe(302)
    // One, and five after it.
    expect(calls.filter(({ url }) => url.endsWith('/round'))).toHaveLength(6)
  })
})

describe('a redirect', () => {
  it.each([
    'http://invoices.example/',
    'https://invoices.example:8443/',
    'https://invoices.example./',
    'https://invoices.example@evil.example/',
    'https://invoices.example.evil.example/',
    String.raw`https:\\evil.example\@invoices.example/`,
    '//evil.example/',
    '////evil.example/',
    'https://somebody:else@invoices.example/',
    'https://somebody@invoices.example/',
    'https://:else@invoices.example/',
    'https://[',
    'data:text/plain,x',
  ])('to %s comes back as the answer, and no token goes there', async (location) => {
    const { downstream, signIn, calls } = await chain(
      { scopes: ['Invoices.Read'] },
      () => new Response(null, { status: 307, headers: { location } }),
    )
    const [user, authorization] = await signIn()
    const answer = await downstream.fetchFor(user, authorization, 'invoices')(`${origin}/`)
    expect([answer.status, answer.headers.get('location')]).toEqual([307, location])
    expect(calls.map(({ url }) => url)).toEqual([`${origin}/`])
  })
})

describe('an answer that is no redirect', () => {
  it.each([
    [201, 1],
    [299, 1],
    [300, 2],
    [399, 2],
    [400, 1],
    [503, 1],
  ])('with %i and an address makes %i calls', async (status, count) => {
    const { downstream, signIn, calls } = await chain({ scopes: ['Invoices.Read'] }, ({ url }) =>
      url.endsWith('/mine') ? new Response(null, { status, headers: { location: '/other' } }) : undefined,
    )
    const [user, authorization] = await signIn()
    await downstream.fetchFor(user, authorization, 'invoices')(`${origin}/mine`)
    expect(calls).toHaveLength(count)
  })

  it('and has no address comes back as the answer', async () => {
    const { downstream, signIn, calls } = await chain(
      { scopes: ['Invoices.Read'] },
      () => new Response(null, { status: 302 }),
    )
    const [user, authorization] = await signIn()
    expect((await downstream.fetchFor(user, authorization, 'invoices')(`${origin}/mine`)).status).toBe(302)
    expect(calls).toHaveLength(1)
  })
})

async function* pieces(): AsyncGenerator<Uint8Array> {
  yield new TextEncoder().encode('sent')
}

describe('a claims challenge', () => {
  const claims = Buffer.from('{"access_token":{"acrs":{"essential":true,"value":"c1"}}}').toString('base64')
  const challenging =
    (status: number, body: string | null = null) =>
    (): Response =>
      new Response(body, {
        status,
        headers: {
          'www-authenticate': `Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize", error="insufficient_claims", claims="${claims}"`,
        },
      })

  it.each<[string, number, RequestInit, number]>([
    ['is met once', 401, {}, 2],
    ['is met once where nothing is sent', 401, { method: 'POST', body: null }, 2],
    ['is met once with bytes', 401, { method: 'POST', body: new Uint8Array(3) }, 2],
    ['is none with another status', 403, {}, 1],
  ])('%s: %i', async (_what, status, init, count) => {
    const { downstream, signIn, calls } = await chain({ scopes: ['Invoices.Read'] }, challenging(status))
    const [user, authorization] = await signIn()
    const answer = await downstream.fetchFor(user, authorization, 'invoices')(`${origin}/mine`, init)
    expect(answer.status).toBe(status)
    expect(calls).toHaveLength(count)
  })

  it('comes back as the answer where what was sent is a stream, which there is once', async () => {
    const { downstream, signIn, calls } = await chain({ scopes: ['Invoices.Read'] }, challenging(401, 'why'))
    const [user, authorization] = await signIn()
    const post = downstream.fetchFor(user, authorization, 'invoices')
    for (const body of [new Blob(['sent']).stream(), pieces() as unknown as ReadableStream]) {
      const init: RequestInit & { duplex: 'half' } = { method: 'POST', body, duplex: 'half' }
      const answer = await post(`${origin}/mine`, init)
      expect([answer.status, await answer.text()]).toEqual([401, 'why'])
    }
    expect(calls.map(({ body }) => body)).toEqual(['sent', 'sent'])
  })
})

describe('credentialFor', () => {
  it('is a credential as the Azure SDKs take them', async () => {
    const { entra, downstream, signIn } = await chain({ scopes: ['Invoices.Read'] })
    const [user, authorization] = await signIn()
    const credential = downstream.credentialFor(user, authorization)
    const { token, expiresOnTimestamp } = await credential.getToken('api://invoices/Invoices.Read')
    expect(token).toMatch(/^eyJ/)
    expect(expiresOnTimestamp).toBeGreaterThan(entra.now())
  })
})
