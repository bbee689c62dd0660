import { generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { request } from 'node:http'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

import { afterEach, describe, expect, it } from 'vitest'

import { codeOf, reasonOf } from '../../src/errors/reason.ts'

const closing: Array<() => void> = []

afterEach(() => {
  for (const close of closing.splice(0)) close()
})

/** A server that does this with what it is sent. Gives its address. */
async function serve(answer: (socket: Socket) => void): Promise<string> {
  const server = createServer((socket) => {
    socket.on('error', () => {}).once('data', () => answer(socket))
  }).listen(0, '127.0.0.1')
  closing.push(() => server.close())
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** An address at which nobody listens. */
async function nobody(): Promise<string> {
  const address = await serve(() => {})
  closing.splice(0).forEach((close) => close())
  return address
}

async function failureOf(work: () => Promise<unknown>): Promise<unknown> {
  try {
    await work()
  } catch (error) {
    return error
  }
  throw new Error('it did not fail')
}

const fetched = (url: string): Promise<unknown> => failureOf(async () => (await fetch(url)).text())

describe('why a fetch of this Node failed', () => {
  it('is the code and the host where the name is not found', async () => {
    expect(reasonOf(await fetched('https://login.microsoftonline.invalid/'))).toMatch(
      /^(?:ENOTFOUND|EAI_AGAIN) login\.microsoftonline\.invalid$/,
    )
  })

  it('is the code and the address where nobody listens', async () => {
    const address = await nobody()
    expect(reasonOf(await fetched(address))).toBe(`ECONNREFUSED ${new URL(address).host}`)
  })

  it('is the code where the connection is reset', async () => {
    expect(reasonOf(await fetched(await serve((socket) => socket.resetAndDestroy())))).toContain('ECONNRESET')
  })

  it('is the code where the connection ends in the middle of the body', async () => {
    const cut = await serve((socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{'))
    expect(reasonOf(await fetched(cut))).toBe('UND_ERR_SOCKET: other side closed')
  })

  it('is what is wrong with an answer that is not HTTP, without the answer', async () => {
    const junk = await serve((socket) => socket.end('SECRET nonsense\r\n\r\n'))
    const reason = reasonOf(await fetched(junk))
    expect(reason).toMatch(/^Response does not match the HTTP\/1\.1 protocol/)
    expect(reason).not.toContain('SECRET')
  })

  it('is both addresses where the host has two', async () => {
    const { port } = new URL(await nobody())
    const error = await failureOf(
      () =>
        new Promise((_resolve, reject) => {
          const both = [
            { address: '127.0.0.1', family: 4 },
            { address: '127.0.0.2', family: 4 },
          ]
          request({
            host: 'two.example',
            port,
            createConnection: (options) =>
              connect({
                ...options,
                port: Number(port),
                host: 'two.example',
                autoSelectFamily: true,
                lookup: (_host, _options, found) => found(null, both),
              }),
          })
            .once('error', reject)
            .end()
        }),
    )
    expect(error).toBeInstanceOf(AggregateError)
    const wrapped = new TypeError('fetch failed', { cause: error })
    expect(reasonOf(wrapped)).toBe(`ECONNREFUSED 127.0.0.1:${port}, ECONNREFUSED 127.0.0.2:${port}`)
  })
})

/** As Node 24, Bun 1.3, Deno 2.9 and workerd throw them. */
describe('why a fetch failed elsewhere', () => {
  it.each([
    [
      'Node, a certificate that is not trusted',
      new TypeError('fetch failed', {
        cause: Object.assign(new Error('unable to verify the first certificate'), {
          code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
        }),
      }),
      'UNABLE_TO_VERIFY_LEAF_SIGNATURE: unable to verify the first certificate',
    ],
    [
      'Node, a certificate for another name',
      new TypeError('fetch failed', {
        cause: Object.assign(
          new Error(
            "Hostname/IP does not match certificate's altnames: Host: login.microsoftonline.com. is not in the cert's altnames: DNS:proxy.contoso.com",
          ),
          { code: 'ERR_TLS_CERT_ALTNAME_INVALID', host: 'login.microsoftonline.com' },
        ),
      }),
      "ERR_TLS_CERT_ALTNAME_INVALID: Hostname/IP does not match certificate's altnames: Host: login.microsoftonline.com. is not in the cert's altnames: DNS:proxy.contoso.com",
    ],
    [
      'Bun, a name that is not found',
      Object.assign(new TypeError('getaddrinfo ENOTFOUND login.microsoftonline.com'), {
        code: 'ENOTFOUND',
        path: 'https://login.microsoftonline.com/',
        syscall: 'getaddrinfo',
        hostname: 'login.microsoftonline.com',
        errno: 4,
      }),
      'ENOTFOUND login.microsoftonline.com',
    ],
    [
      'Bun, nobody listens',
      Object.assign(
        new TypeError('ECONNREFUSED: Unable to connect. Is the computer able to access the url?'),
        {
          code: 'ECONNREFUSED',
          errno: 0,
        },
      ),
      'ECONNREFUSED: Unable to connect. Is the computer able to access the url?',
    ],
    [
      'Deno, a name that is not found',
      new TypeError('fetch failed', {
        cause: new Error(
          'error sending request for url (https://login.microsoftonline.com/common/?p=1): client error (Connect): dns error: failed to lookup address information: Name or service not known',
        ),
      }),
      'error sending request for url (https://login.microsoftonline.com/common/): client error (Connect): dns error: failed to lookup address information: Name or service not known',
    ],
    [
      'workerd',
      Object.assign(new Error('Network connection lost.'), { retryable: true }),
      'Network connection lost.',
    ],
    [
      'a time limit',
      new DOMException('The operation was aborted due to timeout', 'TimeoutError'),
      'The operation was aborted due to timeout',
    ],
    ['a text', 'no way out', 'no way out'],
    ['nothing', undefined, 'unknown'],
    ['an object', { code: 7 }, 'unknown'],
    ['an error without a message', new Error(''), 'unknown'],
  ])('%s', (_name, error, reason) => {
    expect(reasonOf(error)).toBe(reason)
  })
})

describe('a reason', () => {
  it('is one short line of ASCII, whatever an error says', () => {
    const message = `a\r\nb\u001B[2J\u202E${'x'.repeat(100_000)}`
    for (const error of [new Error(message), Object.assign(new Error(message), { code: 'EBAD' }), message]) {
      expect(reasonOf(error)).toMatch(/^[\x20-\x7E]{1,300}…?$/)
    }
  })

  it('holds no credentials of an address, no query and no token', () => {
    const { privateKey } = generateKeyPairSync('ed25519')
    const token = `eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.${privateKey.export({ type: 'pkcs8', format: 'der' }).toString('base64url')}`
    const message = `407 from http://user:p4ss@proxy.contoso.com:8080/a?code=s3cret for Bearer ${token}`
    expect(reasonOf(new Error('fetch failed', { cause: new Error(message) }))).toBe(
      '407 from http://proxy.contoso.com:8080/a for Bearer (token)',
    )
    expect(reasonOf(`no ${'A1+/'.repeat(20)}== here`)).toBe('no (...) here')
  })

  it('keeps the names of hosts', () => {
    const host = 'contosocustomers.ciamlogin.com'
    expect(reasonOf(new Error(`connect to ${host} failed`))).toBe(`connect to ${host} failed`)
  })

  it('ends, with causes that go in a circle or without end, and with getters that throw', () => {
    const circle: Error & { cause?: unknown } = new Error('circle')
    circle.cause = new AggregateError([circle, circle, circle, circle, circle, circle, circle, circle], 'all')
    expect(reasonOf(circle)).toBe('all')
    let deep: Error = Object.assign(new Error('bottom'), { code: 'EDEEP' })
    for (let depth = 0; depth < 100_000; depth++) deep = new Error(`level ${depth}`, { cause: deep })
    expect(reasonOf(deep)).toMatch(/^level /)
    expect(
      reasonOf({
        get message() {
          throw new Error('no')
        },
      }),
    ).toBe('unknown')
    expect(
      codeOf({
        get code() {
          throw new Error('no')
        },
      }),
    ).toBeUndefined()
  })

  it('of code that is not ours is its code and place, never its message', () => {
    const lost = Object.assign(new Error('connect to redis://:p4ss@10.0.0.5 failed'), {
      code: 'ECONNREFUSED',
      address: '10.0.0.5',
      port: 6379,
    })
    expect(codeOf(new Error('store', { cause: lost }))).toBe('ECONNREFUSED 10.0.0.5:6379')
    expect(codeOf(Object.assign(new Error('the secret is x'), { code: 'EBAD' }))).toBe('EBAD')
    expect(codeOf(new Error('the secret is x'))).toBeUndefined()
  })
})
