import { defaults } from '@entraguard/emulator'
import { decodeJwt } from 'jose'
import { afterEach, describe, expect, it, vi } from 'vitest'

import { onBehalfOf, type TokenStore } from '../src/index.ts'
import { SharedStore } from '../src/shared-store.ts'
import { invoicesScopes, userNamed, world } from './support.ts'

const hangs = (): Promise<never> => new Promise(() => {})

const storeSecret = 'a secret of at least thirty-two characters'

afterEach(() => void vi.useRealTimers())

function memory(): TokenStore & { readonly entries: Map<string, string> } {
  const entries = new Map<string, string>()
  return {
    entries,
    getItem: async (key) => entries.get(key) ?? null,
    setItem: async (key, value) => void entries.set(key, value),
  }
}

function appOf(token: string): unknown {
  const claims = decodeJwt(token)
  return claims['azp'] ?? claims['appid']
}

describe('a store that processes share', () => {
  it('spares the second process the exchange', async () => {
    const store = memory()
    const { options, signIn, exchanges } = await world({ store, storeSecret })
    const [user, authorization] = await signIn()
    const first = await onBehalfOf(options).tokenFor(user, authorization, invoicesScopes)
    expect(await onBehalfOf(options).tokenFor(user, authorization, invoicesScopes)).toBe(first)
    expect(exchanges()).toBe(1)
  })

  it('is read once by a process, which then keeps the token itself', async () => {
    const store = memory()
    const { options, signIn, exchanges } = await world({ store, storeSecret })
    const [user, authorization] = await signIn()
    const first = await onBehalfOf(options).tokenFor(user, authorization, invoicesScopes)
    const second = onBehalfOf(options)
    expect(await second.tokenFor(user, authorization, invoicesScopes)).toBe(first)
    store.entries.clear()
    expect(await second.tokenFor(user, authorization, invoicesScopes)).toBe(first)
    expect(exchanges()).toBe(1)
  })

  it('is understood by processes of different releases: its format has a number', async () => {
    const sealed = 'Iy2lKYN4h0j9OChho74zBGtbdjxeN__2q6LUUgsuxw3jx0Wv_cwtXw'
    const store: TokenStore = {
      getItem: (key) => (key === 'entraguard:downstream:1:k' ? sealed : null),
      setItem: () => undefined,
    }
    expect(await new SharedStore(store, storeSecret).read('k')).toEqual({ token: 'x', expiresAt: 600_000 })
  })

  it('holds nothing that can be read: no token, no name, no scope', async () => {
    const store = memory()
    const { downstream, signIn } = await world({ store, storeSecret })
    const [user, authorization] = await signIn()
    const token = await downstream.tokenFor(user, authorization, invoicesScopes)
    const kept = [...store.entries].flat().join(' ')
    const bytes = Buffer.from([...store.entries.values()][0] ?? '', 'base64url').toString('latin1')
    // Whole parts of the tokens: three letters alone stand in every hundredth cipher text by chance.
    const parts = [...token.split('.'), ...authorization.slice(7).split('.')]
    for (const word of [...parts, user.objectId, 'Invoices.Read'])
      expect([kept, bytes]).not.toContainEqual(expect.stringContaining(word))
  })

  it('is not believed where an entry was changed, exchanged for another, or sealed by another secret', async () => {
    const store = memory()
    const { options, signIn, exchanges } = await world({ store, storeSecret })
    const [user, authorization] = await signIn()
    const [other, others] = await signIn({ user: userNamed(1) })
    const first = await onBehalfOf(options).tokenFor(user, authorization, invoicesScopes)
    const second = await onBehalfOf(options).tokenFor(other, others, invoicesScopes)
    const [one = '', two = ''] = [...store.entries.keys()]
    const [ofOne = '', ofTwo = ''] = [...store.entries.values()]
    const changed = `${ofOne.startsWith('A') ? 'B' : 'A'}${ofOne.slice(1)}`
    for (const lie of [ofTwo, changed, '', 'AAAA', '{"token":"x"}']) {
      store.entries.set(one, lie)
      const token = await onBehalfOf(options).tokenFor(user, authorization, invoicesScopes)
      expect(token).not.toBe(second)
    }
    store.entries.set(one, ofOne)
    store.entries.set(two, ofTwo)
    const stranger = onBehalfOf({ ...options, storeSecret: storeSecret.toUpperCase() })
    expect(await stranger.tokenFor(user, authorization, invoicesScopes)).not.toBe(first)
    expect(exchanges()).toBe(8)
  })

  it('gives no API the token of another one that shares store and secret', async () => {
    const store = memory()
    const { entra, options } = await world({ store, storeSecret })
    const clientId = 'bbbbbbbb-0000-4000-8000-000000000000'
    const own = 'a secret of the other API'
    entra.register({ apps: [{ clientId, secret: own }] })
    const scopes = ['api://invoices/.default']
    const first = await onBehalfOf(options).tokenForApp(defaults.tenantId, scopes)
    const other = onBehalfOf({ ...options, clientId, credential: { secret: own } })
    const second = await other.tokenForApp(defaults.tenantId, scopes)
    expect([appOf(first), appOf(second)]).toEqual([defaults.apiClientId, clientId])
  })

  it('is told how long an entry is good, in whole seconds', async () => {
    const told: unknown[] = []
    const store: TokenStore = {
      getItem: () => undefined,
      setItem: (key, value, options) => told.push([key, typeof value, options]),
    }
    const entry = { token: 'x', expiresAt: 600_000 }
    const shared = new SharedStore(store, storeSecret)
    for (const now of [0, 1, 599_001, 700_000]) await shared.write('k', entry, now)
    expect(told).toEqual([600, 599, 1, 1].map((ttl) => ['entraguard:downstream:1:k', 'string', { ttl }]))
  })

  it('gives nothing that is no token and its end, whoever knows the secret', async () => {
    const entries = memory()
    const shared = new SharedStore(entries, storeSecret)
    for (const [token, expiresAt, isOne] of [
      ['x', 1, true],
      [7, 1, false],
      ['x', 'soon', false],
      ['x', undefined, false],
    ] as const) {
      await shared.write('k', { token, expiresAt } as never, 0)
      expect(await shared.read('k')).toEqual(isOne ? { token, expiresAt } : undefined)
    }
  })

  it('does not give a token that has expired', async () => {
    const store = memory()
    const { entra, options, signIn, exchanges } = await world({ store, storeSecret })
    const [user, authorization] = await signIn()
    const first = await onBehalfOf(options).tokenFor(user, authorization, invoicesScopes)
    entra.advance(590)
    expect(await onBehalfOf(options).tokenFor(user, authorization, invoicesScopes)).not.toBe(first)
    expect(exchanges()).toBe(2)
  })

  it.each([
    ['fails', () => Promise.reject(new Error('down'))],
    ['throws', () => expect.unreachable('down')],
    ['gives something else', () => ({ token: 'x' })],
  ])('that %s costs an exchange, and no request', async (_, broken) => {
    const store = { getItem: broken, setItem: broken }
    const { downstream, signIn, exchanges } = await world({ store, storeSecret })
    const [user, authorization] = await signIn()
    expect(await downstream.tokenFor(user, authorization, invoicesScopes)).toMatch(/^eyJ/)
    await downstream.tokenFor(user, authorization, invoicesScopes)
    expect(exchanges()).toBe(1)
  })

  it('that hangs is waited for a second, twice at most', async () => {
    const { downstream, signIn } = await world({ store: { getItem: hangs, setItem: hangs }, storeSecret })
    const [user, authorization] = await signIn()
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const asked = downstream.tokenFor(user, authorization, invoicesScopes)
    const seconds = setInterval(() => void vi.advanceTimersByTime(1000), 1)
    expect(await asked).toMatch(/^eyJ/)
    clearInterval(seconds)
  })
})
