import { createEmulator, defaults, type Emulator } from '@entraguard/emulator'
import { beforeAll, describe, expect, it, vi } from 'vitest'

import {
  b2c,
  createVerifier,
  externalId,
  type KeyOptions,
  type SignatureCheck,
  type Verifier,
  type VerifierOptions,
} from '../../src/index.ts'
import { webCryptoSignature } from '../../src/keys/signature.ts'
import { change, issue, jwk, kid, tenantId, verifierFor, type Members } from '../support/issuer.ts'
import { outcomeOf } from '../support/outcome.ts'

type KeySet = NonNullable<KeyOptions['static']>

let entra: Emulator
let jwks: KeySet

const keysOf = async (address: string): Promise<KeySet> =>
  (await (await entra.fetch(address)).json()) as KeySet

beforeAll(async () => {
  entra = await createEmulator()
  jwks = await keysOf(`https://login.microsoftonline.com/${defaults.tenantId}/discovery/v2.0/keys`)
})

const fetch = vi.fn<typeof globalThis.fetch>(() => Promise.reject(new Error('no way to Microsoft')))

/** A verifier of the emulator's tokens on a host without a network. */
const offline = (options: Partial<VerifierOptions> = {}): Verifier =>
  createVerifier({ ...entra.verifierOptions(), fetch, keys: { static: jwks }, ...options })

/** One with the key of this file, changed. */
const withKey = (changes: Members, options: Partial<VerifierOptions> = {}): Verifier =>
  verifierFor({ fetch, keys: { static: { keys: [change(jwk, changes)] } }, ...options })

describe('keys that are given in code', () => {
  it.each(['1.0', '2.0'] as const)('check tokens of version %s, and nothing is fetched', async (version) => {
    const verifier = offline()
    await verifier.prefetch()
    expect(await outcomeOf(verifier.verify(await entra.issueUserToken({ version })))).toBe('accepted')
    expect(await outcomeOf(verifier.verify(await entra.issueAppToken({ version })))).toBe('accepted')
    expect(await outcomeOf(verifier.verify(await entra.issueUserToken({ signWith: 'unknown' })))).toBe(
      'signing_key_not_found',
    )
    expect(fetch).not.toHaveBeenCalled()
  })

  it('leave every other rule as it is', async () => {
    const verifier = offline()
    const refused = [
      [await entra.issueUserToken({ audience: 'api://other' }), 'audience_mismatch'],
      [await entra.issueUserToken({ expiresIn: -3600 }), 'token_expired'],
      [await entra.issueUserToken({ tenantId: defaults.otherTenantId }), 'issuer_unknown'],
      [`${(await entra.issueUserToken()).slice(0, -20)}${'A'.repeat(20)}`, 'signature_invalid'],
    ] as const
    for (const [token, code] of refused) expect(await outcomeOf(verifier.verify(token))).toBe(code)
  })

  it('serve any number of tenants', async () => {
    // Those of one tenant's own address are bound to it.
    const keys = {
      static: await keysOf('https://login.microsoftonline.com/organizations/discovery/v2.0/keys'),
    }
    const asked = vi.fn<(id: string) => boolean>(() => true)
    for (const tenants of ['organizations', [defaults.tenantId, defaults.otherTenantId], asked]) {
      const verifier = offline({ tenants, keys })
      for (const id of [defaults.tenantId, defaults.otherTenantId]) {
        const token = await entra.issueUserToken({ tenantId: id })
        expect((await verifier.verify(token)).tenantId).toBe(id)
      }
    }
    expect(asked).toHaveBeenCalledTimes(2)
    expect(fetch).not.toHaveBeenCalled()
  })

  it('serve External ID and ID tokens', async () => {
    const { externalIdTenantId, externalIdTenantName } = defaults
    const host = `https://${externalIdTenantName}.ciamlogin.com`
    const customers = createVerifier({
      authority: externalId({ subdomain: externalIdTenantName, tenantId: externalIdTenantId }),
      audience: defaults.apiClientId,
      fetch,
      now: () => entra.now(),
      keys: { static: await keysOf(`${host}/${externalIdTenantId}/discovery/v2.0/keys`) },
    })
    const token = await entra.issueUserToken({ tenantId: externalIdTenantId })
    expect((await customers.verify(token)).authority).toBe('externalId')

    const idToken = await entra.issueIdToken({ nonce: 'n' })
    const clientId = JSON.parse(atob(idToken.split('.')[1] ?? '')).aud as string
    expect((await offline().verifyIdToken(idToken, { clientId, nonce: 'n' })).tenantId).toBe(
      defaults.tenantId,
    )
  })

  it('never end', async () => {
    const verifier = offline()
    entra.advance(400 * 86_400)
    expect(await outcomeOf(verifier.verify(await entra.issueUserToken()))).toBe('accepted')
    expect(verifier.health()).toMatchObject({
      status: 'ok',
      authorities: [{ document: 'keys.static', failures: 0 }],
    })
    expect(verifier.keys().map((known) => known.kid)).toEqual(
      jwks.keys.map((key) => Reflect.get(key, 'kid') as string),
    )
    entra.advance(-400 * 86_400)
  })

  it('are copied: what happens to the set later has no effect', async () => {
    const keys = [{ ...jwk }]
    const verifier = verifierFor({ fetch, keys: { static: { keys } } })
    Object.assign(keys[0] as object, { n: 'AQAB' })
    keys.pop()
    expect(await outcomeOf(verifier.verify(await issue()))).toBe('accepted')
    expect(await outcomeOf(verifier.with({ versions: ['2.0'] }).verify(await issue()))).toBe('accepted')
    // Of another authority the set is read anew.
    expect(await outcomeOf(verifier.with({ tenants: 'organizations' }).verify(await issue()))).toBe(
      'accepted',
    )
  })

  it('serve a token that was accepted before without another check of its signature', async () => {
    const signature = vi.fn<SignatureCheck>(webCryptoSignature)
    const verifier = withKey({}, { signature })
    const token = await issue()
    expect(await outcomeOf(verifier.verify(token))).toBe('accepted')
    expect(await outcomeOf(verifier.verify(token))).toBe('accepted')
    expect(signature).toHaveBeenCalledOnce()
  })

  it('can be refused by their id, and cannot be forgotten', async () => {
    const healthOf = (refuse: readonly string[]): unknown => {
      const keys = { static: { keys: [jwk, { ...jwk, kid: 'other' }] }, refuse }
      return withKey({}, { keys }).health()
    }
    const document = 'keys.static'
    const same = { document, age: 0, failures: 0, failure: undefined }
    const usable = { ...same, status: 'ok', usableFor: Number.MAX_SAFE_INTEGER }
    expect(healthOf(['unknown'])).toEqual({ status: 'ok', authorities: [{ ...usable, keys: 2 }] })
    expect(healthOf([kid])).toEqual({ status: 'ok', authorities: [{ ...usable, keys: 1 }] })
    expect(healthOf([kid, 'other'])).toEqual({
      status: 'unavailable',
      authorities: [{ ...same, status: 'unavailable', keys: 0, usableFor: 0 }],
    })
    const verifier = withKey({}, { keys: { static: { keys: [jwk] }, refuse: [kid] } })
    expect(await outcomeOf(verifier.verify(await issue()))).toBe('signing_key_refused')
    await expect(withKey({}).forgetKeys()).rejects.toThrow(/keys\.static/)
  })
})

describe('a given key is bound as a fetched one is', () => {
  const other = '99999999-0000-4000-8000-000000000009'

  it.each<[string, Members, string]>([
    ['no issuer', {}, 'accepted'],
    [
      'the issuer of the tenant',
      { issuer: `https://login.microsoftonline.com/${tenantId}/v2.0` },
      'accepted',
    ],
    ['the issuer of any tenant', { issuer: 'https://login.microsoftonline.com/{tenantId}/v2.0' }, 'accepted'],
    ['another tenant', { issuer: `https://login.microsoftonline.com/${other}/v2.0` }, 'signing_key_refused'],
    [
      'personal accounts',
      { issuer: 'https://login.microsoftonline.com/9188040d-6c67-4c5b-b112-36a304b66dad/v2.0' },
      'signing_key_refused',
    ],
    ['another cloud', { cloud_instance_name: 'microsoftonline.us' }, 'signing_key_refused'],
    ['its own cloud', { cloud_instance_name: 'microsoftonline.com' }, 'accepted'],
  ])('to %s', async (_name, changes, outcome) => {
    for (const tenants of [tenantId, 'organizations'])
      expect(await outcomeOf(withKey(changes, { tenants }).verify(await issue()))).toBe(outcome)
  })
})

const make = (keys: unknown): unknown => verifierFor({ keys: { static: keys } as KeyOptions })

describe('at construction', () => {
  it.each<[string, unknown, RegExp]>([
    ['no set', 'keys', /key set with at least one key/],
    ['a list', [jwk], /key set with at least one key/],
    ['null', null, /key set with at least one key/],
    ['an empty set', { keys: [] }, /key set with at least one key/],
    ['what is no key', { keys: [jwk, 'key'] }, /key set with at least one key/],
    ['null among keys', { keys: [jwk, null] }, /key set with at least one key/],
    ['a list among keys', { keys: [jwk, [jwk]] }, /key set with at least one key/],
    ['a private key', { keys: [{ ...jwk, d: 'AQAB' }] }, /private member/],
    ['a key for encryption', { keys: [{ ...jwk, use: 'enc' }] }, /its use is not signatures/],
    ['another algorithm', { keys: [{ ...jwk, alg: 'PS256' }] }, /not RS256/],
    [
      'an elliptic curve',
      { keys: [{ kty: 'EC', kid: 'x', crv: 'P-256', x: 'AQ', y: 'AQ' }] },
      /not an RSA key/,
    ],
    ['a short key', { keys: [{ ...jwk, n: 'AQAB' }] }, /2048/],
    ['a key without an id', { keys: [jwk, change(jwk, { kid: undefined })] }, /no "kid"/],
    ['two keys with one id', { keys: [jwk, { ...jwk, e: 'AQAD' }] }, /two keys have this id/],
  ])('%s throws, also beside a good key', (_name, set, message) => {
    expect(() => make(set)).toThrow(TypeError)
    expect(() => make(set)).toThrow(message)
  })

  it.each<[string, Partial<VerifierOptions>, RegExp]>([
    ['a domain, which only metadata resolves', { tenants: 'contoso.com' }, /no domain/],
    [
      'a B2C policy, whose issuer only metadata tells',
      {
        tenants: undefined,
        authority: b2c({ domain: 'contoso.b2clogin.com', tenantId, policies: ['B2C_1_susi'] }),
      },
      /B2C/,
    ],
    ['a store', { store: { getItem: () => null, setItem: () => {} } }, /keys\.static and store exclude/],
    ['refreshAfter', { keys: { static: { keys: [jwk] }, refreshAfter: 60 } }, /keys\.refreshAfter exclude/],
    ['retainFor', { keys: { static: { keys: [jwk] }, retainFor: 7200 } }, /keys\.retainFor exclude/],
    ['timeout', { keys: { static: { keys: [jwk] }, timeout: 1 } }, /keys\.timeout exclude/],
  ])('they exclude %s', (_name, options, message) => {
    expect(() => withKey({}, options)).toThrow(message)
  })

  it('another policy over them is held to the same', () => {
    expect(() => withKey({}).with({ tenants: 'contoso.com' })).toThrow(/no domain/)
  })
})
