import { createEmulator, defaults, type EmulatorOptions } from '@entraguard/emulator'
import { describe, expect, it } from 'vitest'

import { b2c, createVerifier, externalId, type VerifierOptions } from '../../src/index.ts'
import { apiId, clock, documents, issue, jwk, tenantId, verifierFor } from '../support/issuer.ts'
import { outcomeOf } from '../support/outcome.ts'

const contoso = defaults.tenantId
const login = 'https://login.microsoftonline.com'
const usgov = 'https://login.microsoftonline.us'
const wellKnown = '.well-known/openid-configuration'
const b2cHost = `https://${defaults.b2cTenantName}.b2clogin.com`
const b2cDomain = `${defaults.b2cTenantName}.onmicrosoft.com`
const policy = 'B2C_1_susi'
const ciam = `https://${defaults.externalIdTenantName}.ciamlogin.com`
const ciamTenant = defaults.externalIdTenantId

const ordinary: EmulatorOptions = {
  tenants: [
    { id: contoso, name: 'contoso', domains: ['contoso.com'] },
    { id: defaults.b2cTenantId, name: defaults.b2cTenantName, kind: 'b2c', policies: [policy] },
    { id: ciamTenant, name: defaults.externalIdTenantName, kind: 'externalId' },
  ],
}
const customDomains: EmulatorOptions = {
  tenants: [
    { id: contoso },
    {
      id: defaults.b2cTenantId,
      name: defaults.b2cTenantName,
      kind: 'b2c',
      host: 'login.shop.example',
      policies: [policy],
    },
    { id: ciamTenant, name: defaults.externalIdTenantName, kind: 'externalId', host: 'signin.shop.example' },
  ],
}
const inUsgov: EmulatorOptions = {
  tenants: [{ id: contoso, name: 'contoso', domains: ['contoso.com'], cloud: 'usgov' }],
}
const inChina: EmulatorOptions = { tenants: [{ id: contoso, name: 'contoso', cloud: 'china' }] }

type Pair = readonly [
  what: string,
  options: Partial<VerifierOptions>,
  metadata: string,
  keys: string,
  world?: EmulatorOptions,
]

const pairs: readonly Pair[] = [
  [
    'a tenant',
    { tenants: contoso },
    `${login}/${contoso}/v2.0/${wellKnown}`,
    `${login}/${contoso}/discovery/v2.0/keys`,
  ],
  [
    'a tenant of a list',
    { tenants: [contoso, contoso.toUpperCase()] },
    `${login}/${contoso}/v2.0/${wellKnown}`,
    `${login}/${contoso}/discovery/v2.0/keys`,
  ],
  [
    'a verified domain',
    { tenants: 'contoso.com' },
    `${login}/contoso.com/v2.0/${wellKnown}`,
    `${login}/${contoso}/discovery/v2.0/keys`,
  ],
  [
    'organizations',
    { tenants: 'organizations' },
    `${login}/organizations/v2.0/${wellKnown}`,
    `${login}/organizations/discovery/v2.0/keys`,
  ],
  [
    'common',
    { tenants: 'common' },
    `${login}/common/v2.0/${wellKnown}`,
    `${login}/common/discovery/v2.0/keys`,
  ],
  [
    'consumers',
    { tenants: 'consumers' },
    `${login}/consumers/v2.0/${wellKnown}`,
    `${login}/consumers/discovery/v2.0/keys`,
  ],
  [
    'a list',
    { tenants: [contoso, defaults.otherTenantId] },
    `${login}/organizations/v2.0/${wellKnown}`,
    `${login}/organizations/discovery/v2.0/keys`,
  ],
  [
    'a list with personal accounts',
    { tenants: [contoso, '9188040d-6c67-4c5b-b112-36a304b66dad'] },
    `${login}/common/v2.0/${wellKnown}`,
    `${login}/common/discovery/v2.0/keys`,
  ],
  [
    'a function',
    { tenants: () => true },
    `${login}/organizations/v2.0/${wellKnown}`,
    `${login}/organizations/discovery/v2.0/keys`,
  ],
  [
    'a function that is also asked about personal accounts',
    { tenants: () => true, personalAccounts: true },
    `${login}/common/v2.0/${wellKnown}`,
    `${login}/common/discovery/v2.0/keys`,
  ],
  [
    'an authority URL',
    { authority: `${login}/${contoso}` },
    `${login}/${contoso}/v2.0/${wellKnown}`,
    `${login}/${contoso}/discovery/v2.0/keys`,
  ],
  [
    'an authority URL with version and slash',
    { authority: `${login}/${contoso}/v2.0/` },
    `${login}/${contoso}/v2.0/${wellKnown}`,
    `${login}/${contoso}/discovery/v2.0/keys`,
  ],
  [
    'an authority URL with version in capitals',
    { authority: `${login}/${contoso}/V2.0` },
    `${login}/${contoso}/v2.0/${wellKnown}`,
    `${login}/${contoso}/discovery/v2.0/keys`,
  ],
  [
    'an authority URL of a verified domain',
    { authority: `${login}/Contoso.com/v2.0` },
    `${login}/contoso.com/v2.0/${wellKnown}`,
    `${login}/${contoso}/discovery/v2.0/keys`,
  ],
  [
    'an authority URL of personal accounts',
    { authority: `${login}/consumers/v2.0` },
    `${login}/consumers/v2.0/${wellKnown}`,
    `${login}/consumers/discovery/v2.0/keys`,
  ],
  [
    'an authority URL of an alias',
    { authority: `https://login.windows.net/${contoso}` },
    `${login}/${contoso}/v2.0/${wellKnown}`,
    `${login}/${contoso}/discovery/v2.0/keys`,
  ],
  [
    'a v1.0 metadata address',
    { authority: `${login}/${contoso}/${wellKnown}` },
    `${login}/${contoso}/${wellKnown}`,
    `${login}/${contoso}/discovery/keys`,
  ],
  [
    'a v2.0 metadata address',
    { authority: `${login}/${contoso}/v2.0/${wellKnown}` },
    `${login}/${contoso}/v2.0/${wellKnown}`,
    `${login}/${contoso}/discovery/v2.0/keys`,
  ],
  [
    'keys of an app',
    { tenants: contoso, appId: apiId },
    `${login}/${contoso}/v2.0/${wellKnown}?appid=${apiId}`,
    `${login}/${contoso}/discovery/v2.0/keys?appid=${apiId}`,
  ],
  [
    'keys of an app, with an authority URL',
    { authority: `${login}/${contoso}/v2.0`, appId: apiId },
    `${login}/${contoso}/v2.0/${wellKnown}?appid=${apiId}`,
    `${login}/${contoso}/discovery/v2.0/keys?appid=${apiId}`,
  ],
  [
    'keys of an app, from a v1.0 metadata address',
    { authority: `${login}/${contoso}/${wellKnown}?appid=${apiId.toUpperCase()}` },
    `${login}/${contoso}/${wellKnown}?appid=${apiId}`,
    `${login}/${contoso}/discovery/keys?appid=${apiId}`,
  ],
  [
    'keys of an app, from a v2.0 metadata address',
    { authority: `${login}/${contoso}/v2.0/${wellKnown}?appid=${apiId}` },
    `${login}/${contoso}/v2.0/${wellKnown}?appid=${apiId}`,
    `${login}/${contoso}/discovery/v2.0/keys?appid=${apiId}`,
  ],
  [
    'US Government: a tenant',
    { tenants: contoso, cloud: 'usgov' },
    `${usgov}/${contoso}/v2.0/${wellKnown}`,
    `${usgov}/${contoso}/discovery/v2.0/keys`,
    inUsgov,
  ],
  [
    'US Government: common',
    { tenants: 'common', cloud: 'usgov' },
    `${usgov}/common/v2.0/${wellKnown}`,
    `${usgov}/common/discovery/v2.0/keys`,
    inUsgov,
  ],
  [
    'US Government: a v1.0 metadata address',
    { authority: `${usgov}/${contoso}/${wellKnown}` },
    `${usgov}/${contoso}/${wellKnown}`,
    `${usgov}/${contoso}/discovery/keys`,
    inUsgov,
  ],
  [
    'US Government: keys of an app',
    { tenants: contoso, cloud: 'usgov', appId: apiId },
    `${usgov}/${contoso}/v2.0/${wellKnown}?appid=${apiId}`,
    `${usgov}/${contoso}/discovery/v2.0/keys?appid=${apiId}`,
    inUsgov,
  ],
  [
    'China',
    { authority: `https://login.chinacloudapi.cn/${contoso}` },
    `https://login.partner.microsoftonline.cn/${contoso}/v2.0/${wellKnown}`,
    `https://login.partner.microsoftonline.cn/${contoso}/discovery/v2.0/keys`,
    inChina,
  ],
  [
    'B2C',
    { authority: b2c({ domain: new URL(b2cHost).host, tenantId: defaults.b2cTenantId, policies: [policy] }) },
    `${b2cHost}/${defaults.b2cTenantId}/${policy}/v2.0/${wellKnown}`,
    `${b2cHost}/${defaults.b2cTenantId}/${policy.toLowerCase()}/discovery/v2.0/keys`,
  ],
  [
    'B2C, an authority URL with the domain of the tenant',
    { authority: `${b2cHost}/${b2cDomain}/${policy}/v2.0` },
    `${b2cHost}/${b2cDomain}/${policy}/v2.0/${wellKnown}`,
    `${b2cHost}/${b2cDomain}/${policy.toLowerCase()}/discovery/v2.0/keys`,
  ],
  [
    'B2C, an authority URL as MSAL writes it',
    { authority: `${b2cHost}/tfp/${b2cDomain}/${policy}/` },
    `${b2cHost}/${b2cDomain}/${policy}/v2.0/${wellKnown}`,
    `${b2cHost}/${b2cDomain}/${policy.toLowerCase()}/discovery/v2.0/keys`,
  ],
  [
    'B2C, a metadata address with the id of the tenant',
    { authority: `${b2cHost}/${defaults.b2cTenantId}/${policy}/v2.0/${wellKnown}` },
    `${b2cHost}/${defaults.b2cTenantId}/${policy}/v2.0/${wellKnown}`,
    `${b2cHost}/${defaults.b2cTenantId}/${policy.toLowerCase()}/discovery/v2.0/keys`,
  ],
  [
    'B2C, a metadata address with ?p=',
    { authority: `${b2cHost}/${b2cDomain}/v2.0/${wellKnown}?p=${policy}` },
    `${b2cHost}/${b2cDomain}/v2.0/${wellKnown}?p=${policy}`,
    `${b2cHost}/${b2cDomain}/${policy.toLowerCase()}/discovery/v2.0/keys`,
  ],
  [
    'B2C on a custom domain',
    { authority: b2c({ domain: 'login.shop.example', tenantId: defaults.b2cTenantId, policies: [policy] }) },
    `https://login.shop.example/${defaults.b2cTenantId}/${policy}/v2.0/${wellKnown}`,
    `https://login.shop.example/${defaults.b2cTenantId}/${policy.toLowerCase()}/discovery/v2.0/keys`,
    customDomains,
  ],
  [
    'External ID',
    { authority: externalId({ subdomain: defaults.externalIdTenantName, tenantId: ciamTenant }) },
    `${ciam}/${ciamTenant}/v2.0/${wellKnown}`,
    `${ciam}/${ciamTenant}/discovery/v2.0/keys`,
  ],
  [
    'External ID, an authority URL',
    { authority: `${ciam}/${ciamTenant}/` },
    `${ciam}/${ciamTenant}/v2.0/${wellKnown}`,
    `${ciam}/${ciamTenant}/discovery/v2.0/keys`,
  ],
  [
    'External ID, keys of an app',
    {
      authority: externalId({ subdomain: defaults.externalIdTenantName, tenantId: ciamTenant }),
      appId: apiId,
    },
    `${ciam}/${ciamTenant}/v2.0/${wellKnown}?appid=${apiId}`,
    `${ciam}/${ciamTenant}/discovery/v2.0/keys?appid=${apiId}`,
  ],
  [
    'External ID, keys of an app, from a metadata address',
    { authority: `${ciam}/${ciamTenant}/v2.0/${wellKnown}?appid=${apiId}` },
    `${ciam}/${ciamTenant}/v2.0/${wellKnown}?appid=${apiId}`,
    `${ciam}/${ciamTenant}/discovery/v2.0/keys?appid=${apiId}`,
  ],
  [
    'External ID on a custom domain',
    {
      authority: externalId({
        subdomain: defaults.externalIdTenantName,
        tenantId: ciamTenant,
        domain: 'signin.shop.example',
      }),
    },
    `https://signin.shop.example/${ciamTenant}/v2.0/${wellKnown}`,
    `${ciam}/${ciamTenant}/discovery/v2.0/keys`,
    customDomains,
  ],
]

describe('metadata and keys that belong together', () => {
  it.each(pairs.map(([what, ...rest]) => ({ what, rest })))(
    '$what',
    async ({ rest: [options, metadata, keys, world = ordinary] }) => {
      const entra = await createEmulator(world)
      const verifier = createVerifier({ audience: apiId, fetch: entra.fetch, now: entra.now, ...options })
      expect(entra.requests).toEqual([])
      await verifier.prefetch()
      expect(entra.requests).toEqual([
        { method: 'GET', url: metadata },
        { method: 'GET', url: keys },
      ])
    },
  )

  it('of several B2C policies are one pair each', async () => {
    const policies = ['B2C_1_susi', 'B2C_1A_SIGNUP']
    const { b2cTenantId, b2cTenantName } = defaults
    const world = await createEmulator({
      tenants: [{ id: contoso }, { id: b2cTenantId, name: b2cTenantName, kind: 'b2c', policies }],
    })
    const authority = b2c({ domain: `${b2cTenantName}.b2clogin.com`, tenantId: b2cTenantId, policies })
    const audience = defaults.apiClientId
    const verifier = createVerifier({ audience, authority, fetch: world.fetch, now: world.now })
    for (const name of policies) {
      expect(await outcomeOf(verifier.verify(await world.issueB2cToken({ policy: name })))).toBe('accepted')
    }
    expect(world.requests.map(({ url }) => url)).toEqual(
      policies.flatMap((name) => [
        `${b2cHost}/${b2cTenantId}/${name}/v2.0/${wellKnown}`,
        `${b2cHost}/${b2cTenantId}/${name.toLowerCase()}/discovery/v2.0/keys`,
      ]),
    )
    // User flows and custom policies have different keys; neither may sign for the other.
    const [flow] = verifier.keys()
    const forged = await world.issueB2cToken({ policy: 'B2C_1A_SIGNUP', signWith: flow?.kid ?? '' })
    expect(await outcomeOf(verifier.verify(forged))).toBe('signing_key_not_found')
  })

  it('of ?p= keep the query that the document gives its keys', async () => {
    const asked: string[] = []
    const issuer = `${b2cHost}/${tenantId}/v2.0/`
    const answer = documents({
      issuer,
      jwks_uri: `${b2cHost}/${b2cDomain}/discovery/v2.0/keys?p=b2c_1_susi`,
    })
    const fetch: typeof globalThis.fetch = async (input) => {
      asked.push(input as string)
      return await answer(input)
    }
    const verifier = verifierFor({
      authority: `${b2cHost}/${b2cDomain}/v2.0/${wellKnown}?p=${policy}`,
      fetch,
    })
    const token = await issue({ iss: issuer, ver: '1.0', tfp: policy, tid: undefined })
    expect((await verifier.verify(token)).tenantId).toBe(tenantId)
    expect(asked).toEqual([
      `${b2cHost}/${b2cDomain}/v2.0/${wellKnown}?p=${policy}`,
      `${b2cHost}/${b2cDomain}/discovery/v2.0/keys?p=b2c_1_susi`,
    ])
  })
})

const inCloud = (authority: string, cloud: 'usgov'): unknown =>
  createVerifier({ authority, cloud, audience: apiId })

const issuerOf = (id: string): string => `${login}/${id}/v2.0`

const tokenOf = async (id: string): Promise<string> =>
  await issue({ iss: issuerOf(id), tid: id, exp: clock + 200_000 })

describe('a verified domain', () => {
  it('is pinned to its tenant: when it moves to another one, nobody there gets in by its name', async () => {
    const other = '775527ff-9a37-4307-8b3d-cc311f58d925'
    let owner = tenantId
    let seconds = clock
    const failures: string[] = []
    const verifier = verifierFor({
      tenants: 'contoso.com',
      fetch: async (input) => await documents({ issuer: issuerOf(owner) })(input),
      now: () => seconds * 1000,
      onEvent: (event) => event.type === 'refresh_failed' && failures.push(event.reason),
    })
    expect(await outcomeOf(verifier.verify(await tokenOf(tenantId)))).toBe('accepted')
    owner = other
    seconds += 3600 * 2
    expect(await outcomeOf(verifier.verify(await tokenOf(tenantId)))).toBe('accepted')
    await expect.poll(() => failures).toContain('metadata_invalid')
    expect(await outcomeOf(verifier.verify(await tokenOf(other)))).toBe('tenant_mismatch')
    // What was known is used up; what is new is another tenant.
    seconds += 86_400
    expect(await outcomeOf(verifier.verify(await tokenOf(other)))).toBe('metadata_invalid')
    expect(await outcomeOf(verifier.verify(await tokenOf(tenantId)))).toBe('metadata_invalid')
  })
})

describe('an authority as text', () => {
  it.each([
    ['common', `${login}/common`, /tenants: 'common'/],
    ['organizations', `${login}/organizations/v2.0/`, /tenants: 'organizations'/],
    ['common in other letters', `${login}/Common/v2.0`, /tenants: 'common'/],
    ['an unknown host', `https://login.example.com/${contoso}/v2.0`, /cloud: \{ loginHost/],
    [
      'a host that only begins like a known one',
      `https://login.microsoftonline.com.example.com/${contoso}`,
      /cloud:/,
    ],
    [
      'a host of a known cloud as user name',
      `https://login.microsoftonline.com@example.com/${contoso}`,
      /plain https/,
    ],
    ['a password', `https://:secret@login.microsoftonline.com/${contoso}`, /plain https/],
    ['an invisible character', `${login}/${contoso}\u200b`, /invisible/],
    ['http', `http://login.microsoftonline.com/${contoso}`, /https/],
    ['a port', `${login}:8443/${contoso}`, /port/],
    ['a fragment', `${login}/${contoso}#x`, /fragment/],
    ['an IP address', `https://169.254.169.254/${contoso}`, /DNS name/],
    ['no host', 'https:///x', /DNS name|cloud:/],
    ['no URL', 'login.microsoftonline.com', /not a URL/],
    ['data', 'data:application/json,{}', /https/],
    ['no tenant', login, /one tenant/],
    ['two segments', `${login}/${contoso}/B2C_1_susi`, /one tenant/],
    ['an encoded slash', `${login}/${contoso}%2Fx`, /GUID or a verified domain/],
    ['a query', `${login}/${contoso}?appid=${apiId}`, /only a metadata address/],
    ['another query', `${login}/${contoso}/${wellKnown}?slice=x`, /only a metadata address/],
    [
      'two queries',
      `${login}/${contoso}/${wellKnown}?appid=${apiId}&appid=${apiId}`,
      /only a metadata address/,
    ],
    ['a damaged appid', `${login}/${contoso}/${wellKnown}?appid=x`, /client id/],
    ['?p= away from B2C', `${login}/${contoso}/${wellKnown}?p=${policy}`, /b2c\(/],
    ['B2C without policy', `${b2cHost}/${b2cDomain}/v2.0`, /b2c\(/],
    ['B2C with something else for the policy', `${b2cHost}/${b2cDomain}/signin/v2.0`, /b2c\(/],
    ['B2C with something else for ?p=', `${b2cHost}/${b2cDomain}/v2.0/${wellKnown}?p=signin`, /b2c\(/],
    ['B2C without a tenant', `${b2cHost}/v2.0/${wellKnown}?p=${policy}`, /b2c\(/],
    ['B2C with more path', `${b2cHost}/${b2cDomain}/${policy}/x/v2.0`, /b2c\(/],
    ['B2C with two policies', `${b2cHost}/${b2cDomain}/${policy}/v2.0/${wellKnown}?p=${policy}`, /b2c\(/],
    ['B2C with appid', `${b2cHost}/${b2cDomain}/${policy}/v2.0/${wellKnown}?appid=${apiId}`, /B2C/],
    ['External ID without the id of the tenant', `${ciam}/contoso.onmicrosoft.com/v2.0`, /externalId\(/],
    ['External ID without a tenant', ciam, /externalId\(/],
    ['External ID with more path', `${ciam}/${ciamTenant}/${contoso}/v2.0`, /externalId\(/],
    ['a custom domain of External ID', `https://signin.shop.example/${ciamTenant}/v2.0`, /externalId\(/],
  ])('cannot be %s', (_what, authority, message) => {
    const make = (): unknown => createVerifier({ authority, audience: apiId })
    expect(make).toThrow(message)
    expect(make).toThrow(TypeError)
  })

  it('must be of the configured cloud', () => {
    expect(() => inCloud(`${login}/${contoso}`, 'usgov')).toThrow(/configured cloud/)
    expect(() => inCloud(`${usgov}/${contoso}`, 'usgov')).not.toThrow()
  })

  it('must not name another app than appId', () => {
    const authority = `${login}/${contoso}/v2.0/${wellKnown}?appid=${apiId}`
    expect(() => createVerifier({ authority, audience: apiId, appId: contoso })).toThrow(/two different apps/)
    expect(() => createVerifier({ authority, audience: apiId, appId: apiId.toUpperCase() })).not.toThrow()
  })
})

describe('a cloud as data', () => {
  const cloud = {
    loginHost: 'login.sovcloud-identity.fr',
    v1IssuerHost: 'sts.sovcloud-identity.fr',
    name: 'bleu',
  }
  const v2Issuer = `https://${cloud.loginHost}/${tenantId}/v2.0`

  it('needs no release of this package', async () => {
    const verifier = verifierFor({
      cloud,
      fetch: documents({ issuer: v2Issuer, cloud_instance_name: 'bleu' }),
    })
    expect((await verifier.verify(await issue({ iss: v2Issuer }))).loginHost).toBe(cloud.loginHost)
    const v1 = { iss: `https://${cloud.v1IssuerHost}/${tenantId}/`, ver: '1.0' }
    expect(await outcomeOf(verifier.verify(await issue(v1)))).toBe('accepted')
    expect(await outcomeOf(verifier.verify(await issue()))).toBe('issuer_unknown')
  })

  it('is compared with what its documents say', async () => {
    const fetch = documents({ issuer: v2Issuer, cloud_instance_name: 'microsoftonline.com' })
    expect(await outcomeOf(verifierFor({ cloud, fetch }).verify(await issue({ iss: v2Issuer })))).toBe(
      'metadata_invalid',
    )
  })
})

describe('metadata that does not fit the configuration is metadata_invalid', () => {
  const v2 = `${login}/${tenantId}/v2.0`
  const other = '775527ff-9a37-4307-8b3d-cc311f58d925'

  it.each<[string, Record<string, unknown>]>([
    ['another tenant', { issuer: `${login}/${other}/v2.0` }],
    ['another cloud', { issuer: `${usgov}/${tenantId}/v2.0` }],
    ['the name of another cloud', { issuer: v2, cloud_instance_name: 'microsoftonline.us' }],
    ['an issuer over http', { issuer: v2.replace('https', 'http') }],
    ['an issuer with a slash more', { issuer: `${v2}/` }],
    ['no issuer', {}],
    ['an issuer that is a list', { issuer: [v2] }],
    ['keys elsewhere', { issuer: v2, jwks_uri: 'https://login.microsoftonline.com.example.com/keys' }],
    ['keys on another port', { issuer: v2, jwks_uri: `${login}:8443/keys` }],
    ['keys over http', { issuer: v2, jwks_uri: 'http://login.microsoftonline.com/keys' }],
    [
      'keys behind a user name',
      { issuer: v2, jwks_uri: 'https://login.microsoftonline.com@example.com/keys' },
    ],
    ['keys that are data', { issuer: v2, jwks_uri: 'data:application/json,{"keys":[]}' }],
    ['no keys', { issuer: v2, jwks_uri: undefined }],
    ['keys at a list of places', { issuer: v2, jwks_uri: [`${login}/keys`] }],
  ])('%s', async (_what, metadata) => {
    expect(await outcomeOf(verifierFor({ fetch: documents(metadata) }).verify(await issue()))).toBe(
      'metadata_invalid',
    )
  })

  it('a template in the document of one tenant widens nothing', async () => {
    const verifier = verifierFor({ fetch: documents({ issuer: `${login}/{tenantId}/v2.0` }) })
    expect(await outcomeOf(verifier.verify(await issue()))).toBe('accepted')
    const foreign = { iss: `${login}/${other}/v2.0`, tid: other }
    expect(await outcomeOf(verifier.verify(await issue(foreign)))).toBe('issuer_unknown')
    await expect(verifier.verify(await issue({ tid: other }))).rejects.toMatchObject({
      code: 'tenant_mismatch',
      details: { claim: 'tid', expected: tenantId, actual: other },
    })
  })

  it('the issuer of one tenant in the document of many', async () => {
    const verifier = verifierFor({ tenants: 'organizations', fetch: documents({ issuer: v2 }) })
    expect(await outcomeOf(verifier.verify(await issue()))).toBe('metadata_invalid')
  })

  it('a template in the document of a domain, whose tenant it should name', async () => {
    const verifier = verifierFor({
      tenants: 'contoso.com',
      fetch: documents({ issuer: `${login}/{tenantid}/v2.0` }),
    })
    expect(await outcomeOf(verifier.verify(await issue()))).toBe('metadata_invalid')
  })

  it.each([`${usgov}/${tenantId}/v2.0`, `${v2}/`, v2.replace('https', 'http'), `${login}/contoso.com/v2.0`])(
    'for a domain another issuer than that of a tenant: %s',
    async (issuer) => {
      const verifier = verifierFor({ tenants: 'contoso.com', fetch: documents({ issuer }) })
      expect(await outcomeOf(verifier.verify(await issue()))).toBe('metadata_invalid')
      expect(await outcomeOf(verifier.verify(await issue({ iss: `${usgov}/${tenantId}/v2.0` })))).toBe(
        'issuer_unknown',
      )
    },
  )

  it('the tenant of personal accounts behind a domain', async () => {
    const personal = '9188040d-6c67-4c5b-b112-36a304b66dad'
    const issuer = `${login}/${personal}/v2.0`
    const token = await issue({ iss: issuer, tid: personal })
    const byDomain = verifierFor({ tenants: 'outlook.com', fetch: documents({ issuer }) })
    expect(await outcomeOf(byDomain.verify(token))).toBe('metadata_invalid')
    const byName = verifierFor({ tenants: 'consumers', fetch: documents({ issuer }) })
    expect(await outcomeOf(byName.verify(token))).toBe('accepted')
  })

  it('B2C: another host, another tenant, http', async () => {
    const authority = b2c({ domain: 'contoso.b2clogin.com', tenantId, policies: [policy] })
    for (const [issuer, outcome] of [
      [`https://contoso.b2clogin.com/${tenantId}/v2.0/`, 'accepted'],
      [`https://contoso.b2clogin.com/tfp/${tenantId}/b2c_1_susi/v2.0/`, 'accepted'],
      [`https://contoso.b2clogin.com/contoso.onmicrosoft.com/v2.0/`, 'accepted'],
      [`https://contoso.b2clogin.com/${other}/v2.0/`, 'metadata_invalid'],
      [`https://contoso.b2clogin.com/tfp/${other}/b2c_1_susi/v2.0/`, 'metadata_invalid'],
      [`https://fabrikam.b2clogin.com/${tenantId}/v2.0/`, 'metadata_invalid'],
      [`https://contoso.b2clogin.com.example.com/${tenantId}/v2.0/`, 'metadata_invalid'],
      [`http://contoso.b2clogin.com/${tenantId}/v2.0/`, 'metadata_invalid'],
    ] as const) {
      const verifier = verifierFor({ authority, fetch: documents({ issuer }) })
      // A token on the accepted host, so that the document is asked for at all.
      const iss = outcome === 'accepted' ? issuer : `https://contoso.b2clogin.com/${tenantId}/v2.0/`
      const token = await issue({ iss, ver: '1.0', tfp: policy, tid: undefined })
      expect([issuer, await outcomeOf(verifier.verify(token))]).toEqual([issuer, outcome])
    }
  })

  it('B2C from an authority URL: another tenant than it names, or none that is known', async () => {
    const host = 'https://contoso.b2clogin.com'
    for (const [tenant, named, outcome] of [
      [tenantId.toUpperCase(), tenantId, 'accepted'],
      [tenantId.toUpperCase(), other, 'metadata_invalid'],
      ['contoso.onmicrosoft.com', tenantId, 'accepted'],
      ['contoso.onmicrosoft.com', other, 'tenant_mismatch'],
      ['contoso.onmicrosoft.com', 'contoso.onmicrosoft.com', 'metadata_invalid'],
    ] as const) {
      const fetch = documents({ issuer: `${host}/${named}/v2.0/` })
      const verifier = verifierFor({ authority: `${host}/${tenant}/${policy}/v2.0`, fetch })
      const token = await issue({ iss: `${host}/${named}/v2.0/`, ver: '1.0', tfp: policy, tid: tenantId })
      expect([tenant, named, await outcomeOf(verifier.verify(token))]).toEqual([tenant, named, outcome])
    }
  })

  it('External ID: the name of the tenant instead of its id', async () => {
    const authority = externalId({ subdomain: 'contoso', tenantId })
    const iss = `https://${tenantId}.ciamlogin.com/${tenantId}/v2.0`
    const token = await issue({ iss })
    const named = documents({ issuer: `https://contoso.ciamlogin.com/${tenantId}/v2.0` })
    expect(await outcomeOf(verifierFor({ authority, fetch: named }).verify(token))).toBe('metadata_invalid')
    for (const host of ['contoso.ciamlogin.com', `${tenantId}.ciamlogin.com`]) {
      const fetch = documents({ issuer: iss, jwks_uri: `https://${host}/${tenantId}/discovery/v2.0/keys` })
      expect(await outcomeOf(verifierFor({ authority, fetch }).verify(token))).toBe('accepted')
    }
    const elsewhere = documents({ issuer: iss, jwks_uri: `${login}/${tenantId}/discovery/v2.0/keys` })
    expect(await outcomeOf(verifierFor({ authority, fetch: elsewhere }).verify(token))).toBe(
      'metadata_invalid',
    )
  })
  it('External ID: a signing key names its issuer with the tenant in host and path', async () => {
    const authority = externalId({ subdomain: 'contoso', tenantId })
    const iss = `https://${tenantId}.ciamlogin.com/${tenantId}/v2.0`
    const token = await issue({ iss })
    for (const [keyIssuer, outcome] of [
      ['https://{tenantid}.ciamlogin.com/{tenantId}/v2.0', 'accepted'],
      [iss, 'accepted'],
      [`https://{tenantid}.ciamlogin.com/${other}/v2.0`, 'signing_key_refused'],
      [`${login}/{tenantid}/v2.0`, 'signing_key_refused'],
    ] as const) {
      const fetch = documents({ issuer: iss }, [{ ...jwk, issuer: keyIssuer }])
      expect([keyIssuer, await outcomeOf(verifierFor({ authority, fetch }).verify(token))]).toEqual([
        keyIssuer,
        outcome,
      ])
    }
  })
})
