import { createVerifier } from '@entraguard/core'
import { describe, expect, it } from 'vitest'

import { BearerStrategy, translateOptions, type IBearerStrategyOption } from '../src/index.ts'
import { api, emulator, legacyOptions, metadataOf, otherTenantId, tenantId } from './world.ts'

const entra = await emulator()
const verifier = createVerifier(entra.verifierOptions())
const verify = (): void => {}
const v1Issuer = `https://sts.windows.net/${tenantId}/`
const v2Issuer = `https://login.microsoftonline.com/${tenantId}/v2.0`
const b2cTenant = '55555555-5555-4555-8555-555555555555'
const b2cAddress = (tenant: string, policy = ''): string =>
  `https://contosob2c.b2clogin.com/${tenant}${policy}/v2.0/.well-known/openid-configuration`

const options = (more: object): IBearerStrategyOption => ({
  identityMetadata: metadataOf(tenantId),
  clientID: api,
  ...more,
})

class Lax {
  get validateIssuer(): boolean {
    return false
  }
}

/** Wrong options, and what the error has to name. */
const mistakes: ReadonlyArray<readonly [string, object, RegExp]> = [
  ['no clientID', { clientID: undefined }, /clientID/],
  ['an empty clientID', { clientID: '' }, /clientID/],
  ['no identityMetadata', { identityMetadata: undefined }, /identityMetadata is required/],
  ['http', { identityMetadata: metadataOf(tenantId).replace('https', 'http') }, /https/],
  [
    'an address that is no metadata',
    { identityMetadata: `https://login.microsoftonline.com/${tenantId}` },
    /well-known/,
  ],
  [
    'an unknown host',
    { identityMetadata: `https://evil.example/${tenantId}/.well-known/openid-configuration` },
    /evil/,
  ],
  ['a port', { identityMetadata: metadataOf(tenantId).replace('.com/', '.com:8443/') }, /host/],
  ['a user in the address', { identityMetadata: metadataOf(tenantId).replace('//', '//a@') }, /without user/],
  ['a password in it', { identityMetadata: metadataOf(tenantId).replace('//', '//:pw@') }, /without user/],
  ['a fragment in it', { identityMetadata: `${metadataOf(tenantId)}#x` }, /fragment/],
  ['another query', { identityMetadata: `${metadataOf(tenantId)}?x=1` }, /query/],
  [
    'an app twice',
    { identityMetadata: `${metadataOf(tenantId)}?appid=${api}&appid=${tenantId}` },
    /only one/,
  ],
  ['a policy twice', { identityMetadata: `${metadataOf(tenantId)}?p=B2C_1_a&p=B2C_1_b` }, /only one/],
  ['an app and a policy', { identityMetadata: `${metadataOf(tenantId)}?appid=${api}&p=B2C_1_a` }, /only one/],
  ['organizations without an issuer', { identityMetadata: metadataOf('organizations') }, /issuer/],
  ['ignoreExpiration', { ignoreExpiration: true }, /ignoreExpiration/],
  ['a proxy', { proxy: { host: 'proxy', port: '8080', protocol: 'http' } }, /proxy/],
  ['an option that does not exist', { scopes: ['Orders.Read'] }, /unknown option "scopes"/],
  [
    'an option of createVerifier with a name of its own here',
    { tenants: tenantId },
    /unknown option "tenants"/,
  ],
  ['a scope that is no list', { scope: 'Orders.Read' }, /scope/],
  ['no scope in the list', { scope: [] }, /scope must be a non-empty list/],
  ['an empty scope in the list', { scope: [''] }, /scope/],
  ['a scope in full', { scope: [`api://${api}/Orders.Read`] }, /Orders\.Read/],
  ['no audience in the list', { audience: [] }, /audience/],
  ['an audience that is an object', { audience: {} }, /audience/],
  ['a number among the audiences', { audience: [api, 7] }, /audience must be a string or a non-empty list/],
  ['an empty text among the audiences', { audience: [api, ''] }, /audience must be a string or a non-empty/],
  ['a number among the scopes', { scope: ['Orders.Read', 7] }, /scope must be/],
  ['an empty text among the scopes', { scope: ['Orders.Read', ''] }, /scope must be/],
  ['a clientID that is no text', { clientID: 7 }, /clientID must be a string/],
  ['a policyName that is no text', { policyName: ['B2C_1_susi'] }, /policyName must be/],
  ['a clock skew of 0', { clockSkew: 0 }, /clockSkew/],
  ['a negative clock skew', { clockSkew: -1 }, /clockSkew/],
  ['a clock skew in parts of a second', { clockSkew: 0.5 }, /clockSkew/],
  ['a clock skew in seconds and parts', { clockSkew: 1.5 }, /clockSkew/],
  ['a second more than the longest clock skew', { clockSkew: 601 }, /clockSkew/],
  ['an hour of clock skew', { clockSkew: 3600 }, /clockSkew/],
  ['a clock skew without end', { clockSkew: Infinity }, /clockSkew/],
  ['a clock skew as text', { clockSkew: '300' }, /clockSkew/],
  ['validateIssuer as text', { validateIssuer: 'false' }, /validateIssuer/],
  ['isB2C as text', { isB2C: 'true' }, /isB2C/],
  ['passReqToCallback as text', { passReqToCallback: 'true' }, /passReqToCallback/],
  ['allowMultiAudiencesInToken as text', { allowMultiAudiencesInToken: 'yes' }, /allowMultiAudiencesInToken/],
  ['loggingNoPII as text', { loggingNoPII: 'no' }, /loggingNoPII/],
  ['an issuer beside validateIssuer: false', { issuer: v2Issuer, validateIssuer: false }, /issuer/],
  ['an issuer that no token carries', { issuer: v1Issuer.slice(0, -1) }, /issuer/],
  ['an issuer with a template', { issuer: 'https://login.microsoftonline.com/{tenantid}/v2.0' }, /issuer/],
  ['an issuer of another host', { issuer: `https://evil.example/${tenantId}/v2.0` }, /issuer/],
  [
    'issuers of work accounts beside the metadata of consumers',
    { issuer: v2Issuer, identityMetadata: metadataOf('consumers') },
    /keys of consumers/,
  ],
  [
    'the issuer of personal accounts beside the metadata of a tenant',
    { issuer: v2Issuer.replace(tenantId, '9188040d-6c67-4c5b-b112-36a304b66dad') },
    /keys of 1111/,
  ],
  [
    'External ID by a domain',
    {
      identityMetadata:
        'https://contoso.ciamlogin.com/contoso.onmicrosoft.com/v2.0/.well-known/openid-configuration',
    },
    /GUID/,
  ],
  ['no issuer in the list', { issuer: [] }, /issuer/],
  ['B2C at the login host of Entra ID', { isB2C: true, policyName: 'B2C_1_susi' }, /b2clogin/],
  ['B2C without a policy', { isB2C: true, identityMetadata: b2cAddress(b2cTenant) }, /policyName/],
  [
    'B2C with a policy of another name',
    { isB2C: true, identityMetadata: b2cAddress(b2cTenant), policyName: 'susi' },
    /policy/,
  ],
  [
    'a policy without isB2C',
    { identityMetadata: b2cAddress(b2cTenant), policyName: 'B2C_1_susi' },
    /isB2C: true/,
  ],
  [
    'B2C with two policies',
    { isB2C: true, identityMetadata: b2cAddress(b2cTenant, '/B2C_1_other'), policyName: 'B2C_1_susi' },
    /two different policies/,
  ],
  [
    'B2C at a custom domain without a GUID',
    {
      isB2C: true,
      identityMetadata:
        'https://login.contoso.com/contoso.onmicrosoft.com/v2.0/.well-known/openid-configuration',
      policyName: 'B2C_1_susi',
    },
    /GUID/,
  ],
  [
    'an audience that other tenants can register too',
    { identityMetadata: metadataOf('common'), validateIssuer: false, audience: 'api://orders' },
    /allowSharedAudience/,
  ],
  ['an audience that is Microsoft Graph', { audience: 'https://graph.microsoft.com' }, /Graph/],
]

describe('options of passport-azure-ad', () => {
  it.each(mistakes)('%s is a TypeError at construction', (_, wrong, message) => {
    const make = (): unknown => new BearerStrategy(options(wrong), verify)
    expect(make).toThrow(TypeError)
    expect(make).toThrow(message)
  })

  it('need a verify function', () => {
    expect(() => new BearerStrategy(options({}), undefined as never)).toThrow(/verify/)
    expect(() => new BearerStrategy(options({}), {} as never)).toThrow(/verify/)
  })

  it.each([[undefined], [null], ['identityMetadata'], [verify]])('are an object, and not %s', (given) => {
    expect(() => new BearerStrategy(given as never, verify)).toThrow('BearerStrategy: options are required')
    expect(() => translateOptions(given as never)).toThrow('BearerStrategy: options are required')
  })

  it.each<[string, string, object]>([
    ['validateIssuer', 'of an object', { validateIssuer: false }],
    ['validateIssuer', 'of a class, where it is a getter', Lax.prototype],
    ['allowWithoutPermissions', 'of an object', { allowWithoutPermissions: true }],
    ['redirectUrl', 'of an object', { redirectUrl: 'https://localhost/' }],
  ])('are not taken from a prototype: %s %s', (name, _, prototype) => {
    const inherited = Object.create(prototype, Object.getOwnPropertyDescriptors(options({}))) as never
    const wrong = `BearerStrategy: option "${name}" is inherited: pass a plain object`
    expect(() => new BearerStrategy(inherited, verify)).toThrow(wrong)
  })

  it('are copied: what happens to the object later has no effect, and it is not written to', () => {
    const given = Object.freeze({ ...legacyOptions(entra), audience: Object.freeze([api]) })
    expect(new BearerStrategy(given, verify).name).toBe('oauth-bearer')
  })

  it('may stand in an object that passport-azure-ad has written into, and be null', () => {
    const used = options({
      _isCommonEndpoint: false,
      loggingLevel: 'trace',
      issuer: null,
      scope: null,
      audience: null,
      policyName: null,
      proxy: undefined,
    })
    expect(translateOptions(used)).toEqual(translateOptions(options({})))
  })
})

const B2C = { isB2C: true, policyName: 'B2C_1_susi' }

/** Options, and what they mean in options of `createVerifier`. */
const meanings: ReadonlyArray<readonly [string, object, object]> = [
  ['metadata of v2.0', {}, { tenants: tenantId, versions: ['2.0'] }],
  [
    'metadata of v1.0',
    { identityMetadata: metadataOf(tenantId, '') },
    { tenants: tenantId, versions: ['1.0'] },
  ],
  [
    'metadata that end in a slash',
    { identityMetadata: `${metadataOf(tenantId)}/` },
    { tenants: tenantId, versions: ['2.0'] },
  ],
  [
    'a domain',
    { identityMetadata: metadataOf('contoso.com') },
    { tenants: 'contoso.com', versions: ['2.0'] },
  ],
  [
    'an alias of the login host',
    { identityMetadata: metadataOf(tenantId).replace('login.microsoftonline.com', 'login.windows.net') },
    { tenants: tenantId, versions: ['2.0'] },
  ],
  [
    'the US Government',
    { identityMetadata: metadataOf(tenantId).replace('.com/', '.us/') },
    { cloud: 'usgov', tenants: tenantId, versions: ['2.0'] },
  ],
  [
    'a key of the app',
    { identityMetadata: `${metadataOf(tenantId)}?appid=${api}` },
    { appId: api, tenants: tenantId, versions: ['2.0'] },
  ],
  ['consumers', { identityMetadata: metadataOf('consumers') }, { tenants: 'consumers', versions: ['2.0'] }],
  ['no check of the issuer, one tenant', { validateIssuer: false }, { tenants: tenantId }],
  [
    'no check of the issuer, common',
    { validateIssuer: false, identityMetadata: metadataOf('common') },
    { tenants: 'common' },
  ],
  [
    'no check of the issuer, organizations',
    { validateIssuer: false, identityMetadata: metadataOf('organizations') },
    { tenants: 'organizations' },
  ],
  ['an issuer', { issuer: v1Issuer }, { tenants: tenantId, versions: ['1.0'] }],
  [
    'issuers of both versions',
    { issuer: [v1Issuer, v2Issuer] },
    { tenants: tenantId, versions: ['1.0', '2.0'] },
  ],
  [
    'issuers of two tenants',
    { identityMetadata: metadataOf('common'), issuer: [v2Issuer, v2Issuer.replace(tenantId, otherTenantId)] },
    { tenants: [tenantId, otherTenantId], versions: ['2.0'] },
  ],
  [
    'B2C',
    { ...B2C, identityMetadata: b2cAddress(b2cTenant) },
    { authority: expect.objectContaining({ kind: 'b2c', tenantId: b2cTenant, policies: ['B2C_1_susi'] }) },
  ],
  [
    'B2C by a domain',
    { ...B2C, identityMetadata: b2cAddress('contosob2c.onmicrosoft.com') },
    { authority: b2cAddress('contosob2c.onmicrosoft.com', '/B2C_1_susi') },
  ],
  [
    'B2C with the policy in the path',
    { ...B2C, identityMetadata: b2cAddress('contosob2c.onmicrosoft.com', '/b2c_1_SUSI') },
    { authority: b2cAddress('contosob2c.onmicrosoft.com', '/B2C_1_susi') },
  ],
  [
    'B2C with the policy in the query',
    { ...B2C, identityMetadata: `${b2cAddress(b2cTenant)}?p=B2C_1_susi` },
    { authority: expect.objectContaining({ kind: 'b2c' }) },
  ],
  [
    'External ID',
    { identityMetadata: `https://contoso.ciamlogin.com/${tenantId}/v2.0/.well-known/openid-configuration` },
    { authority: `https://contoso.ciamlogin.com/${tenantId}/v2.0/.well-known/openid-configuration` },
  ],
  [
    'the issuer of personal accounts, with common',
    {
      identityMetadata: metadataOf('common'),
      issuer: [v2Issuer, v2Issuer.replace(tenantId, '9188040d-6c67-4c5b-b112-36a304b66dad')],
    },
    { tenants: [tenantId, '9188040d-6c67-4c5b-b112-36a304b66dad'], versions: ['2.0'] },
  ],
  [
    'External ID with a slash at the end',
    { identityMetadata: `https://contoso.ciamlogin.com/${tenantId}/v2.0/.well-known/openid-configuration/` },
    { authority: `https://contoso.ciamlogin.com/${tenantId}/v2.0/.well-known/openid-configuration` },
  ],
  ['the shortest clock skew', { clockSkew: 1 }, { tenants: tenantId, versions: ['2.0'], clockTolerance: 1 }],
  [
    'the longest clock skew',
    { clockSkew: 600 },
    { tenants: tenantId, versions: ['2.0'], clockTolerance: 600 },
  ],
  ['a clock skew', { clockSkew: 60 }, { tenants: tenantId, versions: ['2.0'], clockTolerance: 60 }],
  [
    'an audience',
    { audience: `api://${api}`, validateIssuer: false },
    { tenants: tenantId, audience: [`api://${api}`] },
  ],
  [
    'more options of createVerifier',
    { allowWithoutPermissions: true },
    { tenants: tenantId, versions: ['2.0'], allowWithoutPermissions: true },
  ],
]

describe('in options of createVerifier', () => {
  it.each(meanings)('%s', (_, given, meant) => {
    const { verifier: translated } = translateOptions(options(given))
    expect(translated).toEqual({ audience: [api, `spn:${api}`], clockTolerance: 300, ...meant })
    expect(() => createVerifier(translated)).not.toThrow()
    expect(new BearerStrategy(options(given), verify).name).toBe('oauth-bearer')
  })

  it('scopes are an access', () => {
    expect(translateOptions(options({ scope: ['a', 'b'] })).access).toEqual({ scopes: ['a', 'b'] })
    expect(translateOptions(options({})).access).toBeUndefined()
  })

  it('the tenant of a route counts with common alone', () => {
    expect(
      translateOptions(options({ identityMetadata: metadataOf('common') }), 'fabrikam.com').verifier,
    ).toMatchObject({ tenants: 'fabrikam.com', versions: ['2.0'] })
    expect(translateOptions(options({}), 'fabrikam.com').verifier).toMatchObject({ tenants: tenantId })
  })
})

describe('the new form', () => {
  it.each([
    ['a verifier that is none', { verifier: {} }, /createVerifier/],
    ['no verifier', { verifier: undefined }, /createVerifier/],
    ['an option of the other form', { verifier, clientID: api }, /clientID/],
    [
      'scope of the other form',
      { verifier, scope: ['Orders.Read'] },
      /write access: \{ scopes: \[\.\.\.\] \}/,
    ],
    ['an access that admits nobody', { verifier, access: {} }, /access|admit/i],
    ['an access with a typo', { verifier, access: { scope: ['Orders.Read'] } }, /scope/],
    ['passReqToCallback as text', { verifier, passReqToCallback: 'true' }, /passReqToCallback/],
    ['passReqToCallback without a function', { verifier, passReqToCallback: true }, /verify/],
  ])('%s is a TypeError at construction', (_, wrong, message) => {
    const make = (): unknown => new BearerStrategy(wrong as never)
    expect(make).toThrow(TypeError)
    expect(make).toThrow(message)
  })
})
