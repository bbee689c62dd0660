import { createEmulator, defaults, type Emulator } from '@entraguard/emulator'
import { beforeEach, describe, expect, it } from 'vitest'

import {
  b2c,
  combineVerifiers,
  createVerifier,
  externalId,
  type AuthorityHealth,
  type Verifier,
  type VerifierOptions,
} from '../../src/index.ts'
import { Issuer, isMetadata, makeKey, settle } from '../support/rotating-issuer.ts'

let entra: Emulator
let time: number

beforeEach(async () => {
  entra = await createEmulator()
  time = entra.now()
})

/** The emulator's clock runs; that of the verifiers stands still in between, so that ages are exact. */
function advance(seconds: number): void {
  time += seconds * 1000
  entra.advance(seconds)
}

const make = (options: Partial<VerifierOptions> = {}): Verifier =>
  createVerifier({ ...entra.verifierOptions(), now: () => time, ...options })

const statusOf = (verifier: Verifier): string => verifier.health().status

describe('the health of a verifier', () => {
  it('is unavailable before anything was loaded, and ok after it', async () => {
    const verifier = make()
    expect(verifier.health()).toEqual({
      status: 'unavailable',
      authorities: [
        {
          status: 'unavailable',
          document: `https://login.microsoftonline.com/${defaults.tenantId}/v2.0/.well-known/openid-configuration`,
          keys: 0,
          age: undefined,
          usableFor: 0,
          failures: 0,
          failure: undefined,
        },
      ],
    })
    await verifier.prefetch()
    advance(60)
    expect(verifier.health()).toMatchObject({
      status: 'ok',
      authorities: [{ status: 'ok', age: 60, usableFor: 86_340, failures: 0, failure: undefined }],
    })
    expect(verifier.health().authorities[0]?.keys).toBe(verifier.keys().length)
  })

  it('makes no request and starts none, however old the keys are', async () => {
    const verifier = make()
    statusOf(verifier)
    await verifier.prefetch()
    const before = entra.requests.length
    for (const seconds of [3600, 3600, 90_000]) {
      advance(seconds)
      statusOf(verifier)
    }
    await new Promise((resolve) => setImmediate(resolve))
    expect(entra.requests).toHaveLength(before)
  })

  it('is stale when nobody has asked for a while, and unavailable when the keys have ended', async () => {
    const verifier = make()
    await verifier.prefetch()
    advance(3900)
    expect(statusOf(verifier)).toBe('ok')
    advance(100)
    expect(statusOf(verifier)).toBe('stale')
    advance(86_400 - 4000 - 1)
    expect(verifier.health()).toMatchObject({ status: 'stale', authorities: [{ usableFor: 1 }] })
    advance(1)
    expect(verifier.health()).toMatchObject({
      status: 'unavailable',
      authorities: [{ keys: 0, usableFor: 0 }],
    })
    await verifier.prefetch()
    expect(statusOf(verifier)).toBe('ok')
  })

  it('is stale while refreshes fail, says why, and recovers', async () => {
    const verifier = make()
    const token = await entra.issueUserToken()
    await verifier.verify(token)
    entra.goOffline()
    advance(4000)
    await verifier.verify(token).catch(() => {})
    await expect
      .poll(() => verifier.health())
      .toMatchObject({
        status: 'stale',
        authorities: [{ failure: expect.stringMatching(/_unavailable$/) as string }],
      })
    expect(verifier.health().authorities[0]?.failures).toBeGreaterThanOrEqual(1)
    entra.goOnline()
    advance(120)
    await verifier.verify(await entra.issueUserToken())
    await expect.poll(() => statusOf(verifier)).toBe('ok')
  })

  it('says why nothing could be loaded', async () => {
    const verifier = make()
    entra.goOffline()
    await verifier.prefetch().catch(() => {})
    expect(verifier.health()).toMatchObject({
      status: 'unavailable',
      authorities: [{ keys: 0, age: undefined, failure: 'metadata_unavailable' }],
    })
  })

  it('does not count keys that are refused', async () => {
    const open = make()
    await open.prefetch()
    const kids = open.keys().map(({ kid }) => kid)
    const verifier = make({ keys: { refuse: kids } })
    await verifier.prefetch()
    expect(statusOf(verifier)).toBe('unavailable')
  })

  it('is unavailable after forgetKeys that could not read them anew', async () => {
    const verifier = make()
    await verifier.prefetch()
    entra.goOffline()
    await verifier.forgetKeys().catch(() => {})
    expect(statusOf(verifier)).toBe('unavailable')
  })

  it('is unavailable, and no exception, with a clock that gives no time', async () => {
    const verifier = make()
    await verifier.prefetch()
    expect(statusOf(verifier)).toBe('ok')
    time = Number.NaN
    expect(verifier.health()).toMatchObject({
      status: 'unavailable',
      authorities: [{ failure: 'keys_unavailable' }],
    })
  })

  it('is never ahead of its time when the clock went back', async () => {
    const verifier = make()
    await verifier.prefetch()
    advance(-1000)
    expect(verifier.health()).toMatchObject({ status: 'ok', authorities: [{ age: 0, usableFor: 86_400 }] })
  })

  it('is frozen plain data', async () => {
    const verifier = make()
    await verifier.prefetch()
    const health = verifier.health()
    expect(JSON.parse(JSON.stringify(health))).toMatchObject({ status: 'ok' })
    expect([health, health.authorities, health.authorities[0]].every(Object.isFrozen)).toBe(true)
  })
})

const only = (verifier: Verifier): AuthorityHealth | undefined => verifier.health().authorities[0]

describe('the figures of a verifier', () => {
  const [k1, k2] = [makeKey('k1'), makeKey('k2')]

  it('are of the keys that may be used: the last of them counts, and none that is gone or refused', async () => {
    const issuer = new Issuer(k1, k2)
    const verifier = issuer.verifier()
    const refusing = issuer.verifier({ keys: { refuse: ['k2'] } })
    await verifier.prefetch()
    await refusing.prefetch()
    issuer.keys = [k2]
    issuer.advance(2 * 3600)
    for (const each of [verifier, refusing]) await each.verify(issuer.token(k1))
    await settle()
    expect(only(verifier)).toMatchObject({ status: 'ok', keys: 2, usableFor: 86_400 })
    expect(only(refusing)).toMatchObject({ status: 'ok', keys: 1, usableFor: 86_400 - 7200 })
    issuer.advance(86_400 - 7200)
    expect(only(verifier)).toMatchObject({ status: 'stale', keys: 1, usableFor: 7200 })
    expect(only(refusing)).toMatchObject({ status: 'unavailable', keys: 0, usableFor: 0 })
  })

  it('tell of the document that failed more often, and of the keys where both did', async () => {
    const issuer = new Issuer(k1)
    const verifier = issuer.verifier()
    await verifier.prefetch()
    const fail = async (isDown: (url: string) => boolean): Promise<AuthorityHealth | undefined> => {
      issuer.answer = (url) => (isDown(url) ? new Response('', { status: 500 }) : undefined)
      issuer.advance(2 * 3600)
      await verifier.verify(issuer.token(k1))
      await settle()
      return only(verifier)
    }
    const stale = { status: 'stale', keys: 1 }
    expect(await fail(isMetadata)).toMatchObject({ ...stale, failures: 1, failure: 'metadata_unavailable' })
    expect(await fail(isMetadata)).toMatchObject({ ...stale, failures: 2, failure: 'metadata_unavailable' })
    expect(await fail((url) => !isMetadata(url))).toMatchObject({
      ...stale,
      failures: 1,
      failure: 'keys_unavailable',
    })
    expect(await fail(() => true)).toMatchObject({ ...stale, failures: 2, failure: 'keys_unavailable' })
    expect(await fail(() => false)).toMatchObject({
      status: 'ok',
      failures: 0,
      failure: undefined,
    })
    expect(await fail(() => true)).toMatchObject({ ...stale, failures: 1, failure: 'keys_unavailable' })
  })
})

describe('the health of several authorities', () => {
  it('is stale when only some can be used, and unavailable when none can', async () => {
    const policies =
      entra.directory.tenants.find(({ kind }) => kind === 'b2c')?.policies.map(({ name }) => name) ?? []
    const world = { fetch: entra.fetch, now: () => time, audience: defaults.apiClientId }
    const consumers = createVerifier({
      ...world,
      authority: b2c({
        domain: `${defaults.b2cTenantName}.b2clogin.com`,
        tenantId: defaults.b2cTenantId,
        policies,
      }),
    })
    const customers = createVerifier({
      ...world,
      authority: externalId({
        subdomain: defaults.externalIdTenantName,
        tenantId: defaults.externalIdTenantId,
      }),
    })
    const combined = combineVerifiers(consumers, customers)
    expect(combined.health()).toMatchObject({ status: 'unavailable' })
    expect(combined.health().authorities).toHaveLength(policies.length + 1)
    await customers.prefetch()
    expect(combined.health().authorities.map(({ status }) => status)).toContain('ok')
    expect(statusOf(combined)).toBe('stale')
    await combined.prefetch()
    expect(statusOf(combined)).toBe('ok')
  })
})
