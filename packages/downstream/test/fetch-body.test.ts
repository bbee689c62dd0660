import { readClaimsChallenge } from '@entraguard/core'
import { afterEach, describe, expect, it, vi } from 'vitest'

import { chain, origin, overHttp } from './chain.ts'
import { invoicesScopes } from './support.ts'

afterEach(() => void vi.restoreAllMocks())

const url = `${origin}/mine`
type Sent = Parameters<typeof fetch>
const post = (body: unknown): RequestInit & { duplex: 'half' } => ({
  method: 'POST',
  body: body as NonNullable<RequestInit['body']>,
  duplex: 'half',
})
const bytes = (): Uint8Array<ArrayBuffer> => Uint8Array.from(Buffer.from('sent'))
const form = (): FormData => {
  const data = new FormData()
  data.append('name', 'value')
  data.append('file', new Blob(['sent']), 'file.txt')
  return data
}
const textOf = async ({ body, type }: { body: string; type: string | null }): Promise<unknown> => {
  if (type?.startsWith('multipart/') !== true) return body
  const parts = await new Response(body, { headers: { 'content-type': type } }).formData()
  return Promise.all(Array.from(parts, async ([name, value]) => [name, await new Response(value).text()]))
}

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

  it.each<[string, () => Sent, unknown]>([
    ['text', () => [url, post('sent')], 'sent'],
    ['URLSearchParams', () => [url, post(new URLSearchParams({ a: 'b' }))], 'a=b'],
    [
      'FormData',
      () => [url, post(form())],
      [
        ['name', 'value'],
        ['file', 'sent'],
      ],
    ],
    ['a Blob', () => [url, post(new Blob(['sent']))], 'sent'],
    ['an ArrayBuffer', () => [url, post(bytes().buffer)], 'sent'],
    ['an array of bytes', () => [url, post(bytes())], 'sent'],
    ['a DataView', () => [url, post(new DataView(bytes().buffer))], 'sent'],
    ['no body', () => [url, { method: 'POST' }], ''],
    ['a Request without a body', () => [new Request(url, { method: 'DELETE' })], ''],
    ['a Request, and its body apart', () => [new Request(url, { method: 'POST' }), post('sent')], 'sent'],
    [
      'a Request whose body another one replaces',
      () => [new Request(url, post('old')), post('sent')],
      'sent',
    ],
  ])('is met with the same once more where what was sent can be: %s', async (_, sent, body) => {
    const tee = vi.spyOn(ReadableStream.prototype, 'tee')
    const { downstream, signIn, calls } = await chain({ scopes: ['Invoices.Read'] }, challenging(401))
    const [user, authorization] = await signIn()
    expect((await downstream.fetchFor(user, authorization, 'invoices')(...sent())).status).toBe(401)
    expect(await Promise.all(calls.map(textOf))).toEqual([body, body])
    const [first, second] = calls
    expect(second?.method).toBe(first?.method)
    expect(second?.authorization).not.toBe(first?.authorization)
    // Whatever one half of a stream in two has not read yet stays in memory.
    expect(tee).not.toHaveBeenCalled()
  })

  it.each<[string, () => Sent]>([
    ['a ReadableStream', () => [url, post(new Blob(['sent']).stream())]],
    ['an async iterable', () => [url, post(pieces())]],
    ['a Request of a stream', () => [new Request(url, { ...post(pieces()), redirect: 'error' })]],
    [
      'a Request of a text, which shows a stream as well',
      () => [new Request(url, { ...post('sent'), redirect: 'error' })],
    ],
    ['a Request with options', () => [new Request(url, post('sent')), { redirect: 'error' }]],
    ['a Request as the options', () => [url, new Request(url, post('sent'))]],
  ])('comes back as the answer where what was sent is there once: %s', async (_, sent) => {
    const tee = vi.spyOn(ReadableStream.prototype, 'tee')
    const { downstream, signIn, calls, exchanges } = await chain(
      { scopes: ['Invoices.Read'] },
      challenging(401, 'why'),
    )
    const [user, authorization] = await signIn()
    const answer = await downstream.fetchFor(user, authorization, 'invoices')(...sent())
    expect([answer.status, await answer.text()]).toEqual([401, 'why'])
    expect(calls.map(({ method, body }) => [method, body])).toEqual([['POST', 'sent']])
    expect(exchanges()).toBe(1)
    expect(tee).not.toHaveBeenCalled()
  })

  it.each<[string, () => Sent]>([
    ['of a text', () => [new Request(url, post('sent'))]],
    ['of a stream', () => [new Request(url, post(new Blob(['sent']).stream()))]],
    ['of an async iterable', () => [new Request(url, post(pieces()))]],
    ['with options', () => [new Request(url, post('sent')), { headers: { a: 'b' } }]],
  ])('is met for a Request, as client libraries make it of every call: %s', async (_, sent) => {
    const { downstream, signIn, calls } = await chain({ scopes: ['Invoices.Read'] }, challenging(401))
    const [user, authorization] = await signIn()
    expect((await downstream.fetchFor(user, authorization, 'invoices')(...sent())).status).toBe(401)
    expect(calls.map(({ method, body }) => [method, body])).toEqual([
      ['POST', 'sent'],
      ['POST', 'sent'],
    ])
  })

  it('is met with what the caller sent, whatever became of that since', async () => {
    const { downstream, signIn, calls } = await chain({ scopes: ['Invoices.Read'] }, challenging(401))
    const [user, authorization] = await signIn()
    const send = downstream.fetchFor(user, authorization, 'invoices')
    const [buffer, data] = [bytes(), form()]
    const answers = [send(url, post(buffer)), send(url, post(data))]
    buffer.fill(0)
    data.set('name', 'another')
    await Promise.all(answers)
    const texts = (await Promise.all(calls.map(textOf))).map((text) => JSON.stringify(text))
    const parts = JSON.stringify([
      ['name', 'value'],
      ['file', 'sent'],
    ])
    expect(texts.toSorted()).toEqual(['"sent"', '"sent"', parts, parts])
  })

  it('that came back as the answer is met by the caller, for this call and those after it', async () => {
    const { downstream, signIn, calls } = await chain({ scopes: ['Invoices.Read'], authContext: 'c1' })
    const [user, authorization] = await signIn()
    const send = downstream.fetchFor(user, authorization, 'invoices')
    const answer = await send(url, post(pieces()))
    expect(answer.status).toBe(401)
    await downstream.tokenFor(user, authorization, invoicesScopes, { claims: readClaimsChallenge(answer) })
    expect((await send(url, post(pieces()))).status).toBe(200)
    expect((await send(new Request(url, post('sent')))).status).toBe(200)
    expect(calls.map(({ body }) => body)).toEqual(['sent', 'sent', 'sent'])
  })
})

describe('an upload over HTTP', () => {
  it('comes whole, with its length where that is known', async () => {
    const seen: unknown[] = []
    await overHttp(
      (request, response) => {
        let text = ''
        request.on('data', (chunk: Buffer) => (text += chunk.toString()))
        request.on('end', () => {
          seen.push([request.headers['content-length'], text])
          response.end()
        })
      },
      async (send, address) => {
        for (const body of ['sent', new Blob(['sent']), new Blob(['sent']).stream()])
          await send(address, post(body))
        await send(new Request(address, post('sent')))
      },
    )
    expect(seen).toEqual([
      ['4', 'sent'],
      ['4', 'sent'],
      [undefined, 'sent'],
      ['4', 'sent'],
    ])
  })

  it('of a stream stays one, of which nothing is kept, with redirect: error', async () => {
    const tee = vi.spyOn(ReadableStream.prototype, 'tee')
    const sent: number[] = []
    await overHttp(
      (request, response) => {
        let length = 0
        request.on('data', (chunk: Buffer) => (length += chunk.length))
        request.on('end', () => {
          sent.push(length)
          response.end()
        })
      },
      async (send, address) => {
        const init = { ...post(new Blob(['sent']).stream()), redirect: 'error' } as const
        for (const call of [send(address, init), send(new Request(address, { ...init, body: 'sent' }))])
          expect((await call).status).toBe(200)
      },
    )
    expect(sent).toEqual([4, 4])
    expect(tee).not.toHaveBeenCalled()
  })
})
