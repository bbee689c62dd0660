import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type RequestListener } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'

import { createEmulator, defaults, type AppOptions, type Emulator } from '@entraguard/emulator'
import { listen, type Listening } from '@entraguard/emulator/node'
import { createLocalJWKSet, exportJWK, generateKeyPair, jwtVerify, SignJWT, type JWTPayload } from 'jose'

import { selfSigned } from './certificate.ts'

export const { tenantId, apiClientId: api, portalClientId: portal, daemonClientId: daemon } = defaults
export const { secret, password, webClientId: desktop, managedIdentityClientId: identity } = defaults
export const ADA = 'aaaaaaaa-0000-4000-8000-000000000001'
export const STOCK = '88888888-8888-4888-8888-888888888888'
export const PAGE = '12121212-1212-4212-8212-121212121212'
export const READ = `api://${api}/Orders.Read`

const workload = {
  issuer: 'https://token.actions.githubusercontent.com',
  subject: 'repo:contoso/orders:ref:main',
}

/** An emulator, twice on the network, and what the clients need to know of it. */
export interface World {
  readonly entra: Emulator
  /** Microsoft's issuer, as Microsoft's own clients expect it. */
  readonly server: Listening
  /** The address is the issuer, for clients that compare the two. */
  readonly strict: Listening
  /** The certificate authority of both, for clients that want a file. */
  readonly caFile: string
  readonly certificate: { readonly pem: string; readonly privateKey: string }
  /** Of the apps and APIs on localhost that are on HTTPS. */
  readonly tls: { readonly pem: string; readonly privateKey: string }
  /** A token of the workload's own issuer. */
  federatedToken(wrong?: Partial<Record<'issuer' | 'subject' | 'audience', string>>): Promise<string>
  /** The claims of a token of the emulator, after its signature was checked. */
  verified(token: string | undefined | null): Promise<JWTPayload>
  close(): Promise<void>
}

const redirects = (platform: 'web' | 'spa' | 'publicClient', ...paths: readonly string[]) =>
  paths.map((at) => ({ uri: `http://localhost${at}`, platform }))

export const CAREFUL = '13131313-1313-4313-8313-131313131313'
export const STALE = '14141414-1414-4414-8414-141414141414'
export const MAPPED = '15151515-1515-4515-8515-151515151515'

/** Registrations that somebody forgot something in. */
const mistaken: readonly AppOptions[] = [
  {
    clientId: CAREFUL,
    name: 'Careful',
    secret,
    assignmentRequired: true,
    assigned: ['grace@fabrikam.com', ADA],
    apiPermissions: [api],
    grantedScopes: ['Orders.Read'],
    redirectUris: [...redirects('web', '/callback'), { uri: 'https://localhost/', platform: 'web' }],
  },
  { clientId: STALE, name: 'Stale', secret, secretExpiresAt: '2020-01-01T00:00:00Z' },
  {
    clientId: MAPPED,
    name: 'Mapped',
    scopes: ['Mapped.Read'],
    claimsMapping: { region: 'EU' },
    customSigningKey: false,
  },
]

async function emulatorFor(certificate: string, keys: { keys: JsonWebKey[] }): Promise<Emulator> {
  return createEmulator({
    apps: [
      { clientId: api, name: 'Orders API', secret },
      { clientId: desktop, name: 'Orders desktop', redirectUris: redirects('publicClient', '', '/callback') },
      {
        clientId: portal,
        name: 'Orders portal',
        secret,
        implicitGrant: { idTokens: true },
        redirectUris: redirects(
          'web',
          '/callback',
          '/auth/callback/microsoft-entra-id',
          '/api/auth/callback/microsoft',
          '/',
        ),
      },
      {
        clientId: daemon,
        name: 'Orders daemon',
        secret,
        certificates: [certificate],
        federatedCredentials: [{ ...workload, keys }],
      },
      {
        clientId: PAGE,
        name: 'Orders page',
        redirectUris: ['/', '/silent'].map((at) => ({
          uri: `https://localhost${at}`,
          platform: 'spa' as const,
        })),
      },
      ...mistaken,
      { clientId: STOCK, name: 'Stock', scopes: ['Stock.Read'], tokenVersion: '1.0' },
    ],
  })
}

export async function createWorld(): Promise<World> {
  const [certificate, tls] = [await selfSigned('orders-daemon'), await selfSigned('localhost')]
  const { publicKey, privateKey } = await generateKeyPair('RS256')
  const jwk = { ...(await exportJWK(publicKey)), alg: 'RS256', kid: 'workload' }
  const entra = await emulatorFor(certificate.pem, { keys: [jwk] })
  const directory = await mkdtemp(path.join(tmpdir(), 'entraguard-clients-'))
  const https = { directory }
  const [server, strict] = [await listen(entra, { https }), await listen(entra, { https, localIssuer: true })]
  const before = getCACertificates('default')
  setDefaultCACertificates([...before, server.ca ?? '', tls.pem])
  return {
    entra,
    server,
    strict,
    caFile: server.caFile ?? '',
    certificate,
    tls,
    federatedToken: ({ issuer = workload.issuer, subject = workload.subject, audience } = {}) =>
      new SignJWT()
        .setProtectedHeader({ alg: 'RS256', kid: 'workload' })
        .setIssuer(issuer)
        .setSubject(subject)
        .setAudience(audience ?? 'api://AzureADTokenExchange')
        .setExpirationTime('5m')
        .sign(privateKey),
    async verified(token) {
      const keys = await entra.fetch(`https://login.microsoftonline.com/common/discovery/v2.0/keys`)
      const { payload } = await jwtVerify(token ?? '', createLocalJWKSet(await keys.json()))
      return payload
    },
    async close() {
      setDefaultCACertificates(before)
      await Promise.all([server.close(), strict.close()])
      await rm(directory, { recursive: true })
    },
  }
}

type Handler = (origin: string) => RequestListener | Promise<RequestListener>

/** An app of ours on localhost, for the time of one flow; over HTTPS with a certificate. */
export async function serve<T>(
  handler: Handler,
  use: (origin: string) => Promise<T>,
  tls?: { readonly pem: string; readonly privateKey: string },
): Promise<T> {
  let answer: RequestListener | undefined
  const listener: RequestListener = (request, response) => {
    answer?.(request, response)
  }
  const server =
    tls === undefined
      ? createServer(listener)
      : createHttpsServer({ cert: tls.pem, key: tls.privateKey }, listener)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : ''
  const origin = `${tls === undefined ? 'http' : 'https'}://localhost:${port}`
  try {
    answer = await handler(origin)
    return await use(origin)
  } finally {
    server.close()
    server.closeAllConnections()
  }
}
