import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'

import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { createEmulator, defaults, type Emulator } from '../../src/index.ts'
import { listen, type Listening } from '../../src/node.ts'
import { clientCertificate, runClient, verified } from '../support.ts'

const { tenantId, apiClientId: api, daemonClientId: daemon, webClientId: web, secret } = defaults
const ADA = 'aaaaaaaa-0000-4000-8000-000000000001'
const STOCK = '88888888-8888-4888-8888-888888888888'
const redirectUri = 'http://localhost:3000/auth/callback'

let entra: Emulator
let server: Listening
let directory: string
let settings: Record<string, unknown>

beforeAll(async () => {
  const { certificate, privateKey } = await clientCertificate()
  const workload = await generateKeyPair('RS256')
  const keys = { keys: [{ ...(await exportJWK(workload.publicKey)), alg: 'RS256', kid: 'workload' }] }
  const federated = {
    issuer: 'https://token.actions.githubusercontent.com',
    subject: 'repo:contoso/orders:ref:main',
  }
  entra = await createEmulator({
    apps: [
      { clientId: api, secret },
      {
        clientId: daemon,
        secret,
        certificates: [certificate],
        federatedCredentials: [{ ...federated, keys }],
      },
      { clientId: web, redirectUris: ['http://localhost/auth/callback'] },
      { clientId: STOCK, name: 'Stock', scopes: ['Stock.Read'], tokenVersion: '1.0' },
    ],
  })
  directory = await mkdtemp(path.join(tmpdir(), 'entraguard-'))
  server = await listen(entra, { https: { directory } })
  settings = {
    tenantId,
    api,
    daemon,
    web,
    secret,
    certificate,
    privateKey,
    redirectUri,
    user: ADA,
    apiUri: `api://${api}`,
    downstreamUri: `api://${STOCK}`,
    authority: `${server.url}/${tenantId}`,
    knownAuthorities: [`localhost:${server.port}`],
    options: { authorityHost: server.url, disableInstanceDiscovery: true },
    environmentOptions: { disableInstanceDiscovery: true },
    userToken: await entra.issueUserToken({ scopes: ['Orders.Read'] }),
    federatedToken: await new SignJWT()
      .setProtectedHeader({ alg: 'RS256', kid: 'workload' })
      .setIssuer(federated.issuer)
      .setSubject(federated.subject)
      .setAudience('api://AzureADTokenExchange')
      .setExpirationTime('5m')
      .sign(workload.privateKey),
  }
})

afterAll(async () => {
  await server.close()
  await rm(directory, { recursive: true })
})

const trust = (): Record<string, string> => ({ NODE_EXTRA_CA_CERTS: server.caFile ?? '' })

describe('@azure/msal-node over HTTPS', () => {
  it('gets tokens in every flow with its documented options only', async () => {
    const tokens = await runClient('msal.mjs', settings, trust())
    const claims = async (name: string): Promise<unknown> => verified(entra, tokens[name] ?? '')
    const app = { aud: api, ver: '2.0', azp: daemon, roles: ['Orders.Read.All', 'Orders.Write.All'] }
    expect(await claims('clientSecret')).toMatchObject({ ...app, azpacr: '1' })
    expect(await claims('clientCertificate')).toMatchObject({ ...app, azpacr: '2' })
    expect(await claims('clientAssertion')).toMatchObject({ ...app, azpacr: '2' })
    const user = { aud: api, azp: web, azpacr: '0', oid: ADA, scp: 'Orders.Read' }
    expect(await claims('authorizationCode')).toMatchObject(user)
    expect(await claims('refresh')).toMatchObject(user)
    expect(await claims('deviceCode')).toMatchObject(user)
    expect(await claims('onBehalfOf')).toMatchObject({
      aud: `api://${STOCK}`,
      ver: '1.0',
      appid: api,
      appidacr: '1',
      oid: ADA,
      scp: 'Stock.Read',
    })
    expect(tokens['idTokenName']).toBe('Ada Lovelace')
    expect(tokens['wrongSecret']).toMatch(/^invalid_client .*AADSTS7000215/)
  })
})

describe('@azure/identity over HTTPS', () => {
  it('gets tokens from every credential with its documented options only', async () => {
    const tokens = await runClient('identity.mjs', settings, {
      ...trust(),
      AZURE_AUTHORITY_HOST: server.url,
      AZURE_TENANT_ID: tenantId,
      AZURE_CLIENT_ID: daemon,
      AZURE_CLIENT_SECRET: secret,
    })
    const claims = async (name: string): Promise<unknown> => verified(entra, tokens[name] ?? '')
    expect(await claims('clientSecret')).toMatchObject({ aud: api, azp: daemon, azpacr: '1' })
    expect(await claims('clientCertificate')).toMatchObject({ azp: daemon, azpacr: '2' })
    expect(await claims('clientAssertion')).toMatchObject({ azp: daemon, azpacr: '2' })
    expect(await claims('onBehalfOf')).toMatchObject({ aud: `api://${STOCK}`, oid: ADA, scp: 'Stock.Read' })
    expect(await claims('environment')).toMatchObject({ azp: daemon, azpacr: '1' })
  })

  it('does not trust the emulator without its certificate authority', async () => {
    await expect(runClient('msal.mjs', settings, {})).rejects.toThrow(/endpoints_resolution_error/)
  })
})
