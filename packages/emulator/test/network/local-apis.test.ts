import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'

import { createEmulator } from '../../src/index.ts'
import { listen, type Listening } from '../../src/node.ts'

let server: Listening
let api: Server
let apiUrl: string
let received: Array<readonly [method: string, path: string, authorization: string | undefined]> = []

beforeAll(async () => {
  api = createServer((message, answer) => {
    const { method = '', url = '', headers } = message
    received.push([method, url, headers.authorization])
    if (url === '/moved') answer.writeHead(302, { location: `${apiUrl}/orders` }).end('elsewhere')
    else if (url === '/long') answer.end('x'.repeat(1_000_000))
    else if (url === '/reset') message.socket.destroy()
    else {
      answer.writeHead(headers.authorization === undefined ? 401 : 200, {
        'content-type': 'application/json',
        'www-authenticate': 'Bearer realm="orders"',
        'set-cookie': 'session=1',
      })
      answer.end('{"code":"token_missing"}')
    }
  }).listen(0, '127.0.0.1')
  await once(api, 'listening')
  apiUrl = `http://127.0.0.1:${(api.address() as AddressInfo).port}`
  server = await listen(await createEmulator(), {
    apis: [{ name: 'Orders', url: `${apiUrl}/orders`, keysUrl: `${apiUrl}/keys` }, { url: apiUrl }],
  })
})

beforeEach(() => {
  received = []
})

afterAll(async () => {
  await server.close()
  api.close()
})

async function send(
  body: unknown,
  headers: Readonly<Record<string, string>> = { 'content-type': 'application/json' },
): Promise<readonly [status: number, answer: Readonly<Record<string, unknown>>]> {
  const response = await fetch(`${server.url}/__emulator/send`, {
    method: 'POST',
    headers,
    body: JSON.stringify(body),
  })
  return [response.status, (await response.json()) as Record<string, unknown>]
}

describe('what the portal sends to an API', () => {
  it('is one GET request with the token, or without one; the answer comes back with its challenge', async () => {
    const headers = { 'content-type': 'application/json', 'www-authenticate': 'Bearer realm="orders"' }
    const body = '{"code":"token_missing"}'
    expect(await send({ url: `${apiUrl}/orders?top=1` })).toEqual([200, { status: 401, headers, body }])
    expect(await send({ url: `${apiUrl}/orders`, token: 'a.b.c' })).toEqual([
      200,
      { status: 200, headers, body },
    ])
    expect(received).toEqual([
      ['GET', '/orders?top=1', undefined],
      ['GET', '/orders', 'Bearer a.b.c'],
    ])
  })

  it('reaches localhost by the addresses of this machine alone, without asking a name server', async () => {
    const [, answer] = await send({ url: `${apiUrl.replace('127.0.0.1', 'localhost')}/orders` })
    expect(answer['status']).toBe(401)
  })

  it('follows no redirect', async () => {
    expect((await send({ url: `${apiUrl}/moved` }))[1]).toEqual({
      status: 302,
      headers: {},
      body: 'elsewhere',
    })
    expect(received.map(([, path]) => path)).toEqual(['/moved'])
  })

  it('reads no more of an answer than a person would', async () => {
    const [, { body }] = await send({ url: `${apiUrl}/long` })
    expect(String(body)).toBe('x'.repeat(65_536))
  })

  it.each([
    ['where nobody listens', () => 'http://127.0.0.1:1/', 'Nobody listens at this address.'],
    ['of which the connection is dropped', () => `${apiUrl}/reset`, 'The connection failed (ECONNRESET).'],
    [
      'that speaks no TLS',
      () => apiUrl.replace('http:', 'https:'),
      expect.stringMatching(/^The connection failed \(.+\)\.$/),
    ],
  ])('says why there is no answer from an address %s', async (_, url, problem) => {
    expect(await send({ url: url() })).toEqual([200, { status: 0, problem }])
  })

  it('says whose certificate is not trusted', async () => {
    const secure = await listen(await createEmulator(), { https: true })
    const [, { problem }] = await send({ url: secure.url })
    expect(problem).toContain('NODE_EXTRA_CA_CERTS')
    await secure.close()
  })
})

const elsewhere = [
  'http://169.254.169.254/latest/meta-data/',
  'http://localhost.attacker.example/',
  'http://127.0.0.1.nip.io/',
  'http://0.0.0.0/',
  'http://[::]/',
  'http://[::ffff:127.0.0.1]/',
  'http://10.0.0.1/',
  'http://localhost./',
  'http://printer/',
  'https://graph.microsoft.com/v1.0/me',
  'ftp://127.0.0.1/',
  'file:///etc/passwd',
  'data:text/plain,x',
  '//127.0.0.1/',
  '/orders',
  '',
]

describe('nothing is sent', () => {
  it.each(elsewhere)('to an address that may not be on this machine: %s', async (url) => {
    const [status, { error }] = await send({ url })
    expect([status, error]).toEqual([400, expect.stringContaining('must be an address on this machine')])
    await expect(listen(await createEmulator(), { apis: [{ url }] })).rejects.toThrow(/^apis\[0\]\.url must/)
    const apis = [{ url: 'http://localhost/', keysUrl: url }]
    await expect(listen(await createEmulator(), { apis })).rejects.toThrow(/^apis\[0\]\.keysUrl must/)
  })

  it('with a password in the address, a token of several lines, or anything that was not asked for', async () => {
    for (const [body, message] of [
      [{ url: 'http://user:password@localhost/' }, /user name or a password/],
      [{ url: apiUrl, token: 'a\r\nx-more: 1' }, /^token must be printable/],
      [{ url: apiUrl, token: 1 }, /^token must be/],
      [{ url: apiUrl, method: 'DELETE' }, /method/],
      [{ token: 'a' }, /^url must be/],
    ] as const) {
      expect(await send(body)).toEqual([400, { error: expect.stringMatching(message) }])
    }
    expect(received).toEqual([])
  })

  it.each([
    [403, { 'content-type': 'application/json', origin: 'https://attacker.example' }],
    [403, { 'content-type': 'application/json', 'sec-fetch-site': 'same-site' }],
    [415, { 'content-type': 'text/plain' }],
  ])('for another web site: %i for %o', async (status, headers) => {
    expect((await send({ url: `${apiUrl}/orders` }, headers))[0]).toBe(status)
    expect(received).toEqual([])
  })
})

it('the portal learns which APIs are there from the start', async () => {
  const response = await fetch(`${server.url}/__emulator/apis`)
  expect(await response.json()).toEqual([
    { name: 'Orders', url: `${apiUrl}/orders`, keysUrl: `${apiUrl}/keys` },
    { url: apiUrl },
  ])
})
