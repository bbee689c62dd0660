import { describe, expect, it } from 'vitest'

import { fetchDocument, maxDocumentBytes } from '../../src/documents/fetch-document.ts'

const address = 'https://login.microsoftonline.com/x/keys'

/** What is read of this answer. Fails with the reason when it is refused. */
const read = (answer: unknown): Promise<string> =>
  fetchDocument(
    async () => answer as Response,
    address,
    60,
    () => false,
  )

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

/** A body in these chunks. */
const chunks = (...parts: readonly Uint8Array[]): Response =>
  new Response(
    new ReadableStream({
      start(controller) {
        for (const part of parts) controller.enqueue(part)
        controller.close()
      },
    }),
  )

describe('the request for a document', () => {
  it('asks for JSON, by the address as it is', async () => {
    const asked: Array<[string, RequestInit]> = []
    const fetch = async (url: string, init: RequestInit): Promise<Response> => {
      asked.push([url, init])
      return new Response('{}')
    }
    expect(await fetchDocument(fetch, address, 60, () => false)).toBe('{}')
    expect(asked).toHaveLength(1)
    expect(asked[0]).toMatchObject([address, { headers: { accept: 'application/json' } }])
  })
})

describe('an answer that is refused says why', () => {
  const redirect = 'the server answered with a redirect'
  const noResponse = 'the option fetch did not return a Response'
  const parts = { status: 200, headers: new Headers(), body: null }

  it.each<[string, unknown, string]>([
    ['300', new Response('', { status: 300 }), redirect],
    ['302', new Response('', { status: 302 }), redirect],
    ['399', new Response('', { status: 399 }), redirect],
    // As a browser shows a redirect that is not followed.
    ['an opaque redirect', { ...parts, type: 'opaqueredirect', status: 0 }, redirect],
    ['299', new Response('', { status: 299 }), 'the server answered with status 299'],
    ['400', new Response('', { status: 400 }), 'the server answered with status 400'],
    ['no content', new Response(null, { status: 204 }), 'the server answered with status 204'],
    ['no body', new Response(null), 'the document is empty'],
    ['no status', { ...parts, status: undefined }, noResponse],
    ['a status as text', { ...parts, status: '200' }, noResponse],
    ['no headers', { ...parts, headers: undefined }, noResponse],
    ['headers as an object', { ...parts, headers: {} }, noResponse],
    ['a body as text', { ...parts, body: '{}' }, noResponse],
    ['no body at all', { ...parts, body: undefined }, noResponse],
    ['null', null, noResponse],
    [
      'a byte that is no text',
      chunks(bytes('{"a":"'), Uint8Array.of(0xff), bytes('"}')),
      'the document is not UTF-8',
    ],
    ['half a character at the end', chunks(bytes('{}'), Uint8Array.of(0xc3)), 'the document is not UTF-8'],
    [
      'a length that is too large',
      new Response('{}', { headers: { 'content-length': String(maxDocumentBytes + 1) } }),
      'the document is too large',
    ],
    ['a byte too many', new Response('x'.repeat(maxDocumentBytes + 1)), 'the document is too large'],
  ])('%s', async (_what, answer, reason) => {
    await expect(read(answer)).rejects.toThrow(reason)
  })
})

describe('a document', () => {
  it('may come in pieces that cut a character', async () => {
    const [text, whole] = ['{"a":"ä€😀"}', bytes('{"a":"ä€😀"}')]
    expect(await read(chunks(...Array.from(whole, (byte) => Uint8Array.of(byte))))).toBe(text)
  })

  it('may be as long as the limit, and say so', async () => {
    const text = ' '.repeat(maxDocumentBytes)
    const headers = { 'content-length': String(maxDocumentBytes) }
    expect(await read(new Response(text, { headers }))).toHaveLength(maxDocumentBytes)
  })
})

describe('a second request', () => {
  it.each([
    [407, false],
    [408, true],
    [409, false],
    [428, false],
    [429, true],
    [430, false],
    [499, false],
    [500, true],
    [503, true],
  ])('is asked about after status %s: %s', async (status, isAsked) => {
    const causes: unknown[] = []
    const fetch = async (): Promise<Response> => new Response('', { status })
    await expect(fetchDocument(fetch, address, 60, (cause) => causes.push(cause) > 9)).rejects.toThrow(
      `status ${status}`,
    )
    expect(causes).toHaveLength(isAsked ? 1 : 0)
  })
})
