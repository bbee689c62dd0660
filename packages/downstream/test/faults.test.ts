import { inspect } from 'node:util'

import { EntraGuardError, toResponse, type UserIdentity } from '@entraguard/core'
import type { Emulator } from '@entraguard/emulator'
import { afterEach, beforeEach, describe, expect, it, vi, type MockInstance } from 'vitest'

import { assertionFromFile, onBehalfOf, type Credential, type DownstreamOptions } from '../src/index.ts'
import { invoicesScopes, secret, userNamed, world } from './support.ts'

const unhandled: unknown[] = []
const note = (reason: unknown): unknown => unhandled.push(reason)
const logged: string[] = []
const methods = ['debug', 'error', 'info', 'log', 'trace', 'warn'] as const

beforeEach(() => {
  unhandled.length = 0
  logged.length = 0
  process.on('unhandledRejection', note)
  for (const method of methods)
    vi.spyOn(console, method).mockImplementation((...parts) => void logged.push(inspect(parts)))
})

/** What no test of this file may leave behind: a promise that nobody caught, and anything in a log. */
afterEach(async () => {
  vi.restoreAllMocks()
  // Node tells of them after the promises of this turn.
  await new Promise<void>((resolve) => {
    setImmediate(resolve)
  })
  process.off('unhandledRejection', note)
  const left = [...unhandled.map((reason) => `nobody caught ${String(reason)}`), ...logged]
  if (left.length > 0) throw new Error(left.join('\n'))
})

const hangs = (): Promise<never> => new Promise(() => {})

async function failure(work: Promise<unknown>): Promise<unknown> {
  return await work.then(
    () => expect.unreachable('it did not fail'),
    (error: unknown) => error,
  )
}

/** That it is 503, says when to come again, and tells nothing that is nobody's business. */
function expectUnavailable(error: unknown, told: readonly string[], retryAfter = 5): void {
  expect(error).toMatchObject({ name: 'EntraGuardError', code: 'check_unavailable', status: 503 })
  const answer = EntraGuardError.is(error) ? toResponse(error) : undefined
  expect(answer?.headers.get('retry-after')).toBe(String(retryAfter))
  const shown = inspect(error, { depth: 10, showHidden: true })
  for (const part of told) expect(shown).not.toContain(part)
}

/** The time limit of an exchange. */
const limit = (): MockInstance<typeof AbortSignal.timeout> => vi.spyOn(AbortSignal, 'timeout')
const timeoutOf = AbortSignal.timeout.bind(AbortSignal)

/** Does to the token endpoint what the row says; from then on, or once. */
type Fault = (entra: Emulator, time: ReturnType<typeof limit>) => void
const answers = [
  'malformed',
  'oversized',
  'redirect',
  'html',
  'empty',
  'throttled',
  408,
  429,
  500,
  502,
  503,
  504,
] as const
const faults: ReadonlyArray<readonly [string, Fault]> = [
  ['cannot be reached', (entra) => entra.goOffline()],
  ...answers.map(
    (answer) =>
      [
        `answers with ${answer}`,
        (entra: Emulator) => entra.disturb({ on: 'token', answer, retryAfter: 5 }),
      ] as const,
  ),
  [
    'is slower than the time limit',
    (entra, time) => {
      entra.disturb({ on: 'token', latency: 60 })
      // Of what has to fail only: a busy machine must not make the rest too slow.
      time.mockImplementation(() => timeoutOf(50))
    },
  ],
]

describe.each(faults)('a token endpoint that %s', (_, breakIt) => {
  it('is 503 for whose token is not known, and no matter for the others; nobody waits for what it did to another', async () => {
    const time = limit()
    const { entra, downstream, signIn, exchanges } = await world({ timeout: 20 })
    const [user, authorization] = await signIn()
    const [other, others] = await signIn({ user: userNamed(1) })
    const [third, thirds] = await signIn({ user: userNamed(2) })
    const known = await downstream.tokenFor(user, authorization, invoicesScopes)
    const before = exchanges()
    breakIt(entra, time)
    const asked = Array.from({ length: 100 }, () =>
      failure(downstream.tokenFor(other, others, invoicesScopes)),
    )
    for (const error of await Promise.all(asked)) expectUnavailable(error, [others.slice(20, 60), secret])
    expect(exchanges() - before).toBeLessThanOrEqual(1)
    expect(await downstream.tokenFor(user, authorization, invoicesScopes)).toBe(known)
    expect(time).toHaveBeenLastCalledWith(20_000)
    time.mockRestore()
    entra.goOnline()
    entra.calm()
    expect(await downstream.tokenFor(third, thirds, invoicesScopes)).toMatch(/^eyJ/)
  })
})

describe('a token endpoint that says how long to wait', () => {
  it.each([
    ['throttled', 17, 17],
    ['throttled', 999_999, 3600],
  ] as const)(
    'is not asked again for that user until then: %s, %i seconds',
    async (answer, said, seconds) => {
      const { entra, downstream, signIn, exchanges } = await world()
      const [user, authorization] = await signIn({ expiresIn: 24 * 3600 })
      const [other, others] = await signIn({ user: userNamed(1) })
      entra.disturb({ on: 'token', answer, retryAfter: said, times: 1 })
      const ask = (): Promise<string> => downstream.tokenFor(user, authorization, invoicesScopes)
      expectUnavailable(await failure(ask()), [], seconds)
      entra.advance(seconds - 7)
      expectUnavailable(await failure(ask()), [], 7)
      expect(exchanges()).toBe(1)
      // What one user is told, another one need not be.
      expect(await downstream.tokenFor(other, others, invoicesScopes)).toMatch(/^eyJ/)
      entra.advance(7)
      expect(await ask()).toMatch(/^eyJ/)
      expect(exchanges()).toBe(3)
    },
  )

  it('is left alone for that user although it failed others, without a number, since', async () => {
    const { entra, downstream, signIn } = await world({ cacheSize: 1 })
    const [user, authorization] = await signIn()
    const [other, others] = await signIn({ user: userNamed(1) })
    entra.disturb({ on: 'token', answer: 'throttled', retryAfter: 17, times: 1 })
    const ask = (): Promise<string> => downstream.tokenFor(user, authorization, invoicesScopes)
    expectUnavailable(await failure(ask()), [], 17)
    entra.disturb({ on: 'token', answer: 503, times: 1 })
    expectUnavailable(await failure(downstream.tokenFor(other, others, invoicesScopes)), [])
    expectUnavailable(await failure(ask()), [], 17)
  })

  it('without a number is asked again at once', async () => {
    const { entra, downstream, signIn } = await world()
    const [user, authorization] = await signIn()
    entra.disturb({ on: 'token', answer: 503, times: 1 })
    expectUnavailable(await failure(downstream.tokenFor(user, authorization, invoicesScopes)), [])
    expect(await downstream.tokenFor(user, authorization, invoicesScopes)).toMatch(/^eyJ/)
  })
})

describe('a credential that comes from elsewhere', () => {
  const broken: readonly (readonly [string, Credential, RegExp])[] = [
    [
      'a secret that cannot be had',
      { secret: () => Promise.reject(new Error(secret)) },
      /could not be obtained$/,
    ],
    ['a secret that does not come', { secret: hangs }, /could not be obtained$/],
    [
      'a certificate that cannot be had',
      { certificate: () => expect.unreachable(secret) },
      /could not be obtained$/,
    ],
    ['a certificate that does not come', { certificate: hangs }, /could not be obtained$/],
    [
      'an assertion that cannot be had',
      { assertion: () => expect.unreachable(secret) },
      /could not be obtained$/,
    ],
    ['an assertion that does not come', { assertion: hangs }, /could not be obtained$/],
    [
      'whoever fails with nothing',
      // oxlint-disable-next-line typescript/prefer-promise-reject-errors -- other people's code does
      { secret: () => Promise.reject() },
      /could not be obtained$/,
    ],
    [
      'whoever fails with a text',
      // oxlint-disable-next-line typescript/prefer-promise-reject-errors -- other people's code does
      { secret: () => Promise.reject(secret) },
      /could not be obtained$/,
    ],
    ...[`${secret} ENOENT`, `ENOENT ${secret}`, `E${secret}`].map((code): (typeof broken)[number] => [
      `whose code is more than a name, ${code}`,
      { secret: () => Promise.reject(Object.assign(new Error('no'), { code })) },
      /could not be obtained$/,
    ]),
    ['a file that is not there', { assertion: assertionFromFile('/nowhere/token') }, /\(ENOENT\)$/],
  ]
  it.each(broken)('is 503 where it fails: %s', async (_, credential, reason) => {
    const { options, signIn, exchanges } = await world()
    const [user, authorization] = await signIn()
    const isSlow = Object.values(credential).includes(hangs)
    const downstream = onBehalfOf({ ...options, credential, ...(isSlow && { timeout: 0.05 }) })
    const error = await failure(downstream.tokenFor(user, authorization, invoicesScopes))
    expectUnavailable(error, [secret, authorization.slice(20, 60)])
    expect(error).toMatchObject({ details: { reason: expect.stringMatching(reason) as unknown } })
    expect(exchanges()).toBe(0)
  })

  it.each([
    ['secret', { secret: () => '' }],
    ['assertion', { assertion: () => '' }],
    ['secret that is none', { secret: () => undefined as unknown as string }],
  ] satisfies [string, Credential][])(
    'is an error of the server where it is empty: %s',
    async (_, credential) => {
      const { options, signIn, exchanges } = await world()
      const [user, authorization] = await signIn()
      const downstream = onBehalfOf({ ...options, credential })
      expect(await failure(downstream.tokenFor(user, authorization, invoicesScopes))).toMatchObject({
        name: 'DownstreamError',
        code: 'credential_refused',
      })
      expect(exchanges()).toBe(0)
    },
  )
})

describe('a caller who leaves', () => {
  it('while the exchange fails leaves nothing behind', async () => {
    const { entra, downstream, signIn } = await world()
    const [user, authorization] = await signIn()
    entra.goOffline()
    const leaving = new AbortController()
    const asked = failure(
      downstream.tokenFor(user, authorization, invoicesScopes, { signal: leaving.signal }),
    )
    leaving.abort(new RangeError('gone'))
    expect(await asked).toBeInstanceOf(RangeError)
  })
})

describe('another API that is down', () => {
  it('is the error of the call, without the token', async () => {
    const { options, signIn } = await world()
    const [user, authorization] = await signIn()
    const sent: string[] = []
    const downstream = onBehalfOf({
      ...options,
      fetch: (input, init) => {
        const request = new Request(input, init)
        if (!request.url.startsWith('https://invoices.example')) return (options.fetch ?? fetch)(input, init)
        sent.push(request.headers.get('authorization') ?? '')
        return Promise.reject(new TypeError('fetch failed'))
      },
    })
    const error = await failure(
      downstream.fetchFor(user, authorization, 'invoices')('https://invoices.example/mine'),
    )
    expect(error).toBeInstanceOf(TypeError)
    expect(sent).toEqual([expect.stringMatching(/^Bearer eyJ/)])
    expect(inspect(error, { depth: 10, showHidden: true })).not.toContain(sent[0]?.slice(20, 60))
  })
})

const down = (): Promise<never> => Promise.reject(new Error('ECONNREFUSED'))

const ask = async (
  more: Partial<DownstreamOptions>,
  act: (entra: Emulator, ask: (who: number) => Promise<string>) => Promise<void>,
): Promise<void> => {
  const { entra, downstream, signIn } = await world(more)
  const users: (readonly [UserIdentity, string])[] = []
  for (const index of [0, 1]) users.push(await signIn({ user: userNamed(index) }))
  await act(entra, (who) => {
    const [user, authorization] = users[who] ?? expect.unreachable('there are two')
    return downstream.tokenFor(user, authorization, invoicesScopes)
  })
}

describe('a store that is down', () => {
  const storeSecret = 'a secret of at least thirty-two characters'
  const stores: readonly (readonly [string, NonNullable<DownstreamOptions['store']>])[] = [
    ['rejects', { getItem: down, setItem: down }],
    ['throws', { getItem: () => expect.unreachable('down'), setItem: () => expect.unreachable('down') }],
    ['cannot be read', { getItem: down, setItem: () => undefined }],
    ['cannot be written', { getItem: () => null, setItem: down }],
  ]
  it.each(stores)(
    'with the token endpoint is 503 for whose token is not known: one that %s',
    async (_, store) => {
      await ask({ store, storeSecret }, async (entra, tokenOf) => {
        const known = await tokenOf(0)
        entra.goOffline()
        expect(await tokenOf(0)).toBe(known)
        expectUnavailable(await failure(tokenOf(1)), [])
      })
    },
  )

  it('only after it was given up leaves nothing behind', async () => {
    const late: ((reason: Error) => void)[] = []
    const hanging = (): Promise<never> =>
      new Promise((_, reject) => {
        late.push(reject)
      })
    await ask({ store: { getItem: hanging, setItem: hanging }, storeSecret }, async (_, tokenOf) => {
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
      const asked = tokenOf(0)
      const seconds = setInterval(() => void vi.advanceTimersByTime(1000), 1)
      expect(await asked).toMatch(/^eyJ/)
      clearInterval(seconds)
      vi.useRealTimers()
      expect(late).toHaveLength(2)
      for (const reject of late) reject(new Error('ECONNREFUSED'))
    })
  })
})
