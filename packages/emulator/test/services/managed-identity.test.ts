import { decodeJwt, exportJWK, generateKeyPair, SignJWT, type CryptoKey } from 'jose'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { createEmulator, defaults, type Emulator } from '../../src/index.ts'
import { listen, type Listening } from '../../src/node.ts'
import { askToken, codes, type Answer } from '../flows/caller.ts'
import { verified } from '../support.ts'

const {
  tenantId,
  apiClientId: api,
  daemonClientId: daemon,
  managedIdentityClientId,
  identityHeader,
} = defaults
const WORKER = '18181818-1818-4818-8818-181818181818'
const ISSUER = 'https://token.actions.githubusercontent.com'
const SUBJECT = 'repo:contoso/orders:ref:main'

let entra: Emulator
let server: Listening
let privateKey: CryptoKey
let objectId: string

beforeEach(async () => {
  const keys = await generateKeyPair('RS256')
  privateKey = keys.privateKey
  objectId = crypto.randomUUID()
  entra = await createEmulator({
    apps: [
      { clientId: api, appRoles: ['Orders.Read.All', 'Orders.Write.All'] },
      {
        clientId: daemon,
        federatedCredentials: [
          {
            issuer: ISSUER,
            subject: SUBJECT,
            keys: { keys: [{ ...(await exportJWK(keys.publicKey)), alg: 'RS256' }] },
          },
          { issuer: `https://login.microsoftonline.com/${tenantId}/v2.0`, subject: objectId },
        ],
      },
    ],
    managedIdentities: [
      {},
      { name: 'worker', clientId: WORKER, objectId, grantedPermissions: ['Orders.Read.All'] },
    ],
  })
  server = await listen(entra)
})

afterEach(() => server.close())

async function ask(path: string, headers: Record<string, string>): Promise<Answer> {
  const answer = await fetch(`${server.url}${path}`, { headers })
  return { ...((await answer.json()) as object), status: answer.status }
}

const onMachine = async (
  query: string,
  headers: Record<string, string> = { metadata: 'true' },
): Promise<Answer> => ask(`/metadata/identity/oauth2/token?api-version=2018-02-01&${query}`, headers)

const inAppService = async (query: string, header: string = identityHeader): Promise<Answer> =>
  ask(`/msi/token?api-version=2019-08-01&${query}`, { 'x-identity-header': header })

const resource = `resource=api://${api}`

describe('a managed identity', () => {
  it('gets a token of an application that says which identity it is, for a day', async () => {
    const withSlash = await ask(`/metadata/identity/oauth2/token/?${resource}`, { metadata: 'true' })
    for (const answer of [await onMachine(resource), await inAppService(resource), withSlash]) {
      expect(answer).toMatchObject({ status: 200, token_type: 'Bearer', client_id: managedIdentityClientId })
      expect(Number(answer['expires_on'])).toBeGreaterThan(Date.now() / 1000 + 23 * 3600)
      expect(await verified(entra, String(answer['access_token']))).toMatchObject({
        aud: api,
        azp: managedIdentityClientId,
        azpacr: '2',
        roles: ['Orders.Read.All', 'Orders.Write.All'],
        xms_mirid: expect.stringContaining('/Microsoft.Compute/virtualMachines/orders-vm'),
      })
    }
  })

  it('that a user assigned is asked for by any of its ids', async () => {
    const resourceId = entra.directory.managedIdentities[1]?.resourceId ?? ''
    for (const id of [`client_id=${WORKER}`, `object_id=${objectId}`, `mi_res_id=${resourceId}`]) {
      const answer = await onMachine(`${resource}&${id}`)
      expect(decodeJwt(String(answer['access_token']))).toMatchObject({
        oid: objectId,
        azp: WORKER,
        roles: ['Orders.Read.All'],
      })
    }
    expect(await onMachine(`${resource}&client_id=${crypto.randomUUID()}`)).toMatchObject({
      status: 400,
      error_description: 'Identity not found',
    })
  })

  it('gets tokens for services of Azure under the very name that was asked for', async () => {
    for (const name of ['https://vault.azure.net', 'https://management.azure.com/']) {
      const answer = await onMachine(`resource=${encodeURIComponent(name)}`)
      expect(decodeJwt(String(answer['access_token']))).toMatchObject({ aud: name, ver: '1.0' })
    }
    expect(await onMachine('resource=https://nothing.example')).toMatchObject({
      status: 400,
      error: 'invalid_resource',
    })
    expect(await onMachine('')).toMatchObject({ status: 400, error: 'invalid_request' })
  })

  it('is nobody’s who cannot send the header, such as a page or a server that was made to fetch', async () => {
    expect((await onMachine(resource, {})).status).toBe(400)
    expect((await onMachine(resource, { metadata: 'true', 'x-forwarded-for': '203.0.113.7' })).status).toBe(
      400,
    )
    expect((await inAppService(resource, 'guessed')).status).toBe(401)
    const path = `${server.url}/metadata/identity/oauth2/token`
    const preflight = await fetch(path, { method: 'OPTIONS', headers: { origin: 'https://evil.example' } })
    expect(preflight.headers.get('access-control-allow-origin')).toBeNull()
    // Not at the names of Microsoft, where the service has no such address.
    const elsewhere = await entra.fetch(`https://login.microsoftonline.com/msi/token?${resource}`)
    expect(elsewhere.status).toBe(404)
  })
})

const present = async (assertion: string): Promise<Answer> =>
  askToken(entra, {
    grant_type: 'client_credentials',
    client_id: daemon,
    scope: `api://${api}/.default`,
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: assertion,
  })

describe('a federated credential', () => {
  interface Presented {
    readonly issuer?: string
    readonly subject?: string
    readonly audience?: string
    readonly expires?: string
    readonly key?: CryptoKey
  }

  const token = async ({
    issuer = ISSUER,
    subject = SUBJECT,
    audience = 'api://AzureADTokenExchange',
    expires = '5m',
    key,
  }: Presented = {}): Promise<string> =>
    new SignJWT()
      .setProtectedHeader({ alg: 'RS256' })
      .setIssuer(issuer)
      .setSubject(subject)
      .setAudience(audience)
      .setExpirationTime(expires)
      .sign(key ?? privateKey)

  it('is for one issuer, one subject, one audience, exactly, and for a signature that holds', async () => {
    expect((await present(await token())).status).toBe(200)
    const rows: readonly [Presented, number][] = [
      [{ issuer: `${ISSUER}/` }, 700211],
      [{ issuer: 'https://evil.example' }, 700211],
      [{ subject: 'repo:contoso/orders:ref:dev' }, 700213],
      [{ subject: SUBJECT.toUpperCase() }, 700213],
      [{ audience: 'api://another' }, 700212],
      [{ expires: '-10m' }, 700024],
      [{ key: (await generateKeyPair('RS256')).privateKey }, 700027],
    ]
    for (const [presented, code] of rows) {
      expect([presented, codes(await present(await token(presented)))]).toEqual([
        presented,
        ['invalid_client', code],
      ])
    }
  })

  it('may be a managed identity, whose token stands in for a secret', async () => {
    const own = await onMachine(`resource=api://AzureADTokenExchange&client_id=${WORKER}`)
    const answer = await present(String(own['access_token']))
    expect(decodeJwt(String(answer['access_token']))).toMatchObject({ azp: daemon, azpacr: '2' })
    const other = await onMachine('resource=api://AzureADTokenExchange')
    expect(codes(await present(String(other['access_token'])))).toEqual(['invalid_client', 700213])
    const forApi = await onMachine(`${resource}&client_id=${WORKER}`)
    expect(codes(await present(String(forApi['access_token'])))).toEqual(['invalid_client', 700212])
  })

  it.each([
    [undefined, 200],
    ['api://AzureADTokenExchange', 200],
    ['fb60f99c-7a34-4190-8149-302f77469936', 200],
    ['api://another', 401],
  ])(
    'that names the audience %s is answered with %i where a managed identity presents its token',
    async (audience, status) => {
      const issuer = `https://login.microsoftonline.com/${tenantId}/v2.0`
      entra.register({
        apps: [{ clientId: daemon, federatedCredentials: [{ issuer, subject: objectId, audience }] }],
      })
      const own = await onMachine(`resource=api://AzureADTokenExchange&client_id=${WORKER}`)
      expect((await present(String(own['access_token']))).status).toBe(status)
    },
  )

  it('needs the keys of its issuer, unless the emulator is that issuer', async () => {
    const federatedCredentials = [{ issuer: 'https://elsewhere.example', subject: 'x' }]
    await expect(createEmulator({ apps: [{ federatedCredentials }] })).rejects.toThrow(/keys must be given/)
  })
})
