import 'reflect-metadata'
import { X509Certificate as Parsed } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'

import { Client } from '@microsoft/microsoft-graph-client'
import { TokenCredentialAuthenticationProvider } from '@microsoft/microsoft-graph-client/authProviders/azureTokenCredentials/index.js'
import { X509CertificateGenerator } from '@peculiar/x509'
import { decodeProtectedHeader, exportJWK, generateKeyPair, SignJWT } from 'jose'
import { describe, expect, it, vi } from 'vitest'

import { assertionFromFile, onBehalfOf, type Certificate } from '../src/index.ts'
import { invoicesScopes, withForms, world } from './support.ts'

const algorithm = {
  name: 'RSASSA-PKCS1-v1_5',
  hash: 'SHA-256',
  modulusLength: 2048,
  publicExponent: Uint8Array.of(1, 0, 1),
}

async function newCertificate(): Promise<{ readonly pem: string; readonly credential: Certificate }> {
  const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: 'CN=orders',
    notBefore: new Date(Date.now() - 60_000),
    notAfter: new Date(Date.now() + 3_600_000),
    keys,
    signingAlgorithm: algorithm,
  })
  const pem = certificate.toString('pem')
  const key = Buffer.from(await crypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64')
  return {
    pem,
    credential: {
      thumbprintSha256: new Parsed(pem).fingerprint256.replaceAll(':', ''),
      privateKey: `-----BEGIN PRIVATE KEY-----\n${key}\n-----END PRIVATE KEY-----`,
      x5c: pem,
    },
  }
}

describe('a certificate', () => {
  it('proves this API, and the next one does after a rotation', async () => {
    const first = await newCertificate()
    const second = await newCertificate()
    let current = (await newCertificate()).credential
    const { options, signIn } = await world({}, { certificates: [first.pem, second.pem] })
    const [user, authorization] = await signIn()
    const downstream = onBehalfOf({ ...options, credential: { certificate: () => current } })
    await expect(downstream.tokenFor(user, authorization, invoicesScopes)).rejects.toMatchObject({
      code: 'credential_refused',
    })
    for (const { credential } of [first, second]) {
      current = credential
      const asked = [
        ...invoicesScopes,
        ...(credential === second.credential ? ['api://invoices/Invoices.Write'] : []),
      ]
      expect(await downstream.tokenFor(user, authorization, asked)).toMatch(/^eyJ/)
    }
  })

  it('goes along where it was given, for those who trust by its name, and its key never', async () => {
    const { pem, credential } = await newCertificate()
    const { thumbprintSha256, privateKey } = credential
    const { options, signIn } = await world({}, { certificates: [pem] })
    const [user, authorization] = await signIn()
    const sent = async (certificate: Certificate): Promise<unknown> => {
      const [noted, forms] = withForms({ ...options, credential: { certificate } })
      await onBehalfOf(noted).tokenFor(user, authorization, invoicesScopes)
      return decodeProtectedHeader(forms[0]?.get('client_assertion') ?? '').x5c
    }
    expect(await sent(credential)).toEqual([new Parsed(pem).raw.toString('base64')])
    expect(await sent({ thumbprintSha256, privateKey })).toBeUndefined()
  })

  it('is copied: what becomes of the object later has no effect', async () => {
    const { pem, credential } = await newCertificate()
    const { options, signIn } = await world({}, { certificates: [pem] })
    const [user, authorization] = await signIn()
    const certificate = { ...credential }
    const downstream = onBehalfOf({ ...options, credential: { certificate } })
    certificate.privateKey = ''
    expect(await downstream.tokenFor(user, authorization, invoicesScopes)).toMatch(/^eyJ/)
  })

  it.each([
    ['nothing', undefined],
    ['a thumbprint of SHA-1', { thumbprintSha256: 'a'.repeat(40) }],
    ['no key', { thumbprintSha256: 'a'.repeat(64), privateKey: 'x' }],
    [
      'a member that there is not',
      { thumbprintSha256: 'a'.repeat(64), privateKey: '-----BEGIN PRIVATE KEY-----', pem: 'x' },
    ],
  ])('that a function gives is checked before it is used: %s', async (_, certificate) => {
    const { options, signIn, exchanges } = await world()
    const [user, authorization] = await signIn()
    const downstream = onBehalfOf({
      ...options,
      credential: { certificate: () => certificate as Certificate },
    })
    await expect(downstream.tokenFor(user, authorization, invoicesScopes)).rejects.toThrow(
      /^credential\.certificate(?:\.\w+)? (?:must be|has no option)/,
    )
    expect(exchanges()).toBe(0)
  })
})

describe('a federated credential', () => {
  it('is read from the file of the platform for every exchange', async () => {
    const workload = await generateKeyPair('RS256')
    const keys = { keys: [{ ...(await exportJWK(workload.publicKey)), alg: 'RS256', kid: 'workload' }] }
    const federated = { issuer: 'https://oidc.example.com', subject: 'system:serviceaccount:orders:api' }
    const { options, signIn } = await world({}, { federatedCredentials: [{ ...federated, keys }] })
    const [user, authorization] = await signIn()
    const folder = await mkdtemp(path.join(tmpdir(), 'entraguard-'))
    try {
      const file = path.join(folder, 'token')
      const downstream = onBehalfOf({ ...options, credential: { assertion: assertionFromFile(file) } })
      await writeFile(file, 'not-a-token\n')
      await expect(downstream.tokenFor(user, authorization, invoicesScopes)).rejects.toMatchObject({
        name: 'DownstreamError',
      })
      const token = await new SignJWT()
        .setProtectedHeader({ alg: 'RS256', kid: 'workload' })
        .setIssuer(federated.issuer)
        .setSubject(federated.subject)
        .setAudience('api://AzureADTokenExchange')
        .setIssuedAt()
        .setExpirationTime('5m')
        .sign(workload.privateKey)
      await writeFile(file, `${token}\n`)
      vi.stubEnv('AZURE_FEDERATED_TOKEN_FILE', file)
      // The end of the line is no part of it, and the file is the one that the platform names.
      for (const read of [assertionFromFile(file), assertionFromFile()]) expect(await read()).toBe(token)
      expect(await downstream.tokenFor(user, authorization, invoicesScopes)).toMatch(/^eyJ/)
    } finally {
      vi.unstubAllEnvs()
      await rm(folder, { recursive: true })
    }
  })

  it.each(['', 5, null, true, ['/token'], new URL('file:///token')])(
    'comes from a file that is named by its path, and by nothing else: %j',
    (file) => {
      expect(() => assertionFromFile(file as string)).toThrow(
        new TypeError('assertionFromFile needs a file: pass its path or set AZURE_FEDERATED_TOKEN_FILE'),
      )
    },
  )

  it('needs a file', () => {
    vi.stubEnv('AZURE_FEDERATED_TOKEN_FILE', undefined)
    try {
      expect(() => assertionFromFile()).toThrow('pass its path or set AZURE_FEDERATED_TOKEN_FILE')
    } finally {
      vi.unstubAllEnvs()
    }
  })
})

describe('Microsoft Graph', () => {
  it('is called by its own client, with a credential in the name of the user', async () => {
    const { entra, downstream, signIn } = await world()
    const [user, authorization] = await signIn()
    const authProvider = new TokenCredentialAuthenticationProvider(
      downstream.credentialFor(user, authorization),
      { scopes: ['https://graph.microsoft.com/User.Read'] },
    )
    // The client has no option for it: Graph's own address leads to the emulator for this one call.
    vi.stubGlobal('fetch', entra.fetch)
    try {
      const me: unknown = await Client.initWithMiddleware({ authProvider }).api('/me').get()
      expect(me).toMatchObject({ id: user.objectId })
    } finally {
      vi.unstubAllGlobals()
    }
  })
})
