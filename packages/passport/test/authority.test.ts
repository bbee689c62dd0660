import { createVerifier } from '@entraguard/core'
import { describe, expect, it } from 'vitest'

import { BearerStrategy, translateOptions, type IBearerStrategyOption } from '../src/index.ts'
import { api, metadataOf, otherTenantId, tenantId } from './world.ts'

const wellKnown = '/.well-known/openid-configuration'
const personal = '9188040d-6c67-4c5b-b112-36a304b66dad'
const v1Of = (tenant: string): string => `https://sts.windows.net/${tenant}/`
const v2Of = (tenant: string): string => `https://login.microsoftonline.com/${tenant}/v2.0`
const b2cTenant = '55555555-5555-4555-8555-555555555555'
const b2cDomain = 'contosob2c.onmicrosoft.com'
const b2cHost = 'https://contosob2c.b2clogin.com'
const b2cAt = (path: string): string => `${b2cHost}/${path}/v2.0${wellKnown}`
const susi = { isB2C: true, policyName: 'B2C_1_susi' }
const ownCloud = { loginHost: 'login.own.example', v1IssuerHost: 'sts.own.example' }

const options = (more: object): IBearerStrategyOption => ({
  identityMetadata: metadataOf(tenantId),
  clientID: api,
  ...more,
})

const noMetadata = /identityMetadata must be an https URL that ends in \/\.well-known\/openid-configuration/
const onePath = /the path of identityMetadata must name one tenant/
const noToken = /no token carries the issuer/
const otherKeys = /sign no token of an issuer in issuer/
const noPolicy = /policyName must be the name of a B2C policy/
const oneB2cTenant = /identityMetadata of B2C must name one tenant/
const otherIssuer = /have an issuer that begins with https:\/\/contosob2c\.b2clogin\.com\//

/** Options that say too little, too much or two things, and the remedy that the error names. */
const mistakes: ReadonlyArray<readonly [string, object, RegExp]> = [
  ['metadata that are no URL', { identityMetadata: tenantId }, noMetadata],
  ['metadata with a fragment', { identityMetadata: `${metadataOf(tenantId)}#x` }, noMetadata],
  ['metadata of no tenant', { identityMetadata: `https://login.microsoftonline.com${wellKnown}` }, onePath],
  ['metadata of no tenant in v2.0', { identityMetadata: metadataOf('').replace('//v2', '/v2') }, onePath],
  ['metadata with more behind the tenant', { identityMetadata: metadataOf(`${tenantId}/x`) }, onePath],
  [
    'a policy of B2C at Entra ID',
    { identityMetadata: `${metadataOf(tenantId)}?p=B2C_1_susi` },
    /belongs to B2C/,
  ],
  [
    'External ID by a domain',
    { identityMetadata: `https://contoso.ciamlogin.com/contoso.onmicrosoft.com/v2.0${wellKnown}` },
    /identityMetadata of External ID must name the tenant by its GUID/,
  ],
  [
    'External ID without a tenant',
    { identityMetadata: `https://contoso.ciamlogin.com/v2.0${wellKnown}` },
    /identityMetadata of External ID must name the tenant by its GUID/,
  ],
  ['an issuer whose tenant is a variable that is not set', { issuer: v2Of(String(undefined)) }, noToken],
  [
    'an issuer of v1.0 whose tenant is a variable that is not set',
    { issuer: v1Of(String(undefined)) },
    noToken,
  ],
  ['an issuer of another cloud than cloud', { issuer: v2Of(tenantId), cloud: ownCloud }, noToken],
  [
    'an issuer of personal accounts among others, with the metadata of a tenant',
    { issuer: [v2Of(tenantId), v2Of(personal)] },
    otherKeys,
  ],
  [
    'B2C with a key of the app',
    { ...susi, identityMetadata: `${b2cAt(b2cTenant)}?appid=${api}` },
    /"\?appid=" does not apply to B2C/,
  ],
  [
    'B2C with metadata of v1.0',
    { ...susi, identityMetadata: `${b2cHost}/${b2cTenant}${wellKnown}` },
    /under \/v2\.0\/ only/,
  ],
  [
    'isB2C with the policy in the path alone',
    { isB2C: true, identityMetadata: b2cAt(`${b2cTenant}/B2C_1_susi`) },
    /isB2C needs policyName/,
  ],
  ['isB2C without a policy', { isB2C: true, identityMetadata: b2cAt(b2cTenant) }, /isB2C needs policyName/],
  ['a host of B2C without a policy', { identityMetadata: b2cAt(b2cTenant) }, noPolicy],
  ...['susi', 'my_B2C_1_susi', 'x/B2C_1_susi', 'B2C_1_susi/x', 'B2C_1_susi?x', 'B2C_1_'].map(
    (policyName) =>
      [
        `the policy "${policyName}"`,
        { isB2C: true, identityMetadata: b2cAt(b2cTenant), policyName },
        noPolicy,
      ] as const,
  ),
  ['B2C without a tenant', { ...susi, identityMetadata: `${b2cHost}/v2.0${wellKnown}` }, oneB2cTenant],
  ['B2C without a tenant behind tfp', { ...susi, identityMetadata: b2cAt('tfp') }, oneB2cTenant],
  [
    'B2C with more behind the policy',
    { ...susi, identityMetadata: b2cAt(`${b2cTenant}/B2C_1_susi/x`) },
    oneB2cTenant,
  ],
  [
    'B2C with an issuer of Entra ID',
    { ...susi, identityMetadata: b2cAt(b2cTenant), issuer: v2Of(b2cTenant) },
    otherIssuer,
  ],
  [
    'B2C with an issuer of Entra ID among others',
    {
      ...susi,
      identityMetadata: b2cAt(b2cTenant),
      issuer: [`${b2cHost}/${b2cTenant}/v2.0/`, v2Of(b2cTenant)],
    },
    otherIssuer,
  ],
  [
    'B2C with an issuer of a host that begins like it',
    { ...susi, identityMetadata: b2cAt(b2cTenant), issuer: `${b2cHost}.evil.example/${b2cTenant}/v2.0/` },
    otherIssuer,
  ],
]

describe('whose tokens are accepted', () => {
  it.each(mistakes)('%s is a TypeError that names the remedy', (_, wrong, message) => {
    const make = (): unknown => new BearerStrategy(options(wrong), () => {})
    expect(make).toThrow(TypeError)
    expect(make).toThrow(message)
  })
})

const tenantOfV2 = { tenants: tenantId, versions: ['2.0'] }
const b2cOf = (policy: string): object => ({
  authority: expect.objectContaining({ kind: 'b2c', tenantId: b2cTenant, policies: [policy] }),
})
const b2cByDomain = (policy: string): object => ({ authority: b2cAt(`${b2cDomain}/${policy}`) })

/** Options, and whose tokens they mean. The last column is the tenant that the route names. */
const meanings: ReadonlyArray<readonly [string, object, object, string?]> = [
  ['v2.0 in capitals', { identityMetadata: metadataOf(tenantId).replace('v2.0', 'V2.0') }, tenantOfV2],
  [
    'a domain in capitals',
    { identityMetadata: metadataOf('Contoso.COM') },
    { tenants: 'contoso.com', versions: ['2.0'] },
  ],
  [
    'a cloud of your own',
    { identityMetadata: `https://login.own.example/${tenantId}/v2.0${wellKnown}`, cloud: ownCloud },
    { ...tenantOfV2, cloud: ownCloud },
  ],
  [
    'issuers of a cloud of your own',
    {
      identityMetadata: `https://login.own.example/${tenantId}/v2.0${wellKnown}`,
      cloud: ownCloud,
      issuer: [`https://sts.own.example/${tenantId}/`, `https://login.own.example/${tenantId}/v2.0`],
    },
    { tenants: tenantId, versions: ['1.0', '2.0'], cloud: ownCloud },
  ],
  [
    'the issuer of personal accounts, with their metadata',
    { identityMetadata: metadataOf(personal), issuer: v2Of(personal) },
    { tenants: personal, versions: ['2.0'] },
  ],
  [
    'the issuer of personal accounts, with the metadata of consumers',
    { identityMetadata: metadataOf('consumers'), issuer: v2Of(personal) },
    { tenants: personal, versions: ['2.0'] },
  ],
  [
    'one tenant of several issuers, some of them of personal accounts',
    { identityMetadata: metadataOf('common'), issuer: [v2Of(otherTenantId), v2Of(personal)] },
    { tenants: otherTenantId, versions: ['2.0'], check: expect.any(Function) },
    otherTenantId,
  ],
  [
    'the tenant of a route in capitals',
    { identityMetadata: metadataOf('common') },
    { tenants: 'fabrikam.com', versions: ['2.0'] },
    'Fabrikam.COM',
  ],
  [
    'B2C behind tfp',
    { ...susi, identityMetadata: b2cAt(`tfp/${b2cTenant}/B2C_1_susi`) },
    b2cOf('B2C_1_susi'),
  ],
  [
    'B2C behind TFP, by a domain in capitals',
    { ...susi, identityMetadata: b2cAt('TFP/ContosoB2C.onmicrosoft.com/B2C_1_susi') },
    b2cByDomain('B2C_1_susi'),
  ],
  [
    'B2C by the host, with the policy in the path as it is written there',
    { identityMetadata: b2cAt(`${b2cDomain}/B2C_1A_SignIn`) },
    b2cByDomain('B2C_1A_SignIn'),
  ],
  [
    'B2C by the host, with the policy in the query',
    { identityMetadata: `${b2cAt(b2cTenant)}?p=B2C_1_susi` },
    b2cOf('B2C_1_susi'),
  ],
  [
    'B2C by the host, with the policy in the path and in policyName',
    { identityMetadata: b2cAt(`${b2cTenant}/B2C_1_susi`), policyName: 'B2C_1_susi' },
    b2cOf('B2C_1_susi'),
  ],
  [
    'B2C at a custom domain',
    { ...susi, identityMetadata: `https://login.contoso.com/${b2cTenant}/v2.0${wellKnown}` },
    {
      authority: expect.objectContaining({
        domain: 'login.contoso.com',
        tenantId: b2cTenant,
        policies: ['B2C_1_susi'],
      }),
    },
  ],
  [
    'B2C with the issuer of the policy',
    { ...susi, identityMetadata: b2cAt(b2cTenant), issuer: `${b2cHost}/${b2cTenant}/v2.0/` },
    { ...b2cOf('B2C_1_susi'), check: expect.any(Function) },
  ],
  [
    'B2C with common, the policy in the path, and the tenant of a route',
    { ...susi, identityMetadata: b2cAt('common/B2C_1_susi') },
    b2cByDomain('B2C_1_susi'),
    b2cDomain,
  ],
]

it.each(meanings.map((row) => [row[0], row] as const))(
  'accepts the tokens of: %s',
  (_, [, given, meant, tenant]) => {
    const { verifier } = translateOptions(options(given), tenant)
    // Strictly: who writes these options down wants none that says nothing.
    expect(verifier).toStrictEqual({ audience: [api, `spn:${api}`], clockTolerance: 300, ...meant })
    expect(() => createVerifier(verifier)).not.toThrow()
  },
)

describe('the tenant of a route', () => {
  const everybody = options({ identityMetadata: metadataOf('common'), validateIssuer: false })

  it.each([
    ['with a path before it', 'x/contoso.com'],
    ['with a path behind it', 'contoso.com/..'],
    ['with a query', 'contoso.com?x'],
    ['with a path behind the id', `${tenantId}/..`],
    ['that is empty', ''],
    ['that is a word', 'contoso'],
    ['with a space', ' contoso.com'],
    ['that is a number', 5],
    ['that is a list', ['contoso.com']],
    ['that is null', null],
  ])('%s is a TypeError, also where every tenant is accepted', (_, tenant) => {
    const make = (): unknown => translateOptions(everybody, tenant as never)
    expect(make).toThrow(TypeError)
    expect(make).toThrow(/tenantIdOrName must be the GUID or a verified domain of one tenant/)
  })

  it('has to be one, for B2C with common', () => {
    const b2c = options({ ...susi, identityMetadata: b2cAt('common') })
    expect(() => translateOptions(b2c)).toThrow(oneB2cTenant)
    const behindTfp = options({ ...susi, identityMetadata: b2cAt('tfp/Common') })
    expect(() => translateOptions(behindTfp)).toThrow(oneB2cTenant)
  })
})
