import { getEventListeners } from 'node:events'

import type { GetTokenOptions } from '@azure/identity'
import { defaults } from '@entraguard/emulator'
import { describe, expect, it } from 'vitest'

import { chain } from './chain.ts'
import { invoicesScopes, world } from './support.ts'

const [scope = ''] = invoicesScopes

/** What the type of the Azure SDKs promises, and no more: a polyfill, without a reason. */
class OldSignal {
  aborted = false
  readonly listeners: Set<(event: unknown) => void> = new Set()
  addEventListener(_type: 'abort', listener: (event: unknown) => void): void {
    this.listeners.add(listener)
  }
  removeEventListener(_type: 'abort', listener: (event: unknown) => void): void {
    this.listeners.delete(listener)
  }
  abort(_reason?: unknown): void {
    this.aborted = true
    for (const listener of this.listeners) listener({ type: 'abort' })
  }
}

async function credentialOf(more: Parameters<typeof world>[0] = {}) {
  const { downstream, signIn, ...rest } = await world(more)
  const [user, authorization] = await signIn()
  const credential = downstream.credentialFor(user, authorization)
  return { ...rest, user, getToken: (options?: GetTokenOptions) => credential.getToken(scope, options) }
}

describe('credentialFor', () => {
  it('is a credential as the Azure SDKs take them', async () => {
    const { entra, downstream, signIn } = await chain({ scopes: ['Invoices.Read'] })
    const [user, authorization] = await signIn()
    const credential = downstream.credentialFor(user, authorization)
    const { token, expiresOnTimestamp } = await credential.getToken('api://invoices/Invoices.Read')
    expect(token).toMatch(/^eyJ/)
    expect(expiresOnTimestamp).toBeGreaterThan(entra.now())
  })

  it('asks for nothing where the caller has gone already', async () => {
    const { getToken, exchanges } = await credentialOf()
    const old = new OldSignal()
    old.abort()
    for (const abortSignal of [AbortSignal.abort(), AbortSignal.abort(new RangeError('gone')), old])
      await expect(getToken({ abortSignal })).rejects.toMatchObject({ name: 'AbortError' })
    expect(exchanges()).toBe(0)
  })

  it.each([
    ['an AbortController', () => new AbortController()],
    ['an older one, whose signal has no reason', () => new OldSignal()],
  ] satisfies [string, () => AbortController | OldSignal][])(
    'ends the wait of a caller who goes, with an AbortError: by %s',
    async (_, create) => {
      const { getToken, exchanges } = await credentialOf()
      const leaving = create()
      const left = getToken({ abortSignal: 'signal' in leaving ? leaving.signal : leaving })
      const stays = getToken()
      leaving.abort(new RangeError('gone'))
      const error: unknown = await left.catch((reason: unknown) => reason)
      // Error and name: the two that Azure SDKs look at.
      expect(error).toBeInstanceOf(Error)
      expect(error).toMatchObject({ name: 'AbortError' })
      expect((await stays).token).toMatch(/^eyJ/)
      expect(exchanges()).toBe(1)
    },
  )

  it('leaves no listener at the signal of a caller who stayed', async () => {
    const { getToken } = await credentialOf()
    const [{ signal }, old] = [new AbortController(), new OldSignal()]
    await Promise.all([getToken({ abortSignal: signal }), getToken({ abortSignal: old })])
    expect(getEventListeners(signal, 'abort')).toEqual([])
    expect(old.listeners.size).toBe(0)
  })

  it.each<[string, GetTokenOptions | undefined]>([
    ['none', undefined],
    ['empty ones', {}],
    ['the tenant of the user', { tenantId: defaults.tenantId }],
    ['the tenant of the user in capitals', { tenantId: defaults.tenantId.toUpperCase() }],
    ['what is of no meaning here', { enableCae: true, requestOptions: { timeout: 5 }, tracingOptions: {} }],
  ])('takes options as an Azure SDK passes them: %s', async (_, options) => {
    const { getToken, exchanges } = await credentialOf()
    expect((await getToken(options)).token).toMatch(/^eyJ/)
    expect(exchanges()).toBe(1)
  })

  it.each<[string, object | null, string]>([
    ['another tenant', { tenantId: defaults.otherTenantId }, 'tenantId must be that of the user'],
    [
      'a domain, which may be of any tenant',
      { tenantId: 'contoso.com' },
      'tenantId must be that of the user',
    ],
    ['common, which is no tenant', { tenantId: 'common' }, 'tenantId must be that of the user'],
    ['an empty tenant', { tenantId: '' }, 'tenantId must be that of the user'],
    ['a tenant in a list', { tenantId: [defaults.tenantId] }, 'tenantId must be that of the user'],
    ['no tenant', { tenantId: null }, 'tenantId must be that of the user'],
    ['a controller for its signal', { abortSignal: new AbortController() }, 'abortSignal must be'],
    ['a signal without listeners', { abortSignal: { aborted: false } }, 'abortSignal must be'],
    ['no signal', { abortSignal: null }, 'abortSignal must be'],
    ['claims that are no text', { claims: { access_token: {} } }, 'claims must be'],
    ['a signal for options', AbortSignal.abort(), 'the options of getToken must be'],
    ['null for options', null, 'the options of getToken must be'],
  ])('refuses what it cannot do, and says so: %s', async (_, options, message) => {
    const { getToken, exchanges } = await credentialOf()
    const error: unknown = await getToken(options as GetTokenOptions).catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(TypeError)
    expect(String(error)).toContain(message)
    expect(exchanges()).toBe(0)
  })
})
