import { createHash } from 'node:crypto'

import { importPKCS8, SignJWT, UnsecuredJWT, exportJWK, generateKeyPair, type CryptoKey } from 'jose'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'

import { createEmulator, defaults, type Emulator } from '../../src/index.ts'
import { clientCertificate, type ClientCertificate } from '../support.ts'
import { askToken, codes, ROOT } from './caller.ts'

const { tenantId, apiClientId: api, daemonClientId: daemon } = defaults
const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
const NOW = Math.floor(Date.now() / 1000)

let entra: Emulator
let own: ClientCertificate
let second: ClientCertificate

beforeAll(async () => {
  ;[own, second] = [await clientCertificate(), await clientCertificate()]
})

const thumbprint = ({ certificate }: ClientCertificate, hash: 'sha1' | 'sha256'): string =>
  createHash(hash)
    .update(Buffer.from(certificate.replace(/-----.*-----|\s/g, ''), 'base64'))
    .digest('base64url')

type Form = Readonly<Record<string, string>>

/** What a client credentials request of this client gets: 200, or the code of its refusal. */
const present = async (
  clientId: string,
  assertion: string,
  more: Form = {},
  root = ROOT,
): Promise<unknown> => {
  const form = {
    grant_type: 'client_credentials',
    client_id: clientId,
    scope: `api://${api}/.default`,
    client_assertion_type: ASSERTION_TYPE,
    client_assertion: assertion,
    ...more,
  }
  const answer = await askToken(entra, form, { root })
  return answer.status === 200 ? 200 : codes(answer)[1]
}

interface Made {
  readonly alg?: string
  readonly header?: object
  readonly claims?: Record<string, unknown>
  readonly by?: ClientCertificate
}
const sign = async ({ alg = 'RS256', header, claims, by = own }: Made = {}): Promise<string> =>
  new SignJWT({ iss: daemon, sub: daemon, aud: `${ROOT}/token`, exp: NOW + 300, ...claims })
    .setProtectedHeader({ alg, ...(header ?? { 'x5t#S256': thumbprint(by, 'sha256') }) })
    .sign(await importPKCS8(by.privateKey, alg))

describe('an assertion by certificate', () => {
  beforeEach(async () => {
    const certificates = [second.certificate, own.certificate]
    entra = await createEmulator({
      now: () => NOW * 1000,
      apps: [
        { clientId: api, multiTenant: true },
        { clientId: daemon, certificates, multiTenant: true },
      ],
    })
  })

  const login = 'https://login.microsoftonline.com'
  const domain = `${login}/contoso.onmicrosoft.com`
  it.each<[string, () => Made, string?]>([
    ['by RS256', () => ({ alg: 'RS256' })],
    ['by PS256', () => ({ alg: 'PS256' })],
    ['by another certificate of the registration', () => ({ by: second })],
    ['that names it by SHA-1', () => ({ header: { x5t: thumbprint(own, 'sha1') } })],
    ['that names it by SHA-1, filled up', () => ({ header: { x5t: `${thumbprint(own, 'sha1')}=` } })],
    ['for the v1.0 endpoint', () => ({ claims: { aud: `${login}/${tenantId}/oauth2/token` } })],
    ['for the issuer', () => ({ claims: { aud: `${login}/${tenantId}/v2.0` } })],
    ['for the address by domain', () => ({ claims: { aud: `${domain}/oauth2/v2.0/token` } }), domain],
    ['for the address by id, sent to that by domain', () => ({}), domain],
    ['as old as the tolerance', () => ({ claims: { exp: NOW - 299 } })],
  ])('is taken %s', async (_, made, at = `${login}/${tenantId}`) => {
    expect(await present(daemon, await sign(made()), {}, `${at}/oauth2/v2.0`)).toBe(200)
  })

  it.each<[string, () => Made, number]>([
    ['is about another subject', () => ({ claims: { sub: api } }), 700021],
    ['has no subject', () => ({ claims: { sub: undefined } }), 700021],
    ['is for another tenant', () => ({ claims: { aud: ROOT.replace(tenantId, 'common') } }), 700023],
    ['is for nobody', () => ({ claims: { aud: undefined } }), 700023],
    ['has no end', () => ({ claims: { exp: undefined } }), 700024],
    ['is past its end', () => ({ claims: { exp: NOW - 301 } }), 700024],
    ['begins later', () => ({ claims: { nbf: NOW + 400 } }), 700024],
    ['names no certificate', () => ({ header: {} }), 700027],
    ['names its certificate by a number', () => ({ header: { 'x5t#S256': 7 } }), 700027],
    [
      'names it by a thumbprint with a = in its midst',
      () => ({ header: { 'x5t#S256': thumbprint(own, 'sha256').replace(/.{9}/, '$&=') } }),
      700027,
    ],
    [
      'names the certificate of another key',
      () => ({ header: { 'x5t#S256': thumbprint(second, 'sha256') } }),
      700027,
    ],
    ['is signed by an algorithm that is not taken', () => ({ alg: 'RS512' }), 700027],
  ])('is refused where it %s', async (_, made, code) => {
    expect(await present(daemon, await sign(made()))).toBe(code)
  })

  it('is taken for the address of organizations, sent to another name of the same host', async () => {
    const form = {
      grant_type: 'password',
      username: 'ada@contoso.com',
      password: defaults.password,
      scope: `api://${api}/Orders.Read`,
    }
    const aud = `${login}/organizations/oauth2/v2.0/token`
    const at = 'https://login.windows.net/organizations/oauth2/v2.0'
    expect(await present(daemon, await sign({ claims: { aud } }), form, at)).toBe(200)
  })

  it('is refused unsigned, or without its type, or with another one', async () => {
    const unsigned = new UnsecuredJWT({ iss: daemon, sub: daemon, aud: `${ROOT}/token`, exp: NOW + 300 })
    expect(await present(daemon, unsigned.encode())).toBe(700027)
    const good = await sign()
    for (const type of ['', 'jwt-bearer', ASSERTION_TYPE.toUpperCase()])
      expect(await present(daemon, good, { client_assertion_type: type })).toBe(700027)
    expect(await present(daemon, good)).toBe(200)
  })
})

const ownIssuer = `https://login.microsoftonline.com/${tenantId}/v2.0`
const managed = defaults.managedIdentityClientId
/** A token of a managed identity of the emulator. */
const issue = (more: object = {}): Promise<string> =>
  entra.issueAppToken({
    audience: 'api://AzureADTokenExchange',
    claims: { iss: ownIssuer, sub: managed, aud: 'api://AzureADTokenExchange' },
    ...more,
  })

describe('an assertion of another issuer', () => {
  const issuer = 'https://issuer.example'
  const subject = 'worker'
  let keys: { readonly publicKey: CryptoKey; readonly privateKey: CryptoKey }
  beforeAll(async () => {
    keys = await generateKeyPair('RS256')
  })

  beforeEach(async () => {
    const jwk = { ...(await exportJWK(keys.publicKey)), alg: 'RS256' }
    entra = await createEmulator({
      now: () => NOW * 1000,
      apps: [
        { clientId: api },
        {
          clientId: daemon,
          federatedCredentials: [
            // A key without a type is none.
            { issuer, subject, keys: { keys: [{ n: 'AQAB' }, jwk] } },
            { issuer, subject: 'other', audience: 'api://other', keys: { keys: [jwk] } },
            { issuer: ownIssuer, subject: managed },
          ],
        },
      ],
    })
  })

  const token = async (claims: Record<string, unknown> = {}): Promise<string> =>
    new SignJWT({ iss: issuer, sub: subject, aud: 'api://AzureADTokenExchange', exp: NOW + 300, ...claims })
      .setProtectedHeader({ alg: 'RS256' })
      .sign(keys.privateKey)

  it.each<[string, Record<string, unknown>, number]>([
    ['as it should be', {}, 200],
    ['for several audiences', { aud: ['api://another', 'api://AzureADTokenExchange'] }, 200],
    ['for an audience of the registration', { sub: 'other', aud: 'api://other' }, 200],
    ['inside the tolerance', { exp: NOW - 299 }, 200],
    ['past the tolerance', { exp: NOW - 301 }, 700024],
    ['without an end', { exp: undefined }, 700024],
    ['of no issuer', { iss: undefined }, 700211],
    ['of nobody', { sub: undefined }, 700213],
    ['for nobody', { aud: undefined }, 700212],
    ['for the audience of another credential', { aud: 'api://other' }, 700212],
    ['for the usual audience where another is registered', { sub: 'other' }, 700212],
  ])('%s', async (_, claims, outcome) => {
    expect(await present(daemon, await token(claims))).toBe(outcome)
  })

  it('of the emulator itself has a signature that holds, and has not ended', async () => {
    expect(await present(daemon, await issue())).toBe(200)
    expect(await present(daemon, await issue({ signWith: 'unknown' }))).toBe(700027)
    expect(await present(daemon, await issue({ expiresIn: -3600 }))).toBe(700024)
  })
})
