import { describe, expect, it } from 'vitest'

import { createVerifier, microsoftIdentityOptions, type MicrosoftIdentitySettings } from '../../src/index.ts'
import { fixture } from '../support/fixture.ts'
import { apiId, clock, documents, issue, tenantId } from '../support/issuer.ts'
import { outcomeOf } from '../support/outcome.ts'

interface Row {
  readonly id: string
  readonly input:
    | string
    | {
        readonly instance?: string
        readonly tenantId?: string
        readonly domain?: string
        readonly policy?: string
      }
  readonly expectedV2Authority?: string
  readonly expectedAuthority?: string
}

function settingsOf({ input }: Row): MicrosoftIdentitySettings {
  if (typeof input === 'string') return { Authority: input, ClientId: apiId }
  const { instance, tenantId: tenant, domain, policy } = input
  return {
    ClientId: apiId,
    ...(instance !== undefined && { Instance: instance }),
    ...(tenant !== undefined && { TenantId: tenant }),
    ...(domain !== undefined && { Domain: domain }),
    ...(policy !== undefined && { SignUpSignInPolicyId: policy }),
  }
}

/** The first address that a verifier with these settings asks for. */
async function addressOf(settings: MicrosoftIdentitySettings): Promise<string | undefined> {
  const asked: string[] = []
  const verifier = createVerifier({
    ...microsoftIdentityOptions(settings),
    fetch: async (input) => {
      asked.push(String(input))
      throw new Error('nothing answers here')
    },
  })
  await expect(verifier.prefetch()).rejects.toMatchObject({ code: 'metadata_unavailable' })
  return asked[0]
}

const wellKnown = '.well-known/openid-configuration'
const { cases } = fixture<{ cases: readonly Row[] }>('authority-normalisation-cases.json')
const isPastedCommon = ({ input }: Row): boolean => typeof input === 'string' && input.includes('/common')
// Its tenant stands only as a name in the path: nothing would tie the keys of that host to a tenant id.
const isCustomB2cDomain = ({ id }: Row): boolean => id === 'b2c custom v2'
const carried = cases.filter((row) => !isPastedCommon(row) && !isCustomB2cDomain(row))

const cloudOf = (Instance: string): unknown =>
  microsoftIdentityOptions({ Instance, TenantId: tenantId, ClientId: apiId }).cloud

describe('settings of Microsoft.Identity.Web', () => {
  it.each(carried)('lead to the same metadata: $id', async (row) => {
    const authority = row.expectedV2Authority ?? `${row.expectedAuthority?.replace(/\/$/, '')}/v2.0`
    expect(await addressOf(settingsOf(row))).toBe(`${authority}/${wellKnown}`)
  })

  it.each(cases.filter(isPastedCommon))('refuse every tenant in a pasted address: $id', (row) => {
    expect(() => microsoftIdentityOptions(settingsOf(row))).toThrow(/TenantId: "common"|must have no query/)
  })

  it.each(cases.filter(isCustomB2cDomain))(
    'need the id of the tenant behind a custom domain: $id',
    async (row) => {
      expect(() => microsoftIdentityOptions(settingsOf(row))).toThrow(/TenantId must be the GUID/)
      expect(await addressOf({ ...settingsOf(row), TenantId: tenantId })).toBe(
        `https://public.msidlabb2c.com/${tenantId}/B2C_1_signupsignin_userflow/v2.0/${wellKnown}`,
      )
    },
  )

  it('accept by default what Microsoft.Identity.Web accepts', () => {
    const entra = { Instance: 'https://login.microsoftonline.com/', TenantId: tenantId }
    expect(microsoftIdentityOptions({ ...entra, ClientId: apiId.toUpperCase() })).toEqual({
      tenants: tenantId,
      audience: [apiId, `api://${apiId}`],
    })
    expect(microsoftIdentityOptions({ ...entra, ClientId: apiId, Audience: 'api://orders' }).audience).toBe(
      'api://orders',
    )
    const ciam = { Authority: 'https://contoso.ciamlogin.com/', TenantId: tenantId, ClientId: apiId }
    expect(microsoftIdentityOptions(ciam)).toEqual({
      authority: { kind: 'externalId', subdomain: 'contoso', tenantId },
      audience: [apiId],
    })
    const b2c = {
      Instance: 'https://contoso.b2clogin.com',
      Domain: 'contoso.onmicrosoft.com',
      TenantId: tenantId,
      SignUpSignInPolicyId: 'B2C_1_susi',
      ClientId: apiId,
    }
    expect(microsoftIdentityOptions(b2c)).toMatchObject({
      authority: { kind: 'b2c', domain: 'contoso.b2clogin.com', tenantId, policies: ['B2C_1_susi'] },
      audience: [apiId],
    })
  })

  it('name the cloud by its host', () => {
    expect(cloudOf('https://login.microsoftonline.com')).toBeUndefined()
    expect(cloudOf('https://login.windows.net/')).toBeUndefined()
    expect(cloudOf('https://login.microsoftonline.us/')).toBe('usgov')
    expect(cloudOf('https://login.chinacloudapi.cn')).toBe('china')
    expect(() => cloudOf('https://login.example.com')).toThrow(/loginHost/)
  })

  it('keep every tenant where the settings say so', () => {
    const settings = { Instance: 'https://login.microsoftonline.com/', ClientId: apiId }
    for (const TenantId of ['common', 'organizations', 'consumers', 'contoso.onmicrosoft.com']) {
      expect(microsoftIdentityOptions({ ...settings, TenantId }).tenants).toBe(TenantId)
    }
    expect(() => microsoftIdentityOptions(settings)).toThrow(/TenantId is missing/)
  })

  it('take a metadata address as it is, with the app that it names', async () => {
    const MetadataAddress = `https://login.microsoftonline.com/${tenantId}/v2.0/${wellKnown}?appid=${apiId}`
    const settings = { Instance: 'https://login.microsoftonline.com/', TenantId: tenantId, ClientId: apiId }
    expect(await addressOf({ ...settings, MetadataAddress })).toBe(MetadataAddress)
    expect(() => microsoftIdentityOptions({ ...settings, TenantId: apiId, MetadataAddress })).toThrow(
      /contradict/,
    )
  })

  describe('beside a metadata address', () => {
    const host = 'https://login.microsoftonline.com'
    const byDomain = `${host}/contoso.com/v2.0/${wellKnown}`

    it.each<readonly [string, object, string]>([
      [
        'of a domain: TenantId',
        { TenantId: tenantId, MetadataAddress: byDomain },
        `${host}/${tenantId}/v2.0/${wellKnown}`,
      ],
      [
        'of a domain: Authority',
        { Authority: `${host}/${tenantId}/v2.0`, MetadataAddress: byDomain },
        `${host}/${tenantId}/v2.0/${wellKnown}`,
      ],
      [
        'of a domain, with an app',
        { TenantId: tenantId.toUpperCase(), MetadataAddress: `${byDomain}?appid=${apiId}` },
        `${host}/${tenantId}/v2.0/${wellKnown}?appid=${apiId}`,
      ],
      [
        'of every tenant',
        { TenantId: tenantId, MetadataAddress: `${host}/common/v2.0/${wellKnown}` },
        `${host}/${tenantId}/v2.0/${wellKnown}`,
      ],
      [
        'of v1.0',
        { TenantId: tenantId, MetadataAddress: `${host}/contoso.com/${wellKnown}` },
        `${host}/${tenantId}/${wellKnown}`,
      ],
      [
        'of External ID',
        {
          TenantId: tenantId,
          MetadataAddress: `https://contoso.ciamlogin.com/contoso.onmicrosoft.com/v2.0/${wellKnown}`,
        },
        `https://contoso.ciamlogin.com/${tenantId}/v2.0/${wellKnown}`,
      ],
      [
        'of B2C',
        {
          TenantId: tenantId,
          MetadataAddress: `https://contoso.b2clogin.com/tfp/contoso.onmicrosoft.com/B2C_1_susi/v2.0/${wellKnown}`,
        },
        `https://contoso.b2clogin.com/tfp/${tenantId}/B2C_1_susi/v2.0/${wellKnown}`,
      ],
      ['of the same tenant by domain', { TenantId: 'Contoso.com', MetadataAddress: byDomain }, byDomain],
      [
        'of the same cloud under another name',
        { Instance: 'https://login.windows.net/', MetadataAddress: byDomain },
        byDomain,
      ],
    ])('the tenant that is named by its id is the one that counts: %s', async (_what, settings, address) => {
      expect(await addressOf({ ...settings, ClientId: apiId })).toBe(address)
    })

    it('accepts tokens of that tenant alone', async () => {
      const options = microsoftIdentityOptions({
        TenantId: tenantId,
        MetadataAddress: byDomain,
        ClientId: apiId,
      })
      const other = '99999999-9999-4999-8999-999999999999'
      const verifier = createVerifier({
        ...options,
        fetch: documents({ issuer: `${host}/${other}/v2.0` }),
        now: () => clock * 1000,
      })
      const token = await issue({ tid: other, iss: `${host}/${other}/v2.0` })
      expect(await outcomeOf(verifier.verify(token))).toBe('issuer_unknown')
    })

    it.each<readonly [string, object]>([
      [
        'Instance of another cloud',
        { Instance: 'https://login.microsoftonline.us/', MetadataAddress: byDomain },
      ],
      ['Instance of B2C', { Instance: 'https://contoso.b2clogin.com', MetadataAddress: byDomain }],
      [
        'Instance of another directory',
        {
          Instance: 'https://fabrikam.ciamlogin.com',
          MetadataAddress: `https://contoso.ciamlogin.com/${tenantId}/v2.0/${wellKnown}`,
        },
      ],
      [
        'Authority of another cloud',
        { Authority: `https://login.microsoftonline.us/${tenantId}`, MetadataAddress: byDomain },
      ],
      ['Authority of another tenant', { Authority: `${host}/fabrikam.com`, MetadataAddress: byDomain }],
      [
        'Authority of another policy',
        {
          Authority: 'https://contoso.b2clogin.com/contoso.onmicrosoft.com/B2C_1_weak',
          MetadataAddress: `https://contoso.b2clogin.com/contoso.onmicrosoft.com/B2C_1_susi/v2.0/${wellKnown}`,
        },
      ],
      ['TenantId of another domain', { TenantId: 'fabrikam.com', MetadataAddress: byDomain }],
      [
        'TenantId beside an Authority of another tenant',
        { TenantId: tenantId, Authority: `${host}/${apiId}`, MetadataAddress: byDomain },
      ],
    ])('what contradicts it is refused, not dropped: %s', (_what, settings) => {
      expect(() => microsoftIdentityOptions({ ...settings, ClientId: apiId })).toThrow(
        /contradict each other/,
      )
    })

    it('a policy that the address does not name is refused', () => {
      const settings = { SignUpSignInPolicyId: 'B2C_1_susi', TenantId: tenantId, MetadataAddress: byDomain }
      expect(() => microsoftIdentityOptions({ ...settings, ClientId: apiId })).toThrow(/names no policy/)
    })
  })

  it.each([
    `https://login.microsoftonline.com/${tenantId}/oauth2`,
    `https://login.microsoftonline.com/${tenantId}/v2.0/x`,
    `https://contoso.b2clogin.com/contoso.onmicrosoft.com/B2C_1_susi/x`,
  ])('refuse an authority with something else in its path: %s', (Authority) => {
    expect(() => microsoftIdentityOptions({ Authority, ClientId: apiId })).toThrow(/with or without/)
  })

  describe.each([
    ['Instance', { TenantId: tenantId, Instance: 'https://login.microsoftonline.com/' }],
    ['Authority', { Authority: `https://login.microsoftonline.com/${tenantId}/v2.0` }],
    [
      'MetadataAddress',
      { MetadataAddress: `https://login.microsoftonline.com/${tenantId}/v2.0/${wellKnown}` },
    ],
  ] as const)('with an address in %s', (name, settings) => {
    const address = String(Object.entries(settings).find(([key]) => key === name)?.[1])

    it('are taken as it is written plainly', () => {
      expect(() => microsoftIdentityOptions({ ...settings, ClientId: apiId })).not.toThrow()
    })

    it.each([
      ['a user', address.replace('//', '//user@')],
      ['a user and a password', address.replace('//', '//user:secret@')],
      ['a password alone', address.replace('//', '//:secret@')],
      ['a port', address.replace('.com/', '.com:8443/')],
      ['a fragment', `${address}#tenant`],
    ])('are refused with %s in it, and nothing of it is dropped or shown', (_what, odd) => {
      const make = (): unknown => microsoftIdentityOptions({ ...settings, [name]: odd, ClientId: apiId })
      expect(make).toThrow(`${name} must be an https URL without user, port and fragment`)
      expect(make).not.toThrow(/secret/)
    })
  })

  it('prefer the id of a tenant to its name, and never the wider of the two', () => {
    const ClientId = apiId
    for (const [TenantId, inPath] of [
      ['common', tenantId],
      [tenantId, 'common'],
      ['contoso.com', tenantId],
      [tenantId, 'contoso.com'],
    ] as const) {
      const Authority = `https://login.microsoftonline.com/${inPath}/v2.0`
      expect(microsoftIdentityOptions({ Authority, TenantId, ClientId }).tenants).toBe(tenantId)
    }
  })

  it('count as absent when they are empty', () => {
    const settings = { TenantId: tenantId, ClientId: apiId, Audience: '', Authority: '', Domain: '' }
    expect(microsoftIdentityOptions(settings).audience).toEqual([apiId, `api://${apiId}`])
  })

  it.each([
    ['ClientSecret', 'x', /no credential/],
    ['CallbackPath', '/signin-oidc', /sign users in/],
    ['Scopes', 'access_as_user', /on each route/],
    ['EditProfilePolicyId', 'B2C_1_edit', /policies/],
    ['AllowWebApiToBeAuthorizedByACL', true, /allowWithoutPermissions/],
    ['tenantId', tenantId, /write TenantId/],
    ['Nonsense', 'x', /leave it out/],
    ['ClientId', '[Enter the Client Id]', /GUID/],
    ['ClientId', '', /GUID/],
    ['Instance', 'http://login.microsoftonline.com/', /https/],
    ['Instance', 'login.microsoftonline.com', /https/],
    ['Instance', `https://login.microsoftonline.com/${apiId}`, /without a path/],
    ['TenantId', 'my tenant', /tenants must be/],
    ['SignUpSignInPolicyId', 'signin', /policies/],
    ['Authority', `https://login.microsoftonline.com/${tenantId}`, /exclude each other/],
  ])('that do not carry over say what to write instead: %s %j', (name, value, message) => {
    const settings = { Instance: 'https://login.microsoftonline.com/', TenantId: tenantId, ClientId: apiId }
    expect(() => microsoftIdentityOptions({ ...settings, [name]: value })).toThrow(message)
    expect(() => microsoftIdentityOptions({ ...settings, [name]: value })).toThrow(TypeError)
  })

  it.each<readonly [string, object, RegExp]>([
    ['a list for one text', { TenantId: [tenantId] }, /TenantId must be a string/],
    ['a number for one text', { TenantId: 7 }, /TenantId must be a string/],
    ['a number for the audience', { Audience: 7 }, /Audience must be a string/],
    ['an object for the audience', { Audience: {} }, /Audience must be a string/],
    [
      'a query of an app',
      { TenantId: '', Authority: `https://login.microsoftonline.com/${tenantId}?appid=${apiId}` },
      /no query/,
    ],
    [
      'External ID without its tenant',
      { TenantId: '', Authority: 'https://contoso.ciamlogin.com/' },
      /GUID of the External ID/,
    ],
    [
      'External ID by the name of its tenant',
      { TenantId: 'contoso.onmicrosoft.com', Authority: 'https://contoso.ciamlogin.com/' },
      /GUID of the External ID/,
    ],
    ['B2C without a policy', { Instance: 'https://contoso.b2clogin.com' }, /SignUpSignInPolicyId is missing/],
    [
      'B2C without its tenant',
      { TenantId: '', Instance: 'https://contoso.b2clogin.com', SignUpSignInPolicyId: 'B2C_1_susi' },
      /Domain or TenantId is missing/,
    ],
    [
      'a metadata address without a tenant',
      {
        Authority: `https://login.microsoftonline.com/${tenantId}`,
        MetadataAddress: 'https://login.microsoftonline.com/',
      },
      /its path must be one tenant/,
    ],
    [
      'two tenants',
      { MetadataAddress: `https://login.microsoftonline.com/${apiId}/v2.0/${wellKnown}` },
      /: TenantId and MetadataAddress contradict each other/,
    ],
    [
      'two tenants, of which an authority names one',
      {
        TenantId: '',
        Authority: `https://login.microsoftonline.com/${tenantId}`,
        MetadataAddress: `https://login.microsoftonline.com/${apiId}/v2.0/${wellKnown}`,
      },
      /: MetadataAddress and Authority contradict each other/,
    ],
    [
      'two tenants beside a domain, which could be of either',
      {
        TenantId: 'contoso.com',
        Authority: `https://login.microsoftonline.com/${tenantId}`,
        MetadataAddress: `https://login.microsoftonline.com/${apiId}/v2.0/${wellKnown}`,
      },
      /: MetadataAddress and Authority contradict each other/,
    ],
    [
      'two hosts',
      {
        Authority: `https://login.microsoftonline.us/${tenantId}`,
        MetadataAddress: `https://login.microsoftonline.com/${tenantId}/v2.0/${wellKnown}`,
      },
      /: Authority and MetadataAddress contradict each other/,
    ],
    [
      'every tenant of organizations, in a pasted address',
      { TenantId: '', Authority: 'https://login.microsoftonline.com/organizations/v2.0' },
      /Authority ends in "organizations": to accept every tenant, write TenantId: "organizations"/,
    ],
    [
      'two policies',
      {
        SignUpSignInPolicyId: 'B2C_1_other',
        MetadataAddress: `https://contoso.b2clogin.com/${tenantId}/v2.0/${wellKnown}?p=B2C_1_susi`,
      },
      /: SignUpSignInPolicyId and MetadataAddress contradict each other/,
    ],
    [
      'two policies, of which an authority names one',
      {
        Authority: `https://contoso.b2clogin.com/${tenantId}/B2C_1_other`,
        MetadataAddress: `https://contoso.b2clogin.com/${tenantId}/B2C_1_susi/v2.0/${wellKnown}`,
      },
      /: MetadataAddress and Authority contradict each other/,
    ],
  ])('of which nothing can be made say so: %s', (_what, changes, message) => {
    expect(() =>
      microsoftIdentityOptions({
        TenantId: tenantId,
        ClientId: apiId,
        ...changes,
      }),
    ).toThrow(message)
  })

  it.each([null, undefined, 'AzureAd', 7])('are an object, and not %j', (settings) => {
    expect(() => microsoftIdentityOptions(settings as unknown as MicrosoftIdentitySettings)).toThrow(
      /needs an object of settings/,
    )
  })

  it('may list audiences, and count as absent where they are null', () => {
    const settings = { TenantId: tenantId, ClientId: apiId, Domain: null, Authority: undefined }
    const optionsOf = (Audience: unknown): unknown =>
      microsoftIdentityOptions({ ...settings, Audience } as unknown as MicrosoftIdentitySettings).audience
    expect(optionsOf([apiId, 'api://orders'])).toEqual([apiId, 'api://orders'])
    for (const absent of [null, undefined, '']) expect(optionsOf(absent)).toEqual([apiId, `api://${apiId}`])
  })

  it.each(['common.contoso.com', 'contoso.organizations'])('take the domain %s for what it is', (domain) => {
    const Authority = `https://login.microsoftonline.com/${domain}/v2.0`
    expect(microsoftIdentityOptions({ Authority, ClientId: apiId }).tenants).toBe(domain)
  })

  it.each([
    `https://login.microsoftonline.com/Contoso.com/v2.0/${wellKnown}`,
    `https://login.microsoftonline.com/${tenantId.toUpperCase()}/v2.0/${wellKnown}`,
  ])('keep the letters of a metadata address: %s', (MetadataAddress) => {
    expect(microsoftIdentityOptions({ MetadataAddress, ClientId: apiId }).authority).toBe(MetadataAddress)
  })

  it('may name one B2C host and one policy twice', () => {
    const MetadataAddress = `https://contoso.b2clogin.com/${tenantId}/v2.0/${wellKnown}?p=B2C_1_susi`
    const settings = { SignUpSignInPolicyId: 'b2c_1_SUSI', Instance: 'https://contoso.b2clogin.com/' }
    expect(microsoftIdentityOptions({ ...settings, MetadataAddress, ClientId: apiId }).authority).toBe(
      MetadataAddress,
    )
  })

  it('that a class computes are refused: a narrower audience must not turn into the default', () => {
    class Section {
      readonly TenantId = tenantId
      readonly ClientId = apiId
      get Audience(): string {
        return 'api://orders'
      }
    }
    expect(() => microsoftIdentityOptions(new Section())).toThrow(/Audience is inherited/)
  })
})
