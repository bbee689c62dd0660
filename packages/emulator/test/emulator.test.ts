import { createHmac } from 'node:crypto'

import { decodeProtectedHeader } from 'jose'
import { describe, expect, it } from 'vitest'

import { createEmulator, defaults, readEmulatorOptions, type EmulatorOptions } from '../src/index.ts'
import { verified } from './support.ts'

const KEYS = `https://login.microsoftonline.com/${defaults.tenantId}/discovery/v2.0/keys`
const METADATA = `https://login.microsoftonline.com/${defaults.tenantId}/v2.0/.well-known/openid-configuration`

describe('rotation', () => {
  it('signs with the new key, and old tokens verify until their key is retired', async () => {
    const entra = await createEmulator()
    const old = await entra.issueUserToken()
    const { kid, previousKid } = await entra.rotateKeys()
    expect(decodeProtectedHeader(old).kid).toBe(previousKid)
    const renewed = await entra.issueUserToken()
    expect(decodeProtectedHeader(renewed).kid).toBe(kid)
    await verified(entra, old)
    await verified(entra, renewed)
    entra.retireKey(previousKid)
    await expect(verified(entra, old)).rejects.toThrow('no applicable key')
    entra.restoreKey(previousKid)
    await verified(entra, old)
  })

  it('can leave the new key out of the documents, as a slow replica does', async () => {
    const entra = await createEmulator()
    const { kid } = await entra.rotateKeys({ published: false })
    const token = await entra.issueUserToken()
    await expect(verified(entra, token)).rejects.toThrow('no applicable key')
    entra.restoreKey(kid)
    await verified(entra, token)
  })

  it('can give a new key the kid of the old one', async () => {
    const entra = await createEmulator()
    const old = await entra.issueUserToken()
    const { kid, previousKid } = await entra.rotateKeys({ reuseKid: true })
    expect(kid).toBe(previousKid)
    await expect(verified(entra, old)).rejects.toThrow('signature verification failed')
    await verified(entra, await entra.issueUserToken())
  })

  it('reaches the keys of B2C and External ID that have been used', async () => {
    const entra = await createEmulator()
    const before = decodeProtectedHeader(await entra.issueB2cToken()).kid
    await entra.rotateKeys()
    expect(decodeProtectedHeader(await entra.issueB2cToken()).kid).not.toBe(before)
  })

  it('refuses a kid that it does not know', async () => {
    const entra = await createEmulator()
    expect(() => entra.retireKey('nothing')).toThrow(TypeError)
    await expect(entra.issueUserToken({ signWith: 'nothing' })).rejects.toThrow(TypeError)
  })
})

describe('a token with another algorithm', () => {
  it('has a real signature of that kind', async () => {
    const entra = await createEmulator()
    const none = await entra.issueUserToken({ header: { alg: 'none' } })
    expect(none.endsWith('.')).toBe(true)
    const hmac = await entra.issueUserToken({ header: { alg: 'HS256' } })
    const [header = '', payload = '', signature] = hmac.split('.')
    const keys = ((await (await entra.fetch(KEYS)).json()) as { keys: JsonWebKey[] }).keys
    const { createPublicKey } = await import('node:crypto')
    const pem = createPublicKey({ key: { ...keys[0] }, format: 'jwk' }).export({
      type: 'spki',
      format: 'pem',
    })
    expect(createHmac('sha256', pem).update(`${header}.${payload}`).digest('base64url')).toBe(signature)
    for (const alg of ['RS384', 'RS512', 'PS256', 'PS384', 'PS512']) {
      await verified(entra, await entra.issueUserToken({ header: { alg } }))
    }
  })
})

describe('an outage', () => {
  it('fails as fetch does, in memory too, and the requests are counted', async () => {
    const entra = await createEmulator()
    entra.goOffline()
    await expect(entra.fetch(METADATA)).rejects.toThrow('fetch failed')
    entra.goOnline()
    expect((await entra.fetch(METADATA)).ok).toBe(true)
    expect(entra.requests).toHaveLength(2)
  })
})

describe('a disturbance', () => {
  it('damages the answers that it names, for as long as it is told', async () => {
    const entra = await createEmulator()
    entra.disturb({ on: 'keys', answer: 'malformed', times: 1 })
    expect((await entra.fetch(METADATA)).status).toBe(200)
    await expect((await entra.fetch(KEYS)).json()).rejects.toThrow(SyntaxError)
    await expect((await entra.fetch(KEYS)).json()).resolves.toHaveProperty('keys')
    entra.disturb({ answer: 'oversized' })
    expect((await (await entra.fetch(KEYS)).text()).length).toBeGreaterThan(2_000_000)
    entra.calm()
    entra.disturb({ answer: 'redirect', times: 1 })
    expect((await entra.fetch(KEYS)).headers.get('location')).toBe('https://attacker.example/keys')
    entra.disturb({ answer: 503, times: 1 })
    expect((await entra.fetch(KEYS)).status).toBe(503)
    for (const status of [204, 304]) {
      entra.disturb({ answer: status, times: 1 })
      expect((await entra.fetch(KEYS)).status).toBe(status)
    }
    entra.disturb({ answer: 'empty', times: 1 })
    expect(await (await entra.fetch(KEYS)).text()).toBe('')
    entra.disturb({ answer: 'html', times: 1 })
    expect((await entra.fetch(KEYS)).headers.get('content-type')).toBe('text/html')
  })

  it('can be late, and stops waiting when the caller does', async () => {
    const entra = await createEmulator()
    entra.disturb({ latency: 3600 })
    const signal = AbortSignal.timeout(20)
    await expect(entra.fetch(KEYS, { signal })).rejects.toThrow(/timeout|abort/i)
    entra.calm()
    entra.disturb({ latency: 0.001 })
    expect((await entra.fetch(KEYS)).status).toBe(200)
  })
})

describe('options', () => {
  const same = 'aaaaaaaa-0000-4000-8000-000000000009'
  it.each([
    ['tenants', { tenants: [{ id: same }, { id: same, name: 'b' }] }],
    ['apps', { apps: [{ clientId: same }, { clientId: same.toUpperCase() }] }],
    [
      'users',
      {
        users: [
          { id: same, userPrincipalName: 'ada@contoso.com' },
          { id: same, userPrincipalName: 'b@contoso.com' },
        ],
      },
    ],
    ['groups', { groups: [{ id: same }, { id: same, name: 'b' }] }],
    ['managedIdentities', { managedIdentities: [{ clientId: same }, { clientId: same, name: 'b' }] }],
    [
      'conditionalAccess',
      {
        conditionalAccess: [
          { id: same, requires: 'mfa' },
          { id: same, requires: 'block' },
        ],
      },
    ],
  ] satisfies [string, EmulatorOptions][])(
    'that name the same id twice are refused at the start: %s',
    async (option, options) => {
      await expect(createEmulator(options)).rejects.toThrow(
        new TypeError(`${option}: the id "${same}" is used twice`),
      )
    },
  )

  it('that are wrong are refused at the start, by name', async () => {
    const id = defaults.tenantId
    await expect(createEmulator({ tenants: [{ id: 'contoso' }] })).rejects.toThrow(/tenants\[\]\.id/)
    await expect(
      createEmulator({
        tenants: [
          { id, name: 'a' },
          { id, name: 'b' },
        ],
      }),
    ).rejects.toThrow(/twice/)
    await expect(createEmulator({ apps: [] })).rejects.toThrow(/apps/)
    await expect(createEmulator({ apps: [{ clientId: 'x' }] })).rejects.toThrow(/apps\[\]\.clientId/)
    await expect(createEmulator({ tenants: [{ kind: 'b2c' }] })).rejects.toThrow(/workforce/)
    const policy = { id: 'x', requires: 'mfa' } as const
    await expect(createEmulator({ conditionalAccess: [policy] })).rejects.toThrow(/conditionalAccess\[\]\.id/)
    const wrong: readonly [unknown, string][] = [
      [[], 'The options must be an object'],
      [
        { tenant: [] },
        'tenant is unknown; the known ones are tenants, apps, users, groups, managedIdentities, conditionalAccess, now',
      ],
      [{ apps: [{ scopes: 'Orders.Read' }] }, 'apps[0].scopes must be a list of strings'],
      [
        { apps: [{ appRoles: [{ value: 'A', allowedMemberTypes: ['App'] }] }] },
        'apps[0].appRoles[0].allowedMemberTypes[0] must be one of "User", "Application"',
      ],
      [{ users: [{ name: 'Ada' }] }, 'users[0].userPrincipalName must be a string'],
      [{ apps: [{ secretExpiresAt: 'soon' }] }, 'apps[0].secretExpiresAt must be a time'],
      [
        { apps: [{ redirectUris: [{ uri: 'x', platform: 'ios' }] }] },
        'apps[0].redirectUris[0].platform must be',
      ],
      [{ conditionalAccess: [{}] }, 'conditionalAccess[0].requires must be mfa,'],
      [{ conditionalAccess: [{ requires: 'c0' }] }, 'conditionalAccess[0].requires must be mfa,'],
      [JSON.parse('{"apps":[{"__proto__":1}]}'), 'apps[0].__proto__ is unknown'],
    ]
    for (const [options, message] of wrong) expect(() => readEmulatorOptions(options)).toThrow(message)
  })

  it('make the settings of a verifier for the first tenant and app', async () => {
    const [id, clientId] = [crypto.randomUUID(), crypto.randomUUID()]
    const entra = await createEmulator({
      tenants: [{ id, name: 'acme' }],
      apps: [{ clientId, appIdUri: 'https://acme.example/orders' }],
    })
    const { tenants, audience, fetch, now } = entra.verifierOptions()
    expect([tenants, audience, fetch, now]).toStrictEqual([
      id,
      [clientId, 'https://acme.example/orders'],
      entra.fetch,
      entra.now,
    ])
  })
})
