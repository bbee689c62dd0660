import { describe, expect, it } from 'vitest'

import { chain, origin, overHttp } from './chain.ts'

describe('fetchFor', () => {
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

const redirecting =
  (status: number) =>
  ({ url }: Request): Response | undefined =>
    url.endsWith('/mine') ? new Response('moved', { status, headers: { location: '/other' } }) : undefined

type Send = (fetch: typeof globalThis.fetch, init: RequestInit) => Promise<Response>
const ways: ReadonlyArray<readonly [string, Send]> = [
  ['in its options', (send, init) => send(`${origin}/mine`, init)],
  ['in a Request', (send, init) => send(new Request(`${origin}/mine`, init))],
  [
    'in options that overrule a Request',
    (send, { redirect = 'follow', ...init }) =>
      send(new Request(`${origin}/mine`, { ...init, redirect: 'follow' }), { redirect }),
  ],
]

describe.each(ways)('a caller who says %s what a redirect is to mean', (_, sendWith) => {
  it.each(['GET', 'HEAD', 'POST'])('gets it as the answer to %s with manual', async (method) => {
    const { downstream, signIn, calls } = await chain({ scopes: ['Invoices.Read'] }, redirecting(302))
    const [user, authorization] = await signIn()
    const send = downstream.fetchFor(user, authorization, 'invoices')
    const answer = await sendWith(send, { method, redirect: 'manual' })
    expect([answer.status, answer.headers.get('location')]).toEqual([302, '/other'])
    expect(calls.map(({ url }) => url)).toEqual([`${origin}/mine`])
  })

  it.each([
    ['GET', 301],
    ['GET', 302],
    ['GET', 303],
    ['GET', 307],
    ['GET', 308],
    ['HEAD', 302],
    ['POST', 302],
  ])('gets a TypeError for %s with error, and nothing is sent on: %i', async (method, status) => {
    const { downstream, signIn, calls } = await chain({ scopes: ['Invoices.Read'] }, redirecting(status))
    const [user, authorization] = await signIn()
    const send = downstream.fetchFor(user, authorization, 'invoices')
    await expect(sendWith(send, { method, redirect: 'error' })).rejects.toThrow(
      new TypeError("fetchFor: the API answered with a redirect, and the request says redirect: 'error'"),
    )
    expect(calls.map(({ url }) => url)).toEqual([`${origin}/mine`])
  })

  it.each([200, 300, 304, 404])('gets any other answer with error: %i', async (status) => {
    const { downstream, signIn, calls } = await chain(
      { scopes: ['Invoices.Read'] },
      () => new Response(null, { status, headers: { location: '/other' } }),
    )
    const [user, authorization] = await signIn()
    const send = downstream.fetchFor(user, authorization, 'invoices')
    expect((await sendWith(send, { redirect: 'error' })).status).toBe(status)
    expect(calls).toHaveLength(1)
  })

  it('has it followed with follow, as without a word', async () => {
    const { downstream, signIn, calls } = await chain({ scopes: ['Invoices.Read'] }, redirecting(302))
    const [user, authorization] = await signIn()
    const send = downstream.fetchFor(user, authorization, 'invoices')
    expect((await sendWith(send, { redirect: 'follow' })).status).toBe(200)
    expect((await sendWith(send, {})).status).toBe(200)
    expect(calls.map(({ url }) => new URL(url).pathname)).toEqual(['/mine', '/other', '/mine', '/other'])
  })
})

it('a redirect after a claims challenge means what the caller said, too', async () => {
  const claims = Buffer.from('{"access_token":{"acrs":{"essential":true,"value":"c1"}}}').toString('base64')
  const challenge = `Bearer realm="", error="insufficient_claims", claims="${claims}"`
  let asked = 0
  const { downstream, signIn } = await chain({ scopes: ['Invoices.Read'] }, () =>
    ++asked % 2 === 1
      ? new Response(null, { status: 401, headers: { 'www-authenticate': challenge } })
      : new Response(null, { status: 302, headers: { location: '/other' } }),
  )
  const [user, authorization] = await signIn()
  const send = downstream.fetchFor(user, authorization, 'invoices')
  expect((await send(`${origin}/mine`, { redirect: 'manual' })).status).toBe(302)
  await expect(send(`${origin}/mine`, { redirect: 'error' })).rejects.toThrow(TypeError)
  expect(asked).toBe(4)
})

it('a redirect means over HTTP what the caller said', async () => {
  const paths: unknown[] = []
  await overHttp(
    ({ url }, response) => {
      paths.push(url)
      if (url === '/mine') response.writeHead(302, { location: '/other' })
      response.end('here')
    },
    async (send, address) => {
      const manual = await send(`${address}/mine`, { redirect: 'manual' })
      const { status, headers } = manual
      expect([status, headers.get('location'), await manual.text()]).toEqual([302, '/other', 'here'])
      await expect(send(`${address}/mine`, { redirect: 'error' })).rejects.toThrow(TypeError)
      expect(await (await send(`${address}/mine`)).text()).toBe('here')
    },
  )
  expect(paths).toEqual(['/mine', '/mine', '/mine', '/other'])
})
