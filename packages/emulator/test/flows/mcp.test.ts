import { decodeJwt } from 'jose'
import { beforeEach, describe, expect, it } from 'vitest'

import { createEmulator, defaults, type AppOptions, type Emulator } from '../../src/index.ts'
import { ADA, askToken, codes, openBrowser, returned, ROOT, type Answer } from './caller.ts'

/*
 * What clients of MCP servers send: `resource` (RFC 8707) at every step, scopes of the server in full, and where they have
 * no registration the address of a document as their client id.
 */
const server = defaults.apiClientId
const client = defaults.webClientId
const STOCK = '88888888-8888-4888-8888-888888888888'
const CIMD = '99999999-9999-4999-8999-000000000001'
const DOCUMENT = 'https://client.example/oauth/metadata.json'
const RESOURCE = 'https://mcp.contoso.com/mcp'
const READ = `${RESOURCE}/Orders.Read`
const redirectUri = 'http://localhost:5173/callback'

let entra: Emulator

const start = async (more: AppOptions = {}): Promise<void> => {
  entra = await createEmulator({
    apps: [
      { clientId: server, appIdUri: RESOURCE, scopes: ['Orders.Read', 'Orders.Write'], ...more },
      { clientId: client, redirectUris: ['http://localhost/callback'] },
      { clientId: STOCK, scopes: ['Stock.Read'] },
      { clientId: CIMD, clientIdDocument: DOCUMENT, redirectUris: ['http://localhost/callback'] },
    ],
  })
}

beforeEach(() => start())

const address = (more: Record<string, string>): string =>
  `${ROOT}/authorize?${new URLSearchParams({ client_id: client, response_type: 'code', redirect_uri: redirectUri, ...more })}`

const refused = async (more: Record<string, string>): Promise<string | undefined> => {
  const back = returned(await openBrowser(entra).silently(address(more)))
  return /AADSTS\d+/.exec(back['error_description'] ?? '')?.[0]
}

const redeem = async (back: URL, more: Record<string, string> = {}): Promise<Answer> =>
  askToken(entra, {
    grant_type: 'authorization_code',
    client_id: client,
    redirect_uri: redirectUri,
    code: back.searchParams.get('code') ?? '',
    ...more,
  })

const refresh = async (answer: Answer, more: Record<string, string>): Promise<Answer> =>
  askToken(entra, {
    grant_type: 'refresh_token',
    client_id: client,
    refresh_token: String(answer['refresh_token']),
    ...more,
  })

const claimsOf = (answer: Answer) => decodeJwt(String(answer['access_token']))

describe('a server whose Application ID URI is its address', () => {
  it('gets v2.0 tokens with its client id as aud, and short scopes, by resource alone', async () => {
    const asked = address({ scope: `${READ} offline_access`, resource: RESOURCE })
    const answer = await redeem(await openBrowser(entra).pick(asked, ADA), { resource: RESOURCE })
    expect(answer.status).toBe(200)
    expect(answer['scope']).toContain(READ)
    expect(claimsOf(answer)).toMatchObject({ aud: server, ver: '2.0', scp: 'Orders.Read', azp: client })
    expect(answer['refresh_token']).toBeTypeOf('string')

    const renewed = await refresh(answer, { resource: RESOURCE })
    expect(claimsOf(renewed)).toMatchObject({ aud: server, scp: 'Orders.Read' })
    expect(renewed['refresh_token']).toBeTypeOf('string')
  })

  it.each([
    ['a slash at the end', `${RESOURCE}/`],
    ['the origin alone', 'https://mcp.contoso.com'],
    ['capitals in the host', 'https://MCP.contoso.com/mcp'],
    ['another API', `api://${STOCK}`],
    ['an address that nobody has registered', 'https://mcp.fabrikam.com/mcp'],
  ])(
    'is another resource with %s: AADSTS9010010 at sign-in, for the code and for a renewal',
    async (_what, resource) => {
      expect(await refused({ scope: READ, resource })).toBe('AADSTS9010010')
      const back = await openBrowser(entra).pick(address({ scope: `${READ} offline_access` }), ADA)
      expect(codes(await redeem(back, { resource }))).toEqual(['invalid_target', 9010010])
      const again = await openBrowser(entra).pick(address({ scope: `${READ} offline_access` }), ADA)
      expect(codes(await refresh(await redeem(again), { resource }))).toEqual(['invalid_target', 9010010])
    },
  )

  it('is not meant by scopes of another API, nor by short ones, which are those of Graph', async () => {
    expect(await refused({ scope: `api://${STOCK}/Stock.Read`, resource: RESOURCE })).toBe('AADSTS9010010')
    expect(await refused({ scope: 'Orders.Read', resource: RESOURCE })).toBe('AADSTS650053')
    expect(await refused({ scope: 'Orders.Read' })).toBe('AADSTS650053')
    expect(await refused({ scope: 'User.Read', resource: RESOURCE })).toBe('AADSTS9010010')
  })

  it('cannot be signed in for without any scope', async () => {
    expect(await refused({ resource: RESOURCE })).toBe('AADSTS900144')
  })
})

describe('a client id that is the address of a document', () => {
  const pkce = {
    code_challenge: 'verifier-verifier-verifier-verifier-verifier',
    code_challenge_method: 'plain',
  }
  const verifier = { code_verifier: pkce.code_challenge }
  const asked = (): string =>
    address({ client_id: DOCUMENT, scope: `${READ} offline_access`, resource: RESOURCE, ...pkce })

  it('is an agent identity that acts for its user, and renews', async () => {
    const back = await openBrowser(entra).pick(asked(), ADA)
    const answer = await redeem(back, { client_id: DOCUMENT, resource: RESOURCE, ...verifier })
    expect(claimsOf(answer)).toMatchObject({
      azp: CIMD,
      azpacr: '0',
      oid: ADA,
      scp: 'Orders.Read',
      xms_act_fct: expect.stringMatching(/\b11\b/) as unknown,
    })
    const renewed = await refresh(answer, { client_id: DOCUMENT, resource: RESOURCE })
    expect(claimsOf(renewed)).toMatchObject({
      azp: CIMD,
      xms_act_fct: expect.stringMatching(/\b11\b/) as unknown,
    })
  })

  it('has delegated permissions only', async () => {
    const form = { grant_type: 'client_credentials', client_id: DOCUMENT, scope: `${RESOURCE}/.default` }
    expect((await askToken(entra, form)).status).toBe(401)
    expect(codes(await askToken(entra, { ...form, client_secret: 'secret' }))[0]).toBe('invalid_client')
  })

  it('is nobody who is not known in the directory, nor in another spelling', async () => {
    for (const id of [
      'https://client.example/other.json',
      'https://CLIENT.example/oauth/metadata.json',
      `${DOCUMENT}/`,
    ]) {
      const page = await openBrowser(entra).open(address({ client_id: id, scope: READ }))
      expect(page.status).toBe(400)
      expect(await page.text()).toContain('AADSTS700016')
    }
  })

  it.each([
    ['no address', { clientIdDocument: 'client' }],
    ['http', { clientIdDocument: 'http://client.example/metadata.json' }],
    ['no path', { clientIdDocument: 'https://client.example/' }],
    ['a fragment', { clientIdDocument: `${DOCUMENT}#a` }],
    ['a secret beside it', { clientIdDocument: DOCUMENT, secret: 'secret' }],
  ])('is not registered with %s', async (_what, app) => {
    await expect(createEmulator({ apps: [app] })).rejects.toThrow(TypeError)
  })
})
