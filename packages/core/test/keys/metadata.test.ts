import { describe, expect, it } from 'vitest'

import { externalId } from '../../src/index.ts'
import { outcomeOf } from '../support/outcome.ts'
import {
  codeOf,
  Issuer,
  makeKey,
  otherTenant,
  refusalOf,
  settle,
  tenant,
} from '../support/rotating-issuer.ts'

const day = 86_400
const key = makeKey('k1')
const foreign = { tid: otherTenant, iss: `https://login.microsoftonline.com/${otherTenant}/v2.0` }

describe('a tenant that is named by its domain', () => {
  it('is resolved once: a domain that moves to another tenant takes nobody along', async () => {
    const entra = new Issuer(key)
    const verifier = entra.verifier({ tenants: 'contoso.com' })
    const old = entra.token(key, { expiresIn: 3 * day })
    await verifier.verify(old)
    expect(await codeOf(verifier.verify(entra.token(key, { claims: foreign })))).toBe('tenant_mismatch')
    entra.tenant = otherTenant
    entra.advance(2 * 3600)
    await verifier.verify(old)
    await settle()
    expect(entra.events).toContainEqual(
      expect.objectContaining({ type: 'refresh_failed', document: 'metadata', reason: 'metadata_invalid' }),
    )
    await verifier.verify(old)
    expect(await codeOf(verifier.verify(entra.token(key, { claims: foreign })))).toBe('tenant_mismatch')
    // The wrong answer is no outage: past retainFor nothing rests on the old one any more.
    entra.advance(day)
    expect(await refusalOf(verifier.verify(entra.token(key)))).toMatchObject({
      code: 'metadata_invalid',
      status: 503,
    })
  })

  it('stays resolved after forgetKeys', async () => {
    const entra = new Issuer(key)
    const verifier = entra.verifier({ tenants: 'contoso.com' })
    await verifier.verify(entra.token(key))
    entra.tenant = otherTenant
    expect(await codeOf(verifier.forgetKeys())).toBe('metadata_invalid')
    expect(await codeOf(verifier.verify(entra.token(key, { claims: foreign })))).toBe('metadata_invalid')
    entra.tenant = tenant
    entra.advance(2)
    expect((await verifier.verify(entra.token(key))).tenantId).toBe(tenant)
  })
})

describe('the address of the keys', () => {
  it('is asked from the next refresh on when the metadata moves it', async () => {
    const entra = new Issuer(key)
    const verifier = entra.verifier()
    await verifier.prefetch()
    const moved = `https://login.microsoftonline.com/${tenant}/elsewhere/keys`
    entra.metadata = { jwks_uri: moved }
    entra.advance(2 * 3600)
    for (let refresh = 0; refresh < 2; refresh++) {
      await verifier.verify(entra.token(key))
      await settle()
      entra.advance(2 * 3600)
    }
    expect(entra.requests.at(-1)).toBe(moved)
  })

  it.each([
    ['without an app', ''],
    ['with the app', '?appid=66666666-6666-4666-8666-666666666666'],
    ['with another app', '?appid=77777777-7777-4777-8777-777777777777'],
  ])('names the configured app where the metadata gives it %s', async (_name, query) => {
    const entra = new Issuer(key)
    const address = `https://login.microsoftonline.com/${tenant}/discovery/v2.0/keys`
    entra.metadata = { jwks_uri: `${address}${query}` }
    await entra.verifier({ appId: '66666666-6666-4666-8666-666666666666' }).prefetch()
    expect(entra.requests).toEqual([
      `https://login.microsoftonline.com/${tenant}/v2.0/.well-known/openid-configuration?appid=66666666-6666-4666-8666-666666666666`,
      `${address}?appid=66666666-6666-4666-8666-666666666666`,
    ])
  })

  it.each([
    ['a user', 'https://user@login.microsoftonline.com/keys'],
    ['a password', 'https://:secret@login.microsoftonline.com/keys'],
    ['a fragment', 'https://login.microsoftonline.com/keys#all'],
    ['http', 'http://login.microsoftonline.com/keys'],
  ])('is not asked with %s, at the right host neither', async (_name, jwks_uri) => {
    const entra = new Issuer(key)
    entra.metadata = { jwks_uri }
    expect(await codeOf(entra.verifier().prefetch())).toBe('metadata_invalid')
    expect(entra.keyRequests).toBe(0)
  })
})

const boundTo = (cloud: string): typeof key => ({ ...key, jwk: { ...key.jwk, cloud_instance_name: cloud } })

describe('the cloud', () => {
  it.each([undefined, null, '', 7])(
    'that the metadata names as %j is the configured one, which binds a key all the same',
    async (named) => {
      for (const [cloud, outcome] of [
        ['microsoftonline.com', 'accepted'],
        ['microsoftonline.us', 'signing_key_refused'],
      ] as const) {
        const entra = new Issuer(boundTo(cloud))
        entra.metadata = { cloud_instance_name: named }
        expect(await outcomeOf(entra.verifier().verify(entra.token(key)))).toBe(outcome)
      }
    },
  )

  it('that nobody names binds no key', async () => {
    const entra = new Issuer(boundTo('any.cloud'))
    entra.metadata = { cloud_instance_name: undefined }
    const cloud = { loginHost: 'login.microsoftonline.com', v1IssuerHost: 'sts.windows.net' }
    expect((await entra.verifier({ cloud }).verify(entra.token(key))).kind).toBe('user')
  })

  it('that only the metadata names binds a key', async () => {
    const entra = new Issuer(boundTo('any.cloud'))
    const cloud = { loginHost: 'login.microsoftonline.com', v1IssuerHost: 'sts.windows.net' }
    expect(await codeOf(entra.verifier({ cloud }).verify(entra.token(key)))).toBe('signing_key_refused')
  })
})

describe('the issuer that a key names', () => {
  const v1 = { iss: `https://sts.windows.net/${tenant}/`, ver: '1.0', azp: undefined, appid: otherTenant }

  it.each([
    ['the template of v1.0', 'https://sts.windows.net/{tenantid}/', true, false],
    ['the tenant in v1.0', `https://sts.windows.net/${tenant}/`, true, false],
    ['another tenant in v1.0', `https://sts.windows.net/${otherTenant}/`, false, false],
    ['the template of v2.0', 'https://login.microsoftonline.com/{tenantid}/v2.0', true, true],
    ['the tenant in v2.0', `https://login.microsoftonline.com/${tenant}/v2.0`, true, true],
    ['another tenant in v2.0', `https://login.microsoftonline.com/${otherTenant}/v2.0`, false, false],
  ])('%s: for tokens of which version it may sign', async (_name, issuer, signsV1, signsV2) => {
    const entra = new Issuer({ ...key, jwk: { ...key.jwk, issuer } })
    for (const tenants of [tenant, 'organizations', [tenant, otherTenant], 'contoso.com']) {
      const verifier = entra.verifier({ tenants })
      for (const [claims, may] of [
        [v1, signsV1],
        [{}, signsV2],
      ] as const) {
        const outcome = await outcomeOf(verifier.verify(entra.token(key, { claims })))
        expect(outcome).toBe(may ? 'accepted' : 'signing_key_refused')
      }
    }
  })
})

it('a key of the tenant behind a domain is told from its token of another tenant by the tenant', async () => {
  const issuer = `https://login.microsoftonline.com/${tenant}/v2.0`
  const entra = new Issuer({ ...key, jwk: { ...key.jwk, issuer } })
  const verifier = entra.verifier({ tenants: 'contoso.com' })
  expect((await verifier.verify(entra.token(key))).tenantId).toBe(tenant)
  expect(await codeOf(verifier.verify(entra.token(key, { claims: foreign })))).toBe('tenant_mismatch')
})

it('metadata that names its tenant, and then any tenant, is no other tenant', async () => {
  const entra = new Issuer(key)
  const verifier = entra.verifier()
  await verifier.prefetch()
  entra.metadata = { issuer: 'https://login.microsoftonline.com/{tenantid}/v2.0' }
  entra.advance(2 * 3600)
  await verifier.verify(entra.token(key))
  await settle()
  expect(entra.metadataRequests).toBe(2)
  expect(entra.events.filter(({ type }) => type === 'refresh_failed')).toEqual([])
})

describe('metadata that turns wrong', () => {
  it.each([
    ['another tenant', { issuer: `https://login.microsoftonline.com/${otherTenant}/v2.0` }],
    ['another host for the keys', { jwks_uri: 'https://attacker.example/keys' }],
    ['another cloud', { cloud_instance_name: 'microsoftonline.us' }],
  ])('leaves the last good one in use until retainFor, then 503: %s', async (_name, metadata) => {
    const entra = new Issuer(key)
    const verifier = entra.verifier()
    const remembered = entra.token(key, { expiresIn: 3 * day })
    await verifier.verify(remembered)
    entra.metadata = metadata
    for (let hour = 0; hour < 23; hour++) {
      entra.advance(3600)
      await verifier.verify(entra.token(key))
      await settle()
    }
    expect((await verifier.verify(remembered)).kind).toBe('user')
    entra.advance(3600)
    for (const token of [entra.token(key), remembered]) {
      expect(await refusalOf(verifier.verify(token))).toMatchObject({
        code: 'metadata_invalid',
        status: 503,
      })
    }
    // The keys were read an hour ago, and rest on nothing.
    expect(verifier.health()).toMatchObject({
      status: 'unavailable',
      authorities: [{ keys: 0, usableFor: 0, failure: 'metadata_invalid' }],
    })
    entra.metadata = {}
    entra.advance(72)
    expect((await verifier.verify(entra.token(key))).kind).toBe('user')
  })
})

it('is checked for each kind of authority, also where with() leads to an address that another kind has read', async () => {
  const entra = new Issuer(key)
  const verifier = entra.verifier()
  await verifier.prefetch()
  const domain = 'login.microsoftonline.com'
  const customers = verifier.with({
    authority: externalId({ subdomain: 'contoso', tenantId: tenant, domain }),
  })
  const iss = `https://${tenant}.ciamlogin.com/${tenant}/v2.0`
  expect(await codeOf(customers.verify(entra.token(key, { claims: { iss } })))).toBe('metadata_invalid')
})
