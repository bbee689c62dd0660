import { defaults } from '@entraguard/emulator'
import { afterEach, describe, expect, it, vi } from 'vitest'

import { onBehalfOf, type DownstreamOptions } from '../src/index.ts'
import { invoicesScopes, secret, world } from './support.ts'

afterEach(() => void vi.restoreAllMocks())

const certificate = { thumbprintSha256: 'a'.repeat(64), privateKey: '-----BEGIN PRIVATE KEY-----' }
const api = { scopes: invoicesScopes, origins: ['https://invoices.example'] }

/** Of every kind that JavaScript has; which of them an option takes is said where this is used. */
const values: Readonly<Record<string, unknown>> = {
  null: null,
  true: true,
  false: false,
  'a number': 5,
  zero: 0,
  'a negative number': -1,
  NaN: Number.NaN,
  Infinity: Number.POSITIVE_INFINITY,
  'a bigint': 5n,
  'an empty text': '',
  'a digit as text': '5',
  'a text': 'login.example',
  'an empty list': [],
  'a list of a text': ['login.example'],
  'a list with a hole': Array.from({ length: 2 }, () => undefined).toSpliced(0, 1),
  'an empty object': {},
  'a Map': new Map([['invoices', api]]),
  'a Set': new Set(['a']),
  'a promise': Promise.resolve({}),
  'a date': new Date(0),
  'a symbol': Symbol('login.example'),
  'a function': () => 'x',
}

/** Each option, how it is set, the beginning of what its error says, and the values above that it takes. */
const options: ReadonlyArray<readonly [string, (value: unknown) => object, string, readonly string[]]> = [
  ['clientId', (clientId) => ({ clientId }), 'clientId must be', []],
  ['credential', (credential) => ({ credential }), 'credential must be', []],
  [
    'credential.secret',
    (value) => ({ credential: { secret: value } }),
    'credential.secret must be',
    ['a digit as text', 'a text', 'a function'],
  ],
  [
    'credential.assertion',
    (value) => ({ credential: { assertion: value } }),
    'credential.assertion must be',
    ['a function'],
  ],
  [
    'credential.certificate',
    (value) => ({ credential: { certificate: value } }),
    'credential.certificate',
    ['a function'],
  ],
  ...(['thumbprintSha256', 'privateKey', 'x5c'] as const).map((name): (typeof options)[number] => [
    `credential.certificate.${name}`,
    (value) => ({ credential: { certificate: { ...certificate, [name]: value } } }),
    `credential.certificate.${name} must be`,
    [],
  ]),
  ['apis', (apis) => ({ apis }), 'apis', ['an empty object']],
  ['apis.invoices', (invoices) => ({ apis: { invoices } }), 'apis.invoices', []],
  [
    'apis.invoices.scopes',
    (scopes) => ({ apis: { invoices: { ...api, scopes } } }),
    'apis.invoices.scopes must be',
    ['a list of a text'],
  ],
  [
    'apis.invoices.origins',
    (origins) => ({ apis: { invoices: { ...api, origins } } }),
    'apis.invoices.origins must be',
    [],
  ],
  ['cacheSize', (cacheSize) => ({ cacheSize }), 'cacheSize must be', ['a number']],
  ['store', (store) => ({ store, storeSecret: 's'.repeat(32) }), 'store must have', []],
  [
    'storeSecret',
    (storeSecret) => ({ store: { getItem() {}, setItem() {} }, storeSecret }),
    'storeSecret must have',
    [],
  ],
  ['loginHost', (loginHost) => ({ loginHost }), 'loginHost must be', ['a digit as text', 'a text']],
  ['timeout', (timeout) => ({ timeout }), 'timeout must be', ['a number']],
  ['fetch', (fetch) => ({ fetch }), 'fetch must be', ['a function']],
  ['now', (now) => ({ now }), 'now must be', ['a function']],
]

describe.each(options)('the option %s', (_, optionsWith, message, taken) => {
  it.each(Object.entries(values))('takes what it is for and nothing else: %s', (what, value) => {
    const good = { clientId: defaults.apiClientId, credential: { secret } }
    const outcome = (): string => {
      try {
        return typeof onBehalfOf({ ...good, ...optionsWith(value) }).tokenFor
      } catch (error) {
        return String(error)
      }
    }
    expect(outcome()).toMatch(taken.includes(what) ? /^function$/ : new RegExp(`^TypeError: ${message}`))
  })
})

describe('a member that there is not', () => {
  const good = { clientId: defaults.apiClientId, credential: { secret } }
  it.each<[string, object, string]>([
    [
      'in the options',
      { ...good, timeOut: 5 },
      'onBehalfOf has no option "timeOut"; the known ones are clientId, ',
    ],
    [
      'inherited by the options',
      Object.assign(Object.create({ timeOut: 5 }) as object, good),
      'onBehalfOf has no option "timeOut"',
    ],
    ['beside a credential', { ...good, credential: { secret, tenantId: 'x' } }, 'credential must be one of'],
    [
      'in a certificate',
      { ...good, credential: { certificate: { ...certificate, thumbprint: 'x' } } },
      'credential.certificate has no option "thumbprint"; the known ones are thumbprintSha256, privateKey, x5c',
    ],
    [
      'in an API',
      { ...good, apis: { invoices: { ...api, origin: 'https://invoices.example' } } },
      'apis.invoices has no option "origin"; the known ones are scopes, origins',
    ],
    [
      'in the second of two APIs',
      { ...good, apis: { invoices: api, orders: { ...api, scope: 'x' } } },
      'apis.orders has no option "scope"',
    ],
  ])('is named, for it was meant to do something: one %s', (_, given, message) => {
    expect(() => onBehalfOf(given as DownstreamOptions)).toThrow(TypeError)
    expect(() => onBehalfOf(given as DownstreamOptions)).toThrow(message)
  })
})

describe('options', () => {
  it('may come from a class, a frozen object, one without a prototype, and a module', async () => {
    class Config {
      clientId = defaults.apiClientId
      credential = Object.freeze({ secret })
      apis: unknown = Object.assign(Object.create(null), { invoices: api })
    }
    const module: object = await import('./support.ts')
    expect(() => onBehalfOf(new Config() as DownstreamOptions)).not.toThrow()
    expect(() => onBehalfOf(Object.assign(new Config(), { apis: module }) as DownstreamOptions)).toThrow(
      /^apis\.\w+ must be an object/,
    )
  })

  it('are copied: what becomes of them later has no effect', async () => {
    const { options: given, signIn } = await world()
    const origins = ['https://invoices.example']
    const scopes = [...invoicesScopes]
    const downstream = onBehalfOf({ ...given, apis: { invoices: { scopes, origins } } })
    origins.push('https://evil.example')
    scopes.length = 0
    const [user, authorization] = await signIn()
    const send = downstream.fetchFor(user, authorization, 'invoices')
    await expect(send('https://evil.example/')).rejects.toThrow(TypeError)
  })
})

describe('a time limit', () => {
  const timeoutOf = AbortSignal.timeout.bind(AbortSignal)
  it.each([
    [undefined, 10_000],
    [0.001, 1],
    [0.0014, 1],
    [0.0015, 2],
    [0.07, 70],
    [1 / 3, 333],
    [1.001, 1001],
    [4.02, 4020],
    [8.03, 8030],
    [10, 10_000],
    [119.999_96, 120_000],
    [120, 120_000],
  ])('of any length works, as a whole number of milliseconds: %d seconds', async (timeout, milliseconds) => {
    const time = vi.spyOn(AbortSignal, 'timeout').mockImplementation((given) => {
      // Throws for a number that is not whole; the exchange itself need not keep to so short a time here.
      timeoutOf(given)
      return new AbortController().signal
    })
    const { downstream, signIn } = await world({ timeout })
    const [user, authorization] = await signIn()
    expect(await downstream.tokenFor(user, authorization, invoicesScopes)).toMatch(/^eyJ/)
    expect(new Set(time.mock.calls.flat())).toEqual(new Set([milliseconds]))
  })

  it.each([
    0,
    -1,
    -0.001,
    0.0009,
    120.001,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    '5',
    true,
    5n,
    [5],
    new Date(5),
  ])('that is no time from a millisecond to two minutes is refused at the start: %s', (timeout) => {
    const create = (): unknown =>
      onBehalfOf({ clientId: defaults.apiClientId, credential: { secret }, timeout: timeout as number })
    expect(create).toThrow(new TypeError('timeout must be a number of seconds, from 0.001 to 120'))
  })
})
