import type { Identity, UserIdentity } from '@entraguard/core'
import { defaults } from '@entraguard/emulator'
import { describe, expect, it } from 'vitest'

import { onBehalfOf, type DownstreamOptions } from '../src/index.ts'
import { invoicesScopes, secret, world } from './support.ts'

const failure = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => expect.unreachable('it did not fail'),
    (error: unknown) => error,
  )

describe('a developer’s mistake ends the start', () => {
  const good: DownstreamOptions = { clientId: defaults.apiClientId, credential: { secret } }
  const certificate = { thumbprintSha256: 'a'.repeat(64), privateKey: '-----BEGIN PRIVATE KEY-----' }
  const apiOf = (origins: unknown, scopes: unknown = invoicesScopes): object => ({
    ...good,
    apis: { invoices: { scopes, origins } },
  })
  it.each([
    ['no options', undefined],
    ['no credential', { clientId: defaults.apiClientId }],
    ['two credentials', { ...good, credential: { secret, assertion: () => '' } }],
    ['an empty secret', { ...good, credential: { secret: '' } }],
    ['an assertion as text', { ...good, credential: { assertion: 'ey' } }],
    [
      'a thumbprint of SHA-1',
      { ...good, credential: { certificate: { ...certificate, thumbprintSha256: 'ab' } } },
    ],
    [
      'a certificate without its key',
      { ...good, credential: { certificate: { ...certificate, privateKey: 'x' } } },
    ],
    ['an option that there is not', { ...good, clientSecret: secret }],
    ['a name for a client id', { ...good, clientId: 'orders' }],
    ['an origin with a path', apiOf(['https://invoices.example/api'])],
    ['an origin over http', apiOf(['http://invoices.example'])],
    ['no origins', apiOf([])],
    ['no scopes', apiOf(['https://invoices.example'], [])],
    ['scopes in one text', apiOf(['https://invoices.example'], ['a b'])],
    ['a store without a secret', { ...good, store: new Map() }],
    [
      'a short secret for the store',
      { ...good, store: { getItem() {}, setItem() {} }, storeSecret: 'short' },
    ],
    ['a secret without a store', { ...good, storeSecret: 's'.repeat(32) }],
    ['a login host with a path', { ...good, loginHost: 'login.microsoftonline.com/evil' }],
    ['a cache without a size', { ...good, cacheSize: 0 }],
  ])('%s', (_, options) => {
    expect(() => onBehalfOf(options as never)).toThrow(TypeError)
  })

  const oneOf = 'credential must be one of { secret }, { certificate } and { assertion }'
  it.each<[unknown, string]>([
    [undefined, 'onBehalfOf needs options'],
    [null, 'onBehalfOf needs options'],
    ['text', 'onBehalfOf needs options'],
    [{ ...good, clientSecret: secret }, 'no option "clientSecret"'],
    [{ ...good, clientId: undefined }, 'clientId must be'],
    [{ ...good, clientId: [defaults.apiClientId] }, 'clientId must be'],
    [{ ...good, clientId: `${defaults.apiClientId}0` }, 'clientId must be'],
    [{ ...good, clientId: `0${defaults.apiClientId}` }, 'clientId must be'],
    [{ ...good, cacheSize: 0 }, 'cacheSize must be'],
    [{ ...good, cacheSize: 1.5 }, 'cacheSize must be'],
    [{ ...good, cacheSize: 10_000_001 }, 'cacheSize must be'],
    [{ ...good, timeout: 0 }, 'timeout must be'],
    [{ ...good, timeout: 120.1 }, 'timeout must be'],
    [{ ...good, timeout: Number.NaN }, 'timeout must be'],
    ...[
      '-a.example',
      'a.example-',
      'A.example',
      'a.example.',
      'a.example:',
      'a.example:x',
      'a example',
      '',
    ].map((loginHost): [unknown, string] => [{ ...good, loginHost }, 'loginHost must be']),
    [{ ...good, fetch: {} }, 'fetch must be a function'],
    [{ ...good, now: 7 }, 'now must be a function'],
    [{ ...good, credential: undefined }, oneOf],
    [{ ...good, credential: {} }, oneOf],
    [{ ...good, credential: { password: secret } }, oneOf],
    [{ ...good, credential: { secret, certificate } }, oneOf],
    [{ ...good, credential: { assertion: 'ey' } }, 'credential.assertion must be a function'],
    [{ ...good, credential: { secret: 7 } }, 'credential.secret must be'],
    [{ ...good, credential: { secret: '' } }, 'credential.secret must be'],
    [{ ...good, credential: { certificate: undefined } }, 'credential.certificate must be an object'],
    [{ ...good, credential: { certificate: { ...certificate, thumbprintSha256: 7 } } }, 'thumbprintSha256'],
    [
      { ...good, credential: { certificate: { ...certificate, thumbprintSha256: ['a'.repeat(64)] } } },
      'thumbprintSha256',
    ],
    [
      { ...good, credential: { certificate: { ...certificate, thumbprintSha256: 'a'.repeat(65) } } },
      '64 hex',
    ],
    [
      { ...good, credential: { certificate: { ...certificate, thumbprintSha256: 'g'.repeat(64) } } },
      '64 hex',
    ],
    [{ ...good, credential: { certificate: { ...certificate, privateKey: 7 } } }, 'privateKey must be'],
    [apiOf('https://invoices.example'), 'apis.invoices.origins must be'],
    [apiOf(['https://invoices.example', 7]), 'apis.invoices.origins must be'],
    [apiOf([Symbol('https://invoices.example')]), 'apis.invoices.origins must be'],
    [apiOf(['https://invoices.example/']), 'apis.invoices.origins must be'],
    [apiOf(['invoices.example']), 'apis.invoices.origins must be'],
    [apiOf(['ftp://localhost']), 'apis.invoices.origins must be'],
    [apiOf(['http://127.0.0.2']), 'apis.invoices.origins must be'],
    [apiOf(['https://invoices.example'], 'a'), 'apis.invoices.scopes must be'],
    [apiOf(['https://invoices.example'], ['a', '']), 'apis.invoices.scopes must be'],
    [apiOf(['https://invoices.example'], ['a', 7]), 'apis.invoices.scopes must be'],
    [{ ...good, storeSecret: 's'.repeat(32) }, 'storeSecret needs a store'],
    [{ ...good, store: null, storeSecret: 's'.repeat(32) }, 'store must have'],
    [{ ...good, store: { getItem() {} }, storeSecret: 's'.repeat(32) }, 'store must have'],
    [{ ...good, store: { setItem() {} }, storeSecret: 's'.repeat(32) }, 'store must have'],
    [
      { ...good, store: { getItem() {}, setItem() {} }, storeSecret: 's'.repeat(31) },
      'storeSecret must have',
    ],
    [
      { ...good, store: { getItem() {}, setItem() {} }, storeSecret: Array.from({ length: 32 }, () => 's') },
      'storeSecret must have',
    ],
  ])('and the error says which: %j, %s', (options, message) => {
    expect(() => onBehalfOf(options as never)).toThrow(TypeError)
    expect(() => onBehalfOf(options as never)).toThrow(message)
  })

  it.each<object>([
    { clientId: defaults.apiClientId.toUpperCase() },
    { cacheSize: 1 },
    { cacheSize: 10_000_000 },
    { timeout: 120 },
    { timeout: 0.001 },
    { loginHost: 'a' },
    { loginHost: 'localhost:8443' },
    { loginHost: 'login.microsoftonline.us' },
    { credential: { certificate: () => certificate } },
    { credential: { certificate } },
    { credential: { certificate: { ...certificate, thumbprintSha256: 'A1'.repeat(32) } } },
    { apis: undefined },
    { apis: {} },
    {
      apis: {
        invoices: { scopes: ['a'], origins: ['http://localhost:1', 'http://[::1]', 'http://127.0.0.1'] },
      },
    },
    { store: { getItem() {}, setItem() {} }, storeSecret: 's'.repeat(32) },
  ])('and what is none does not: %j', (options) => {
    expect(() => onBehalfOf({ ...good, ...options })).not.toThrow()
  })

  it('an API that was not configured, and a B2C user', async () => {
    const { downstream, signIn } = await world()
    const [user, authorization] = await signIn()
    expect(() => downstream.fetchFor(user, authorization, 'orders')).toThrow(
      new TypeError('fetchFor: "orders" is not one of the configured apis'),
    )
    const b2c = { ...user, authority: 'b2c' } as unknown as Identity
    expect(await failure(downstream.tokenFor(b2c, authorization, invoicesScopes))).toBeInstanceOf(TypeError)
    expect(user satisfies UserIdentity).toBeDefined()
  })
})
