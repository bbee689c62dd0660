import { createEmulator, defaults, type Emulator } from '@entraguard/emulator'
import { describe, expect, it } from 'vitest'

import {
  b2c,
  combineVerifiers,
  createVerifier,
  externalId,
  type Verifier,
  type VerifierEvent,
  type VerifierOptions,
} from '../src/index.ts'
import { dpop, mtls } from '../src/pop.ts'
import { outcomeOf } from './support/outcome.ts'

const policies = ['B2C_1_signupsignin']
const domain = `${defaults.b2cTenantName}.b2clogin.com`
const b2cTenant = b2c({ domain, tenantId: defaults.b2cTenantId, policies })
const external = externalId({
  subdomain: defaults.externalIdTenantName,
  tenantId: defaults.externalIdTenantId,
})

interface Parts {
  readonly entra: Emulator
  readonly events: VerifierEvent[]
  readonly workforce: Verifier
  readonly consumer: Verifier
  readonly customer: Verifier
  readonly combined: Verifier
}

const unsigned = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url')
const prefixed = (scopePrefix?: string): Partial<VerifierOptions> => ({ challenge: { scopePrefix } })

type AnyMethod = (...parameters: readonly unknown[]) => Promise<unknown>

async function combine(changes: Partial<VerifierOptions> = {}): Promise<Parts> {
  const entra = await createEmulator({
    tenants: [
      { id: defaults.tenantId, name: defaults.tenantName },
      { id: defaults.b2cTenantId, name: defaults.b2cTenantName, kind: 'b2c', policies },
      { id: defaults.externalIdTenantId, name: defaults.externalIdTenantName, kind: 'externalId' },
    ],
  })
  const events: VerifierEvent[] = []
  const { fetch, now } = entra
  const world = { fetch, now, audience: defaults.apiClientId }
  const onEvent = (event: VerifierEvent): unknown => events.push(event)
  const workforce = createVerifier({ ...world, tenants: defaults.tenantId, onEvent, ...changes })
  const consumer = createVerifier({ ...world, authority: b2cTenant, clockTolerance: 0 })
  const customer = createVerifier({ ...world, authority: external, challenge: { realm: 'customers' } })
  return {
    entra,
    events,
    workforce,
    consumer,
    customer,
    combined: combineVerifiers(workforce, consumer, customer),
  }
}

describe('combined verifiers', () => {
  it('send each token to the part that accepts its issuer', async () => {
    const { entra, combined } = await combine()
    const workforce = await combined.verify(await entra.issueUserToken())
    expect(workforce.authority).toBe('entraId')
    const consumer = await combined.verify(await entra.issueB2cToken({ policy: policies[0]! }))
    expect(consumer.authority).toBe('b2c')
    const customer = await combined.verify(
      await entra.issueUserToken({ tenantId: defaults.externalIdTenantId }),
    )
    expect(customer.authority).toBe('externalId')
  })

  it('keep the rules of each part: the tolerance of one is not that of another', async () => {
    const { entra, combined } = await combine()
    const workforce = await entra.issueUserToken({ expiresIn: -100 })
    expect(await outcomeOf(combined.verify(workforce))).toBe('accepted')
    const consumer = await entra.issueB2cToken({ policy: policies[0]!, expiresIn: -100 })
    expect(await outcomeOf(combined.verify(consumer))).toBe('token_expired')
  })

  it('take a token as long as the part does that it belongs to', async () => {
    const { entra, combined } = await combine({ maxTokenLength: 100 })
    const consumer = await entra.issueB2cToken({ policy: policies[0]! })
    expect(await outcomeOf(combined.verify(consumer))).toBe('accepted')
    expect(await outcomeOf(combined.verify(await entra.issueUserToken()))).toBe('token_too_large')
  })

  it('never check a token with the keys of another part', async () => {
    const { entra, combined, workforce } = await combine()
    await workforce.verify(await entra.issueUserToken())
    const { kid } = (workforce.keys()[0] ?? { kid: '' }) as { kid: string }
    const forged = await entra.issueB2cToken({ policy: policies[0]!, signWith: kid })
    expect(await outcomeOf(combined.verify(forged))).toBe('signing_key_not_found')
  })

  it('refuse an issuer that no part accepts, and name what they accept', async () => {
    const { entra, combined, events } = await combine()
    const stranger = await entra.issueUserToken({ tenantId: defaults.otherTenantId })
    const refusal = (await combined.verify(stranger).catch((error: unknown) => error)) as {
      code: string
      details: { expected: readonly string[] }
    }
    expect(refusal.code).toBe('issuer_unknown')
    expect(refusal.details.expected).toContain(`https://${domain}/*`)
    expect(refusal.details.expected).toHaveLength(4)
    expect(events).toContainEqual({ type: 'token_refused', code: 'issuer_unknown', step: 'authority' })
    expect(entra.requests).toEqual([])
  })

  it('refuse what is no token at all with the ordinary codes', async () => {
    const { entra, combined } = await combine()
    for (const [token, code] of [
      ['', 'token_malformed'],
      ['a.b.c', 'token_malformed'],
      ['a.b.c.d.e', 'token_encrypted'],
      [undefined, 'token_malformed'],
      [`${unsigned({ alg: 'RS256', typ: 'JWT', kid: 'k' })}.${unsigned({ iss: 7 })}.AAAA`, 'issuer_unknown'],
      ['x'.repeat(20_000), 'token_too_large'],
      [await entra.issueUserToken({ header: { nonce: 'x' } }), 'graph_token'],
    ] as const) {
      expect(await outcomeOf(combined.verify(token as string))).toBe(code)
    }
    expect(
      await outcomeOf(
        combined.verifyIdToken('a.b.c', { clientId: '33333333-3333-4333-8333-333333333333', nonce: false }),
      ),
    ).toBe('token_malformed')
    expect(await outcomeOf(combined.authenticate(undefined))).toBe('token_missing')
    expect(await outcomeOf(combined.authenticate('Bearer'))).toBe('request_malformed')
    expect(await outcomeOf(combined.authenticate('Basic abc'))).toBe('token_missing')
    expect(entra.requests).toEqual([])
  })

  it('authenticate a header with the access of a route', async () => {
    const { entra, combined } = await combine()
    const header = `Bearer ${await entra.issueUserToken({ scopes: ['Orders.Read'] })}`
    expect((await combined.authenticate(header)).kind).toBe('user')
    expect((await combined.authenticate(header, { scopes: ['Orders.Read'] })).scopes).toEqual(['Orders.Read'])
    expect(await outcomeOf(combined.authenticate(header, { scopes: ['Orders.Write'] }))).toBe('scope_missing')
    expect(await outcomeOf(combined.authenticate(header, { appPermissions: ['Orders.Read.All'] }))).toBe(
      'caller_refused',
    )
  })

  it('give the same identity object for a token that was seen, without a parse', async () => {
    const { entra, combined, workforce } = await combine()
    const token = await entra.issueUserToken()
    const first = await combined.verify(token)
    expect(await combined.verify(token)).toBe(first)
    expect(await workforce.verify(token)).toBe(first)
  })

  it('refuse a token of one part under the signature of a token that another part has seen', async () => {
    const { entra, combined } = await combine()
    const seen = await entra.issueB2cToken({ policy: policies[0]! })
    await combined.verify(seen)
    await combined.verify(seen)
    const other = await entra.issueUserToken()
    const forged = other.slice(0, other.lastIndexOf('.')) + seen.slice(seen.lastIndexOf('.'))
    expect(await outcomeOf(combined.verify(forged))).toBe('signature_invalid')
    expect(await outcomeOf(combined.authenticate(`Bearer ${forged}`))).toBe('signature_invalid')
    expect(await outcomeOf(combined.verify(seen))).toBe('accepted')
  })

  it('refuse a token that was seen once its time is over', async () => {
    const { entra, combined } = await combine()
    const token = await entra.issueB2cToken({ policy: policies[0]!, expiresIn: 60 })
    await combined.verify(token)
    await combined.verify(token)
    entra.advance(61)
    expect(await outcomeOf(combined.verify(token))).toBe('token_expired')
    expect(await outcomeOf(combined.authenticate(`Bearer ${token}`))).toBe('token_expired')
  })

  it('take nobody’s word that a token was accepted', async () => {
    const { entra, workforce, combined } = await combine()
    const good = await entra.issueUserToken()
    const identity = await workforce.verify(good)
    const accepted = { token: 'x.y.z', identity, validFrom: 0, validUntil: Number.MAX_SAFE_INTEGER }
    for (const verifier of [workforce, combined]) {
      const { verify, authenticate } = verifier as unknown as Record<string, AnyMethod>
      expect(await outcomeOf(verify!('x.y.z', {}, accepted))).toBe('token_malformed')
      expect(await outcomeOf(authenticate!('Bearer x.y.z', undefined, {}, accepted))).toBe('token_malformed')
    }
  })

  it('work without a memory of tokens', async () => {
    const { entra, combined } = await combine({ tokenCache: false })
    const token = await entra.issueUserToken()
    expect(await outcomeOf(combined.verify(token))).toBe('accepted')
    expect(await outcomeOf(combined.verify(token))).toBe('accepted')
  })

  it('load, list and forget the keys of all parts', async () => {
    const { entra, combined } = await combine()
    expect(combined.keys()).toEqual([])
    await combined.prefetch()
    expect(new Set(combined.keys().map((key) => new URL(key.document).host))).toEqual(
      new Set(['login.microsoftonline.com', domain, `${defaults.externalIdTenantName}.ciamlogin.com`]),
    )
    const before = entra.requests.length
    await combined.forgetKeys()
    expect(entra.requests.length).toBe(before * 2)
    entra.goOffline()
    await expect(combined.forgetKeys()).rejects.toMatchObject({ status: 503 })
  })

  it('name the scopes of the route, and ten issuers at most, where no part accepts the issuer', async () => {
    const { entra, consumer } = await combine()
    const tenants = Array.from({ length: 8 }, () => crypto.randomUUID())
    const many = createVerifier({
      fetch: entra.fetch,
      now: entra.now,
      tenants,
      audience: defaults.apiClientId,
    })
    const combined = combineVerifiers(many, consumer)
    const header = `Bearer ${await entra.issueUserToken()}`
    const refusal: unknown = await combined
      .authenticate(header, { scopes: ['Orders.Read'] })
      .catch((error: unknown) => error)
    expect(refusal).toMatchObject({
      code: 'issuer_unknown',
      details: { claim: 'iss', actual: `https://login.microsoftonline.com/${defaults.tenantId}/v2.0` },
      challenge: { scopes: ['Orders.Read'] },
    })
    expect(refusal).toHaveProperty('details.expected.length', 10)
  })

  it('let the first part decide about a caller whom none of them knows', async () => {
    const { combined, events } = await combine()
    const elsewhere = await createEmulator()
    const stranger = createVerifier({ ...elsewhere.verifierOptions(), tenants: defaults.otherTenantId })
    const token = await elsewhere.issueUserToken({ tenantId: defaults.otherTenantId })
    const identity = await stranger.verify(token)
    expect(combined.authorize(identity, { callers: ['user'] })).toBe(identity)
    expect(events).toMatchObject([{ type: 'caller_admitted', tenantId: defaults.otherTenantId }])
  })

  it('keep the prefix of scopes where the parts agree about it, and what proofs any of them takes', () => {
    const audience = defaults.apiClientId
    const of = (tenants: string, options: Partial<VerifierOptions>): Verifier =>
      createVerifier({ tenants, audience, ...options })
    const [one, other] = [defaults.tenantId, defaults.otherTenantId]
    const both = (first?: string, second?: string): unknown =>
      combineVerifiers(of(one, prefixed(first)), of(other, prefixed(second))).challenge.scopePrefix
    expect(both('api://a/', 'api://a/')).toBe('api://a/')
    expect(both('api://a/', 'api://b/')).toBeUndefined()
    expect(both('api://a/')).toBeUndefined()
    const byProof = of(one, { bound: dpop({ origin: 'https://api.contoso.com' }) })
    const byCertificate = of(other, { bound: mtls({ header: 'X-Cert' }) })
    for (const parts of [[byProof, byCertificate] as const, [byCertificate, byProof] as const])
      expect(combineVerifiers(...parts).bound).toEqual({ proof: true, certificate: 'x-cert' })
    expect(combineVerifiers(byCertificate, of(one, {})).bound).toEqual({
      proof: false,
      certificate: 'x-cert',
    })
  })

  it('answer with the challenge of the first part', async () => {
    const { workforce, customer } = await combine()
    expect(combineVerifiers(customer, workforce).challenge).toMatchObject({ realm: 'customers' })
  })

  it('can be combined again, and changed through the parts', async () => {
    const { entra, workforce, consumer, customer, combined } = await combine()
    const nested = combineVerifiers(combineVerifiers(workforce, consumer), customer)
    expect((await nested.verify(await entra.issueB2cToken({ policy: policies[0]! }))).authority).toBe('b2c')
    expect(() => combined.with({ clockTolerance: 0 })).toThrow(/parts/)
    expect(() => combined.with({ clockTolerance: 0 })).toThrow(TypeError)
    const strict = combineVerifiers(workforce.with({ audience: 'api://other' }), consumer)
    expect(await outcomeOf(strict.verify(await entra.issueUserToken()))).toBe('audience_mismatch')
  })
})

describe('parts that could accept the same issuer', () => {
  const audience = defaults.apiClientId
  const of = (options: Partial<VerifierOptions>): Verifier => createVerifier({ audience, ...options })
  const { tenantId, otherTenantId } = defaults

  it.each<[string, Partial<VerifierOptions>, Partial<VerifierOptions>]>([
    ['the same tenant', { tenants: tenantId }, { tenants: tenantId }],
    ['a tenant and a list with it', { tenants: tenantId }, { tenants: [otherTenantId, tenantId] }],
    ['a tenant and every tenant', { tenants: tenantId }, { tenants: 'organizations' }],
    ['every tenant and a tenant', { tenants: () => true }, { tenants: tenantId }],
    [
      'a tenant and a domain, whose tenant nobody knows yet',
      { tenants: tenantId },
      { tenants: 'contoso.com' },
    ],
    [
      'the public and the US Government cloud',
      { tenants: 'organizations' },
      { tenants: 'organizations', cloud: 'usgov' },
    ],
    ['two lists of policies of one B2C tenant', { authority: b2cTenant }, { authority: b2cTenant }],
    ['the same External ID tenant', { authority: external }, { authority: external }],
    [
      'a B2C host that is a login host',
      { authority: b2c({ domain: 'login.microsoftonline.com', tenantId, policies }) },
      { tenants: tenantId },
    ],
  ])('throw: %s', (_what, one, other) => {
    expect(() => combineVerifiers(of(one), of(other))).toThrow(/the issuer "https:/)
    expect(() => combineVerifiers(of(one), of(other))).toThrow(TypeError)
  })

  it('are named by the more exact of the two issuers', () => {
    const named = `"https://login.microsoftonline.com/${tenantId}/v2.0"`
    const [one, every] = [of({ tenants: tenantId }), of({ tenants: 'organizations' })]
    expect(() => combineVerifiers(one, every)).toThrow(named)
    expect(() => combineVerifiers(every, one)).toThrow(named)
  })

  it.each<[string, Partial<VerifierOptions>, Partial<VerifierOptions>]>([
    ['two tenants', { tenants: tenantId }, { tenants: otherTenantId }],
    ['tenants of two clouds', { tenants: tenantId }, { tenants: otherTenantId, cloud: 'usgov' }],
    [
      'every tenant of two clouds',
      { tenants: 'organizations' },
      { tenants: 'organizations', cloud: 'china' },
    ],
    ['B2C and every tenant', { authority: b2cTenant }, { tenants: 'common' }],
    ['B2C and External ID', { authority: b2cTenant }, { authority: external }],
  ])('are not: %s', (_what, one, other) => {
    expect(() => combineVerifiers(of(one), of(other))).not.toThrow()
  })

  it('cannot be something that createVerifier did not make', () => {
    const verifier = of({ tenants: tenantId })
    for (const other of [{ ...verifier }, undefined as unknown as Verifier])
      expect(() => combineVerifiers(verifier, other)).toThrow('needs verifiers that createVerifier made')
    expect(() => combineVerifiers(...([] as unknown as [Verifier]))).toThrow('needs at least one verifier')
    expect(() => combineVerifiers({ ...verifier })).toThrow(TypeError)
  })
})
