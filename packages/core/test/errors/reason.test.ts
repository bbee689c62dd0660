import { generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { request } from 'node:http'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

import { afterEach, describe, expect, it } from 'vitest'

import { because, codeOf, KnownProblem, reasonOf } from '../../src/errors/reason.ts'

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

/** An error with a code, so many causes below another one. */
const coded = (depth: number): Error =>
  depth === 0
    ? Object.assign(new Error('bottom'), { code: 'EDEEP' })
    : new Error(`level ${depth}`, { cause: coded(depth - 1) })
const withCode = (code: unknown): Error => Object.assign(new Error('m'), { code })
const plain = (count: number): readonly Error[] => Array.from({ length: count }, () => new Error('m'))

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
    expect(reasonOf('//a:b@x/?c=d and //e:f@y/?g=h for eyJa.b and eyJc.d')).toBe(
      '//x/ and //y/ for (token) and (token)',
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

  it('is looked for in six errors one below the other', () => {
    expect(codeOf(coded(5))).toBe('EDEEP')
    expect(codeOf(coded(6))).toBeUndefined()
  })

  it('is looked for in eight errors beside each other, of one or of several wrappings', () => {
    expect(codeOf(new AggregateError([...plain(7), withCode('EBAD')]))).toBe('EBAD')
    expect(codeOf(new AggregateError([...plain(8), withCode('EBAD')]))).toBeUndefined()
    const two = (first: number): AggregateError =>
      new AggregateError([new AggregateError(plain(first)), new AggregateError([withCode('EBAD')])])
    expect([codeOf(two(7)), codeOf(two(8))]).toEqual(['EBAD', undefined])
  })

  it('is that of the innermost errors which have one, of three at most and each once', () => {
    const inner = ['EONE', 'ETWO', 'EONE', 'ETHREE', 'EFOUR'].map(withCode)
    const outer = Object.assign(new AggregateError(inner), { code: 'EOUTER' })
    expect(codeOf(outer)).toBe('EONE, ETWO, ETHREE')
    expect(codeOf(Object.assign(new Error('m', { cause: new Error('m') }), { code: 'EOUTER' }))).toBe(
      'EOUTER',
    )
  })

  it.each<[unknown, boolean]>([
    ['ABC', true],
    ['e_bad-1', true],
    ['A'.repeat(60), true],
    ['A'.repeat(61), false],
    ['AB', false],
    ['1AB', false],
    ['_AB', false],
    ['EB AD', false],
    ['EBAD\n', false],
    [' EBAD', false],
    ['', false],
    [404, false],
    [['EBAD'], false],
    [null, false],
  ])('is never a code that is none: %j', (code, isOne) => {
    expect(codeOf(withCode(code))).toBe(isOne ? code : undefined)
  })

  it.each<[object, string]>([
    [{ hostname: 'a.example', address: '10.0.0.5', port: 1 }, 'EBAD a.example'],
    [{ address: '10.0.0.5', port: 1 }, 'EBAD 10.0.0.5:1'],
    [{ address: '10.0.0.5', port: '1' }, 'EBAD 10.0.0.5'],
    [{ address: '::1', port: 1 }, 'EBAD [::1]:1'],
    [{ address: 7, port: 1 }, 'EBAD'],
    [{ hostname: 7, port: 1 }, 'EBAD'],
    [{ hostname: 'https://me:p4ss@a.example' }, 'EBAD https://a.example'],
  ])('has the place that an error names: %j', (place, reason) => {
    expect(codeOf(Object.assign(withCode('EBAD'), place))).toBe(reason)
  })

  it.each([
    ['EBAD', 'EBAD'],
    ['EBAD: it broke', 'EBAD: it broke'],
    ['EBAD:it broke', 'EBAD: it broke'],
    ['EBAD:  it broke', 'EBAD: it broke'],
    ['EBAD it broke', 'EBAD: it broke'],
    ['it broke', 'EBAD: it broke'],
    ['so EBAD', 'EBAD: so EBAD'],
    ['', 'EBAD'],
  ])('says a code once: %j', (message, reason) => {
    expect(reasonOf(Object.assign(new Error(message), { code: 'EBAD' }))).toBe(reason)
  })

  it('is nothing of an error whose members are none', () => {
    expect(reasonOf({ message: 7, errors: 'none' })).toBe('unknown')
    expect(reasonOf(new Error('outer', { cause: null }))).toBe('outer')
    expect(reasonOf(new Error('outer', { cause: { message: 'inner', errors: { length: 1 } } }))).toBe('inner')
  })

  it('is read out of the beginning of a message', () => {
    expect(reasonOf(`${'A'.repeat(999)} end`)).toBe('(...) ')
    expect(reasonOf(`${'A'.repeat(63)} end`)).toBe(`${'A'.repeat(63)} end`)
  })

  it('is told of code that is not ours where it is a code, or a sentence of our own', () => {
    expect(because('the check failed', withCode('EBAD'))).toBe('the check failed: EBAD')
    expect(because('the check failed', new Error('the secret is x'))).toBe('the check failed')
    const ours = new KnownProblem('no answer within 1 s')
    expect(because('the check failed', new Error('x', { cause: ours }))).toBe(
      'the check failed: no answer within 1 s',
    )
    expect(because('the check failed', new KnownProblem('ours', { cause: withCode('EBAD') }))).toBe(
      'the check failed: EBAD',
    )
  })

  it('of our own carries what it was given', () => {
    const problem = new KnownProblem('ours')
    expect(problem).toMatchObject({ message: 'ours', passes: false, hint: undefined })
    expect('cause' in problem).toBe(false)
    const cause = new Error('theirs')
    expect(new KnownProblem('ours', { passes: true, hint: 'Wait.', cause })).toMatchObject({
      passes: true,
      hint: 'Wait.',
      cause,
    })
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
