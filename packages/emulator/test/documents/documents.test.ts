import { createHash, X509Certificate } from 'node:crypto'

import { createLocalJWKSet, jwtVerify, type JSONWebKeySet } from 'jose'
import { describe, expect, it } from 'vitest'

import { createEmulator, defaults, type Emulator } from '../../src/index.ts'

const MICROSOFT = 'https://login.microsoftonline.com'

interface Metadata {
  readonly issuer: string
  readonly jwks_uri: string
  readonly [name: string]: unknown
}

type EntraJwk = JSONWebKeySet['keys'][number] & {
  issuer?: string
  cloud_instance_name?: string
  x5c?: string[]
}

async function metadata(entra: Emulator, url: string): Promise<Metadata> {
  const response = await entra.fetch(url)
  expect(response.status).toBe(200)
  return (await response.json()) as Metadata
}

async function keys(entra: Emulator, url: string): Promise<EntraJwk[]> {
  const response = await entra.fetch(url)
  expect(response.status).toBe(200)
  return ((await response.json()) as { keys: EntraJwk[] }).keys
}

async function accepts(entra: Emulator, metadataUrl: string, token: string): Promise<boolean> {
  const { jwks_uri } = await metadata(entra, metadataUrl)
  const response = await entra.fetch(jwks_uri)
  const find = createLocalJWKSet((await response.json()) as JSONWebKeySet)
  return jwtVerify(token, find, { currentDate: new Date(entra.now()) }).then(
    () => true,
    () => false,
  )
}

describe('metadata', () => {
  it('names the real issuer of one tenant, asked for by GUID or by domain', async () => {
    const entra = await createEmulator()
    const { tenantId } = defaults
    for (const segment of [tenantId, 'contoso.onmicrosoft.com', 'CONTOSO.com']) {
      const v2 = await metadata(entra, `${MICROSOFT}/${segment}/v2.0/.well-known/openid-configuration`)
      expect(v2.issuer).toBe(`${MICROSOFT}/${tenantId}/v2.0`)
      expect(v2.jwks_uri).toBe(`${MICROSOFT}/${tenantId}/discovery/v2.0/keys`)
      const v1 = await metadata(entra, `${MICROSOFT}/${segment}/.well-known/openid-configuration`)
      expect(v1.issuer).toBe(`https://sts.windows.net/${tenantId}/`)
      expect(v1.jwks_uri).toBe(`${MICROSOFT}/${tenantId}/discovery/keys`)
    }
  })

  it('has a template issuer in common and organizations, and the personal tenant in consumers', async () => {
    const entra = await createEmulator()
    const issuer = async (name: string): Promise<string> =>
      (await metadata(entra, `${MICROSOFT}/${name}/v2.0/.well-known/openid-configuration`)).issuer
    expect(await issuer('common')).toBe(`${MICROSOFT}/{tenantid}/v2.0`)
    expect(await issuer('organizations')).toBe(`${MICROSOFT}/{tenantid}/v2.0`)
    expect(await issuer('consumers')).toBe(`${MICROSOFT}/9188040d-6c67-4c5b-b112-36a304b66dad/v2.0`)
  })

  it('gives a tenant of another cloud the documents of its own cloud', async () => {
    const id = '77777777-7777-4777-8777-777777777777'
    const entra = await createEmulator({ tenants: [{ id, name: 'agency', cloud: 'usgov' }] })
    const document = await metadata(entra, `${MICROSOFT}/${id}/v2.0/.well-known/openid-configuration`)
    expect(document.issuer).toBe(`https://login.microsoftonline.us/${id}/v2.0`)
    expect(document['msgraph_host']).toBe('graph.microsoft.us')
    const v1 = await metadata(
      entra,
      `https://login.microsoftonline.us/${id}/.well-known/openid-configuration`,
    )
    expect(v1.issuer).toBe(`https://sts.windows.net/${id}/`)
  })

  it('says AADSTS90002 for a tenant that does not exist, and 404 for a page that does not', async () => {
    const entra = await createEmulator()
    const response = await entra.fetch(`${MICROSOFT}/nobody.example/v2.0/.well-known/openid-configuration`)
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({ error: 'invalid_tenant', error_codes: [90002] })
    expect((await entra.fetch(`${MICROSOFT}/common/nothing/here`)).status).toBe(404)
  })

  it('never goes to a host that is not Microsoft’s', async () => {
    const entra = await createEmulator()
    for (const url of ['https://example.com/', 'http://login.microsoftonline.com/', `${MICROSOFT}:8443/`]) {
      await expect(entra.fetch(url)).rejects.toThrow(TypeError)
    }
  })
})

describe('keys', () => {
  it('carry a real certificate whose SHA-1 is the kid, and never an alg', async () => {
    const entra = await createEmulator()
    for (const key of await keys(entra, `${MICROSOFT}/common/discovery/v2.0/keys`)) {
      const der = Buffer.from(key.x5c?.[0] ?? '', 'base64')
      const certificate = new X509Certificate(der)
      expect(certificate.verify(certificate.publicKey)).toBe(true)
      expect(certificate.publicKey.export({ format: 'jwk' })).toMatchObject({ n: key.n, e: 'AQAB' })
      expect(createHash('sha1').update(der).digest('base64url')).toBe(key.kid)
      expect(Object.keys(key)).toStrictEqual('kty use kid x5t n e x5c cloud_instance_name issuer'.split(' '))
    }
  })

  it('bind personal accounts to their tenant in common and consumers, and leave them out elsewhere', async () => {
    const entra = await createEmulator()
    const personal = `${MICROSOFT}/9188040d-6c67-4c5b-b112-36a304b66dad/v2.0`
    const issuers = async (name: string): Promise<unknown[]> =>
      (await keys(entra, `${MICROSOFT}/${name}/discovery/v2.0/keys`)).map(({ issuer }) => issuer)
    expect(await issuers('common')).toContain(personal)
    expect(await issuers('consumers')).toStrictEqual([personal])
    expect(await issuers('organizations')).not.toContain(personal)
    expect(new Set(await issuers('contoso.com'))).toStrictEqual(
      new Set([`${MICROSOFT}/${defaults.tenantId}/v2.0`]),
    )
  })

  it('have no issuer and no cloud in v1.0, and are a subset of the ones in v2.0', async () => {
    const entra = await createEmulator()
    const v1 = await keys(entra, `${MICROSOFT}/common/discovery/keys`)
    const v2 = await keys(entra, `${MICROSOFT}/common/discovery/v2.0/keys`)
    for (const key of v1) expect(Object.keys(key)).toStrictEqual('kty use kid x5t n e x5c'.split(' '))
    const known = new Set(v2.map(({ kid }) => kid))
    expect(v1.every(({ kid }) => known.has(kid))).toBe(true)
    expect(v1.length).toBeLessThan(v2.length)
  })

  it('are shared by the emulators of a process until one of them rotates', async () => {
    const [one, two] = [await createEmulator(), await createEmulator()]
    const url = `${MICROSOFT}/${defaults.tenantId}/discovery/v2.0/keys`
    expect(await keys(one, url)).toStrictEqual(await keys(two, url))
    const { kid } = await one.rotateKeys()
    expect((await keys(one, url)).map((key) => key.kid)).toContain(kid)
    expect((await keys(two, url)).map((key) => key.kid)).not.toContain(kid)
  })
})

describe('a token', () => {
  it('verifies with the keys of its own document, and with no other', async () => {
    const entra = await createEmulator({
      apps: [{}, { clientId: defaults.webClientId }, { clientId: defaults.daemonClientId }],
    })
    const [host, id] = ['contosob2c.b2clogin.com', defaults.b2cTenantId]
    const places: Record<string, string> = {
      tenant: `${MICROSOFT}/${defaults.tenantId}/v2.0/.well-known/openid-configuration`,
      tenantV1: `${MICROSOFT}/${defaults.tenantId}/.well-known/openid-configuration`,
      consumers: `${MICROSOFT}/consumers/v2.0/.well-known/openid-configuration`,
      userFlow: `https://${host}/${id}/B2C_1_susi/v2.0/.well-known/openid-configuration`,
      customPolicy: `https://${host}/contosob2c.onmicrosoft.com/v2.0/.well-known/openid-configuration?p=b2c_1a_signup_signin`,
      policyTwice: `https://${host}/${id}/B2C_1_susi/v2.0/.well-known/openid-configuration?p=B2C_1_susi`,
      externalId: `https://contosociam.ciamlogin.com/${defaults.externalIdTenantId}/v2.0/.well-known/openid-configuration`,
    }
    const tokens: Record<string, [string, string[]]> = {
      user: [await entra.issueUserToken(), ['tenant', 'tenantV1']],
      userV1: [await entra.issueUserToken({ version: '1.0' }), ['tenant', 'tenantV1']],
      app: [await entra.issueAppToken(), ['tenant', 'tenantV1']],
      personal: [await entra.issueUserToken({ personalAccount: true }), ['consumers']],
      b2c: [await entra.issueB2cToken(), ['userFlow', 'policyTwice']],
      b2cCustom: [await entra.issueB2cToken({ policy: 'b2c_1a_signup_signin' }), ['customPolicy']],
      external: [await entra.issueUserToken({ tenantId: defaults.externalIdTenantId }), ['externalId']],
      unknown: [await entra.issueUserToken({ signWith: 'unknown' }), []],
      appKey: [await entra.issueUserToken({ signWith: 'app' }), []],
    }
    for (const [name, [token, expected]] of Object.entries(tokens)) {
      const accepted = []
      for (const [place, url] of Object.entries(places))
        if (await accepts(entra, url, token)) accepted.push(place)
      expect([name, accepted]).toStrictEqual([name, expected])
    }
  })

  it('of an app with a key of its own verifies with the ?appid= document only', async () => {
    const entra = await createEmulator({ apps: [{ claimsMapping: { department: 'Sales' } }] })
    const address = `${MICROSOFT}/${defaults.tenantId}/v2.0/.well-known/openid-configuration`
    const token = await entra.issueUserToken()
    expect(await accepts(entra, address, token)).toBe(false)
    expect(await accepts(entra, `${address}?appid=${defaults.apiClientId}`, token)).toBe(true)
  })
})
