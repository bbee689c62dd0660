import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { createEmulator, defaults, emulatorFetch, type Emulator } from '../../src/index.ts'
import { listen, type Listening, type ListenOptions } from '../../src/node.ts'

const { tenantId, b2cTenantId, externalIdTenantId } = defaults
const USGOV = '77777777-0000-4000-8000-000000000001'

let entra: Emulator
let server: Listening

const start = async (options: ListenOptions = {}): Promise<void> => {
  entra = await createEmulator({
    tenants: [
      { id: tenantId, name: 'contoso' },
      { id: USGOV, name: 'agency', cloud: 'usgov' },
    ],
  })
  server = await listen(entra, options)
}

beforeEach(() => start())
afterEach(() => server.close())

type Document = Readonly<Record<string, unknown>> & { readonly issuer: string }

const metadata = async (path: string, ask = fetch, base = server.url): Promise<Document> => {
  const answer = await ask(`${base}/${path}/.well-known/openid-configuration`)
  expect(answer.status).toBe(200)
  return (await answer.json()) as Document
}

const authorities = [
  `${tenantId}/v2.0`,
  tenantId,
  'common/v2.0',
  'common',
  'organizations/v2.0',
  'consumers/v2.0',
  `${USGOV}/v2.0`,
  `login.microsoftonline.us/${USGOV}/v2.0`,
  `contosob2c.b2clogin.com/${b2cTenantId}/b2c_1_susi/v2.0`,
  `contosociam.ciamlogin.com/${externalIdTenantId}/v2.0`,
]

/** Not addresses that a client calls, or only what the documents of the live service show. */
const notCalled = new Map([
  ['issuer', 'a name, which tokens repeat'],
  ['rbac_url', 'of another service of Microsoft'],
])
const notServed = new Map([
  ['kerberos_endpoint', 'Windows asks there, with Kerberos'],
  ['check_session_iframe', 'a draft that no client of today follows'],
])

const addressesOf = (document: Document): readonly (readonly [string, string])[] =>
  Object.entries(document).flatMap(([name, value]) =>
    typeof value === 'string' && /^https?:/.test(value) && !notCalled.has(name)
      ? [[name, value] as const]
      : [],
  )

describe('a document that was asked for at the emulator’s own address', () => {
  it.each(authorities)(
    'of %s leads to the emulator with every address, and each of them answers',
    async (path) => {
      const addresses = addressesOf(await metadata(path))
      expect(addresses.length).toBeGreaterThan(5)
      for (const [name, address] of addresses) {
        expect([name, new URL(address).origin]).toEqual([name, server.url])
        if (notServed.has(name)) continue
        const method = /token_endpoint|device/.test(name) ? 'POST' : 'GET'
        expect([name, (await fetch(address, { method, redirect: 'manual' })).status]).not.toEqual([name, 404])
      }
    },
  )
})

describe('localIssuer', () => {
  beforeEach(async () => {
    await server.close()
    await start({ localIssuer: true })
  })

  it.each(authorities)('makes %s the issuer of its own document', async (path) => {
    const { issuer } = await metadata(path)
    const named = issuer.replace('{tenantid}', 'common')
    expect(named.startsWith(`${server.url}/`)).toBe(true)
    if (/common|organizations|consumers/.test(path) || path.includes('b2c')) return
    // OpenID Connect Discovery §4.3: the document is found below the issuer.
    expect((await metadata(issuer.slice(server.url.length + 1).replace(/\/$/, ''))).issuer).toBe(issuer)
  })

  it('changes nothing for those who ask Microsoft’s own addresses', async () => {
    const document = await metadata(
      `${tenantId}/v2.0`,
      emulatorFetch(server.url),
      'https://login.microsoftonline.com',
    )
    expect(document.issuer).toBe(`https://login.microsoftonline.com/${tenantId}/v2.0`)
  })
})
