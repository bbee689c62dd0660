import {
  combineVerifiers,
  createVerifier,
  EntraGuardError,
  externalId,
  type Verifier,
  type VerifierEvent,
  type VerifierOptions,
} from '@entraguard/core'
import { defaults, type Emulator } from '@entraguard/emulator'
import type { Meter } from '@opentelemetry/api'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { eventMetrics, instrument } from '../src/index.ts'
import { createEntra, createScraped, read, type Sample, type Scraped } from './world.ts'

const access = { scopes: ['Orders.Read'] } as const

let entra: Emulator
let scraped: Scraped

beforeEach(async () => {
  entra = await createEntra()
  scraped = await createScraped()
})

afterEach(() => scraped.close())

const samples = async (name: string): Promise<readonly Sample[]> =>
  read(await scraped.scrape()).filter((sample) => sample.name === name)

/** How often something was counted, by its labels. */
const counts = async (name: string): Promise<readonly (readonly [Sample['labels'], number])[]> =>
  (await samples(name)).map(({ labels, value }) => [labels, value] as const)

const decisions = (): ReturnType<typeof counts> => counts('entraguard_authentication_duration_count')

const header = async (options: Parameters<Emulator['issueUserToken']>[0] = {}): Promise<string> =>
  `Bearer ${await entra.issueUserToken({ scopes: ['Orders.Read'], ...options })}`

const refused = async (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => expect.unreachable('it was not refused'),
    (error: unknown) => error,
  )

/** What the listener of a verifier is told, by type. */
const toldBy = async (make: (options: VerifierOptions) => Verifier): Promise<readonly string[]> => {
  const told: string[] = []
  const onEvent = (event: VerifierEvent): unknown => told.push(event.type)
  await make({ ...entra.verifierOptions(), onEvent }).authenticate(await header(), access)
  return told
}

const gauges = async (): Promise<object> =>
  Object.fromEntries(
    read(await scraped.scrape())
      .filter(({ name }) => /^entraguard_(?:key_(?:age|usable_for|count)|health)/.test(name))
      .map(({ name, labels, value }) => [`${name} ${labels['entraguard_status'] ?? ''}`.trim(), value]),
  )

const health = (ok: number, stale: number, unavailable: number): object => ({
  'entraguard_health ok': ok,
  'entraguard_health stale': stale,
  'entraguard_health unavailable': unavailable,
})

const down = (): Promise<never> => Promise.reject(new Error('down'))

const failing = (): never => expect.unreachable('a view that fails')

const bearer = { entraguard_scheme: 'Bearer' }

interface Row {
  readonly what: string
  readonly act: (verifier: Verifier) => Promise<unknown>
  readonly labels: Sample['labels']
  readonly also?: readonly [string, Sample['labels']]
}

const rows: readonly Row[] = [
  {
    what: 'a user who is let in',
    act: async (verifier) => verifier.authenticate(await header(), access),
    labels: {
      ...bearer,
      entraguard_operation: 'authenticate',
      entraguard_access: 'true',
      entraguard_result: 'success',
      entraguard_caller_kind: 'user',
    },
  },
  {
    what: 'an app whose token is verified',
    act: async (verifier) => verifier.verify(await entra.issueAppToken()),
    labels: {
      ...bearer,
      entraguard_operation: 'verify',
      entraguard_result: 'success',
      entraguard_caller_kind: 'app',
    },
  },
  {
    what: 'nobody: there was no token',
    act: (verifier) => refused(verifier.authenticate(undefined, access)),
    labels: {
      ...bearer,
      entraguard_operation: 'authenticate',
      entraguard_access: 'true',
      entraguard_result: 'none',
      error_type: 'token_missing',
      http_response_status_code: '401',
    },
    also: ['entraguard_authentication_challenges_total', { ...bearer, error_type: 'token_missing' }],
  },
  {
    what: 'a header that is none',
    act: (verifier) => refused(verifier.authenticate('Bearer', access)),
    labels: {
      ...bearer,
      entraguard_operation: 'authenticate',
      entraguard_access: 'true',
      entraguard_result: 'failure',
      error_type: 'request_malformed',
      http_response_status_code: '400',
    },
    also: ['entraguard_authentication_challenges_total', { ...bearer, error_type: 'request_malformed' }],
  },
  {
    what: 'a token for another API',
    act: async (verifier) => refused(verifier.authenticate(await header({ audience: 'api://another' }))),
    labels: {
      ...bearer,
      entraguard_operation: 'authenticate',
      entraguard_access: 'false',
      entraguard_result: 'failure',
      error_type: 'audience_mismatch',
      http_response_status_code: '401',
    },
    also: ['entraguard_authentication_challenges_total', { ...bearer, error_type: 'audience_mismatch' }],
  },
  {
    what: 'a user without the scope',
    act: async (verifier) =>
      refused(verifier.authenticate(await header({ scopes: ['Orders.Write'] }), access)),
    labels: {
      ...bearer,
      entraguard_operation: 'authenticate',
      entraguard_access: 'true',
      entraguard_result: 'failure',
      error_type: 'scope_missing',
      http_response_status_code: '403',
    },
    also: ['entraguard_authentication_forbids_total', { ...bearer, error_type: 'scope_missing' }],
  },
  {
    what: 'an outage',
    act: async (verifier) => {
      entra.goOffline()
      return refused(verifier.authenticate(await header(), access))
    },
    labels: {
      ...bearer,
      entraguard_operation: 'authenticate',
      entraguard_access: 'true',
      entraguard_result: 'failure',
      error_type: 'metadata_unavailable',
      http_response_status_code: '503',
    },
  },
  {
    what: 'a mistake in the code',
    act: async (verifier) => refused(verifier.authenticate(await header(), { scopes: [] } as never)),
    labels: {
      ...bearer,
      entraguard_operation: 'authenticate',
      entraguard_access: 'true',
      entraguard_result: 'failure',
      error_type: '_OTHER',
    },
  },
  {
    what: 'an ID token',
    act: async (verifier) =>
      verifier.verifyIdToken(await entra.issueIdToken({ audience: defaults.webClientId, nonce: 'n' }), {
        clientId: defaults.webClientId,
        nonce: 'n',
      }),
    labels: { ...bearer, entraguard_operation: 'verify_id_token', entraguard_result: 'success' },
  },
]

describe('every decision is counted once', () => {
  it.each(rows)('$what', async ({ act, labels, also }) => {
    await act(instrument(entra.verifierOptions(), { meter: scraped.meter }))
    expect(await decisions()).toEqual([[labels, 1]])
    const challenges = await counts('entraguard_authentication_challenges_total')
    const forbids = await counts('entraguard_authentication_forbids_total')
    expect([...challenges, ...forbids]).toEqual(also === undefined ? [] : [[also[1], 1]])
    expect(await counts(also?.[0] ?? '')).toEqual(also === undefined ? [] : [[also[1], 1]])
  })

  it('with the time that it took', async () => {
    const verifier = instrument(entra.verifierOptions(), { meter: scraped.meter })
    await verifier.authenticate(await header(), access)
    const [sum] = await samples('entraguard_authentication_duration_sum')
    expect(sum?.value).toBeGreaterThan(0)
    expect(sum?.value).toBeLessThan(60)
  })

  it('inside a handler, too, as an attempt', async () => {
    const verifier = instrument(entra.verifierOptions(), { meter: scraped.meter })
    const user = await verifier.authenticate(await header(), access)
    expect(verifier.authorize(user, access)).toBe(user)
    expect(() => verifier.authorize(user, { scopes: ['Orders.Write'] })).toThrow(EntraGuardError)
    expect(() => verifier.authorize(user, { scopes: [] } as never)).toThrow(TypeError)
    expect(await counts('entraguard_authorization_attempts_total')).toEqual([
      [{ ...bearer, entraguard_result: 'success' }, 1],
      [{ ...bearer, entraguard_result: 'failure', error_type: 'scope_missing' }, 1],
    ])
  })
})

describe('an instrumented verifier', () => {
  it('gives and throws what the verifier gives and throws', async () => {
    const plain = createVerifier(entra.verifierOptions())
    const verifier = instrument(plain, { meter: scraped.meter })
    const token = await header()
    expect(await verifier.authenticate(token, access)).toEqual(await plain.authenticate(token, access))
    expect([verifier.audience, verifier.challenge]).toEqual([plain.audience, plain.challenge])
    const wrong = await header({ audience: 'api://another' })
    expect(await refused(verifier.authenticate(wrong))).toEqual(await refused(plain.authenticate(wrong)))
  })

  it('counts under the name that it was given, and so does what with() makes of it', async () => {
    const verifier = instrument(entra.verifierOptions(), { meter: scraped.meter, scheme: 'Orders' })
    await verifier.authenticate(await header(), access)
    await refused(verifier.with({ audience: 'api://another' }).authenticate(await header(), access))
    expect(
      (await decisions()).map(([labels, value]) => [
        labels['entraguard_scheme'],
        labels['error_type'],
        value,
      ]),
    ).toEqual([
      ['Orders', undefined, 1],
      ['Orders', 'audience_mismatch', 1],
    ])
  })

  it('tells the onEvent of its options what it always told', async () => {
    const told = await toldBy((options) => instrument(options, { meter: scraped.meter }))
    expect(told).toEqual(await toldBy(createVerifier))
    expect(told).toContain('caller_admitted')
  })

  it('decides as before where counting fails', async () => {
    const meter = {
      ...scraped.meter,
      createHistogram: () => ({ record: failing }),
      createCounter: () => ({ add: failing }),
      createObservableGauge: () => ({}),
      addBatchObservableCallback: () => {},
    } as unknown as Meter
    const verifier = instrument(entra.verifierOptions(), { meter })
    const user = await verifier.authenticate(await header(), access)
    expect(verifier.authorize(user, access)).toBe(user)
    expect(await refused(verifier.authenticate(undefined, access))).toMatchObject({ code: 'token_missing' })
    expect(() => verifier.authorize(user, { scopes: ['Orders.Write'] })).toThrow(EntraGuardError)
  })

  it.each([
    ['no verifier', undefined, {}],
    ['an unknown option', {}, { meters: 1 }],
    ['a meter that is none', {}, { meter: {} }],
    ['a tracer that is none', {}, { tracer: {} }],
    ['an empty scheme', {}, { scheme: '' }],
  ])('is not made of %s', (_, verifier, options) => {
    const given = verifier && entra.verifierOptions()
    expect(() => instrument(given as never, options as never)).toThrow(TypeError)
  })

  class WithCheck {
    check(): void {}
  }

  it.each<[string, object]>([
    ['a rule of a prototype', Object.create({ guests: 'refuse' }) as object],
    ['a method', new WithCheck()],
  ])('does not lose %s of the options: they are refused', (_, options) => {
    const given = Object.assign(options, entra.verifierOptions())
    expect(() => instrument(given)).toThrow(/^instrument: option "\w+" is inherited: pass a plain object$/)
  })
})

describe('what happens beside requests', () => {
  it('is counted: documents by their source, keys that come, go and are replaced', async () => {
    const verifier = instrument(entra.verifierOptions(), { meter: scraped.meter })
    const token = await entra.issueUserToken({ expiresIn: 86_400 })
    const refresh = async (): Promise<void> => {
      entra.advance(7200)
      const background: Promise<unknown>[] = []
      await verifier.verify(token, { waitUntil: (work) => background.push(work) })
      await Promise.all(background)
    }
    await verifier.prefetch()
    const { previousKid } = await entra.rotateKeys()
    await refresh()
    entra.retireKey(previousKid)
    await refresh()
    await entra.rotateKeys({ reuseKid: true })
    await refresh()
    const changes = await counts('entraguard_key_changes_total')
    expect(new Set(changes.map(([{ entraguard_change }]) => entraguard_change))).toEqual(
      new Set(['added', 'gone', 'replaced']),
    )
    const documents = await counts('entraguard_document_refresh_duration_count')
    expect(documents.map(([labels]) => labels)).toEqual([
      { entraguard_document: 'metadata', entraguard_source: 'network' },
      { entraguard_document: 'keys', entraguard_source: 'network' },
    ])
  })

  it('is counted: attempts that failed, and a store that does', async () => {
    const options = { ...entra.verifierOptions(), store: { getItem: down, setItem: down } }
    const verifier = instrument(options, { meter: scraped.meter })
    entra.goOffline()
    await refused(verifier.verify(await entra.issueUserToken()))
    const failures = await counts('entraguard_document_refresh_failures_total')
    expect(failures.map(([labels]) => labels)).toEqual([{ entraguard_document: 'metadata' }])
    const store = await counts('entraguard_store_failures_total')
    expect(store.map(([labels]) => labels)).toEqual([{ entraguard_operation: 'get' }])
  })

  it('is counted for the parts of a combined verifier by their onEvent', async () => {
    const { tenants, ...options } = entra.verifierOptions()
    const onEvent = eventMetrics(scraped.meter)
    const customers = externalId({
      subdomain: defaults.externalIdTenantName,
      tenantId: defaults.externalIdTenantId,
    })
    const verifier = instrument(
      combineVerifiers(
        createVerifier({ ...options, tenants, onEvent }),
        createVerifier({ ...options, authority: customers, onEvent }),
      ),
      { meter: scraped.meter },
    )
    await verifier.authenticate(await header(), access)
    await verifier.authenticate(await header({ tenantId: defaults.externalIdTenantId }), access)
    expect(await decisions()).toEqual([[expect.objectContaining({ entraguard_result: 'success' }), 2]])
    const documents = await counts('entraguard_document_refresh_duration_count')
    expect(documents.map(([, value]) => value)).toEqual([2, 2])
    expect(await samples('entraguard_key_age')).toHaveLength(2)
  })
})

describe('the gauges of keys', () => {
  it('follow an outage from the first load to the end of the keys', async () => {
    const verifier = instrument(entra.verifierOptions(), { meter: scraped.meter })
    expect(await gauges()).toMatchObject(health(0, 0, 1))
    await verifier.prefetch()
    expect(await gauges()).toMatchObject({ ...health(1, 0, 0), entraguard_key_age: 0 })
    entra.goOffline()
    entra.advance(7200)
    expect(await gauges()).toMatchObject({
      ...health(0, 1, 0),
      entraguard_key_age: 7200,
      entraguard_key_usable_for: 86_400 - 7200,
    })
    entra.advance(86_400)
    expect(await gauges()).toMatchObject({ ...health(0, 0, 1), entraguard_key_count: 0 })
  })
})

describe('no attribute', () => {
  it('says who somebody is, nor names a key or anything that a caller can choose', async () => {
    const verifier = instrument(entra.verifierOptions(), { meter: scraped.meter })
    const token = await entra.issueUserToken({ claims: { azp: 'chosen-by-the-caller' } })
    const { kid } = JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()) as {
      kid: string
    }
    const user = await verifier.verify(token)
    await refused(verifier.authenticate('Chosen by-the-caller'))
    await refused(verifier.authenticate('Bearer chosen.by.the-caller'))
    await refused(verifier.verify(await entra.issueUserToken({ audience: 'api://chosen' })))
    const page = await scraped.scrape()
    for (const part of [kid, user.objectId ?? '', user.subject, 'chosen', 'ada@', 'Ada', token.slice(-43)])
      expect(page).not.toContain(part)
    const values = new Map<string, Set<string>>()
    for (const { labels } of read(page))
      for (const [label, value] of Object.entries(labels))
        if (label !== 'le') values.set(label, (values.get(label) ?? new Set()).add(value))
    for (const [, each] of values) expect(each.size).toBeLessThan(8)
  })
})
