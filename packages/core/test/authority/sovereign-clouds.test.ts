import { describe, expect, it } from 'vitest'

import {
  clouds,
  combineVerifiers,
  createVerifier,
  microsoftIdentityOptions,
  type Cloud,
  type VerifierOptions,
} from '../../src/index.ts'
import { explain } from '../../src/explain.ts'
import { apiId, documents, issue, tenantId, verifierFor, type Members } from '../support/issuer.ts'
import { outcomeOf } from '../support/outcome.ts'

/** https://github.com/AzureAD/microsoft-authentication-library-for-js/pull/8301 and the national clouds of MSAL.NET. */
const sovereign = [
  ['bleu', 'login.sovcloud-identity.fr', 'graph.svc.sovcloud.fr'],
  ['delos', 'login.sovcloud-identity.de', 'graph.svc.sovcloud.de'],
  ['govsg', 'login.sovcloud-identity.sg', 'graph.svc.sovcloud.sg'],
] as const

const other = '775527ff-9a37-4307-8b3d-cc311f58d925'

describe.each(sovereign)('the cloud %s', (cloud, host, graphHost) => {
  const v2Issuer = `https://${host}/${tenantId}/v2.0`
  const fetch = documents({ issuer: v2Issuer, jwks_uri: `https://${host}/${tenantId}/discovery/v2.0/keys` })
  const inCloud = (options: Partial<VerifierOptions> = {}): ReturnType<typeof verifierFor> =>
    verifierFor({ cloud, fetch, ...options })

  it('is known by its name, and cannot be changed', () => {
    expect(clouds[cloud]).toEqual({ loginHost: host, v1IssuerHost: undefined, graphHosts: [graphHost] })
    expect(Object.isFrozen(clouds[cloud])).toBe(true)
  })

  it('has its v2.0 tokens accepted', async () => {
    const identity = await inCloud().verify(await issue({ iss: v2Issuer }))
    expect(identity).toMatchObject({ loginHost: host, tenantId, version: '2.0' })
  })

  it.each<[string, Members]>([
    ['the login host', { iss: `https://${host}/${tenantId}/`, ver: '1.0' }],
    ['the public cloud', { iss: `https://sts.windows.net/${tenantId}/`, ver: '1.0' }],
    ['the form of v2.0 tokens', { iss: v2Issuer, ver: '1.0' }],
    ['nothing', { iss: '', ver: '1.0' }],
    ['what stands for "not known"', { iss: 'not known', ver: '1.0' }],
  ])('refuses v1.0 tokens, whose issuer is not known: with that of %s', async (_name, claims) => {
    for (const tenants of [tenantId, [tenantId, other], 'organizations', 'contoso.com'])
      expect(await outcomeOf(inCloud({ tenants }).verify(await issue(claims)))).toMatch(
        /^(?:issuer_unknown|version_refused|metadata_invalid)$/,
      )
  })

  it.each(['', 'not known', `https://${host}/`, `https://${host}/{tenantid}/`])(
    'refuses a document whose issuer is %j',
    async (issuer) => {
      const outcome = outcomeOf(
        inCloud({ fetch: documents({ issuer }) }).verify(await issue({ iss: v2Issuer })),
      )
      expect(await outcome).toBe('metadata_invalid')
    },
  )

  it('is found in the text of an authority', async () => {
    const { cloud: _, tenants: __, ...options } = { cloud, tenants: tenantId, audience: apiId, fetch }
    for (const authority of [v2Issuer, `${v2Issuer}/.well-known/openid-configuration`]) {
      const verifier = verifierFor({ ...options, tenants: undefined, authority })
      expect(await outcomeOf(verifier.verify(await issue({ iss: v2Issuer })))).toBe('accepted')
    }
  })

  it('is found in the settings of Microsoft.Identity.Web', () => {
    const settings = { Instance: `https://${host}/`, TenantId: tenantId, ClientId: apiId }
    expect(microsoftIdentityOptions(settings)).toEqual({
      tenants: tenantId,
      cloud,
      audience: [apiId, `api://${apiId}`],
    })
    expect(() => createVerifier(microsoftIdentityOptions(settings))).not.toThrow()
  })

  it('throws at construction for what only v1.0 tokens would need', () => {
    expect(() => inCloud({ versions: ['1.0'] })).toThrow(/versions excludes 2\.0/)
    expect(() => inCloud({ audience: 'api://orders' })).toThrow(/only v2\.0 tokens/)
    expect(() => inCloud({ versions: ['1.0', '2.0'] })).not.toThrow()
  })

  it('stands beside the public cloud in combined verifiers', async () => {
    const combined = combineVerifiers(inCloud({ tenants: 'organizations' }), verifierFor())
    expect(await outcomeOf(combined.verify(await issue()))).toBe('accepted')
  })

  it('is named by explain', async () => {
    const { findings } = explain(await issue({ iss: v2Issuer }))
    expect(findings.find(({ id }) => id === 'national_cloud')?.advice).toBe(`Configure cloud: '${cloud}'.`)
  })

  it('has tokens of its Graph told apart', async () => {
    const token = await issue({ iss: v2Issuer, aud: `https://${graphHost}` })
    expect(await outcomeOf(inCloud().verify(token))).toBe('graph_token')
    expect(() => inCloud({ audience: `https://${graphHost}/` })).toThrow(/Graph/)
  })
})

const make = (cloud: Cloud): unknown => verifierFor({ cloud })

describe('a cloud as data whose v1.0 issuer is not known', () => {
  it('says so, because a forgotten one is a mistake', () => {
    const loginHost = 'login.example.com'
    expect(() => make({ loginHost, v1IssuerHost: undefined })).not.toThrow()
    expect(() => make({ loginHost } as Cloud)).toThrow(/v1IssuerHost/)
    expect(() => make({ loginHost, v1IssuerHost: '' })).toThrow(/v1IssuerHost/)
    expect(() => make({ loginHost, v1IssuerHost: null as never })).toThrow(/v1IssuerHost/)
  })
})
