import { X509Certificate } from 'node:crypto'

import { ManagedIdentityCredential } from '@azure/identity'
import {
  bearerTokenAuthenticationPolicy,
  createDefaultHttpClient,
  createPipelineFromOptions,
  createPipelineRequest,
} from '@azure/core-rest-pipeline'
import type { Credential } from '@entraguard/downstream'
import { defaults } from '@entraguard/emulator'
import { Client } from '@microsoft/microsoft-graph-client'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'

import { selfSigned } from '../clients/certificate.ts'
import { ada, adaElsewhere, createChain, invoices, secret, type Chain, type Route } from './chain.ts'

const exchangeAudience = 'api://AzureADTokenExchange'

/** Each calls the other API for the user, by another library. */
const routes: Readonly<Record<string, Route>> = {
  '/fetch': async (context, { downstream, url }) =>
    await downstream.fetchFor(context.get('identity'), context.req.header('authorization'), 'invoices')(url),
  '/sdk': async (context, { downstream, url }) => {
    const credential = downstream.credentialFor(context.get('identity'), context.req.header('authorization'))
    const pipeline = createPipelineFromOptions({})
    pipeline.addPolicy(
      bearerTokenAuthenticationPolicy({ credential, scopes: 'api://invoices/Invoices.Read' }),
    )
    const answer = await pipeline.sendRequest(createDefaultHttpClient(), createPipelineRequest({ url }))
    return new Response(answer.bodyAsText, { status: answer.status })
  },
  '/graph': async (context, { downstream }) => {
    const credential = downstream.credentialFor(context.get('identity'), context.req.header('authorization'))
    // First: inside the client a challenge becomes a GraphError, which says nothing of it.
    await credential.getToken('https://graph.microsoft.com/User.Read')
    const graph = Client.initWithMiddleware({
      authProvider: {
        getAccessToken: async () =>
          (await credential.getToken('https://graph.microsoft.com/User.Read')).token,
      },
      baseUrl: `${chain.identityProvider}/graph.microsoft.com`,
      customHosts: new Set(['localhost']),
    })
    const me = (await graph.api('/me').get()) as { readonly id: string }
    return Response.json({ of: me.id })
  },
}

let chain: Chain
let certificate: { readonly pem: string; readonly privateKey: string }

beforeAll(async () => {
  certificate = await selfSigned('orders')
  const managedIdentity = 'dddddddd-0000-4000-8000-000000000001'
  chain = await createChain(routes, {
    certificates: [certificate.pem],
    federatedCredentials: [
      {
        issuer: `https://login.microsoftonline.com/${defaults.tenantId}/v2.0`,
        subject: managedIdentity,
        audience: exchangeAudience,
      },
    ],
  })
  chain.entra.register({
    managedIdentities: [{ clientId: defaults.managedIdentityClientId, objectId: managedIdentity }],
  })
  vi.stubEnv('IDENTITY_ENDPOINT', `${chain.identityProvider}/msi/token`)
  vi.stubEnv('IDENTITY_HEADER', defaults.identityHeader)
})

beforeEach(() => {
  chain.useCredential({ secret })
  chain.answered.length = 0
})

afterEach(() => chain.entra.conditionalAccess.clear())

afterAll(async () => {
  vi.unstubAllEnvs()
  await chain.close()
})

const statuses = (answers: readonly Response[]): readonly number[] => answers.map(({ status }) => status)

describe.each(['/fetch', '/sdk'])('an API behind an API, called by %s', (path) => {
  it.each([ada, adaElsewhere])('as the user of tenant $tenantId', async (who) => {
    const answers = await chain.call(path, who)
    expect(statuses(answers)).toEqual([200])
    expect(await answers[0]?.json()).toEqual({
      of: `${who.tenantId}.${who.id}`,
      through: defaults.apiClientId,
    })
    // The other API asked for c1, and the exchange was made once more with that.
    expect(chain.answered).toEqual([401, 200])
  })

  it('hands on what only the user can meet, through both APIs, and goes on when it was met', async () => {
    chain.entra.conditionalAccess.add({
      resources: [invoices],
      authenticationContexts: ['c1'],
      requires: 'c1',
    })
    const answers = await chain.call(path, ada)
    expect(statuses(answers)).toEqual([401, 200])
    expect(answers[0]?.headers.get('www-authenticate')).toContain('error="insufficient_claims"')
    expect(await answers[1]?.json()).toMatchObject({ of: `${ada.tenantId}.${ada.id}` })
  })
})

describe('Microsoft Graph behind an API', () => {
  it('is called as the user, and what it asks of the user goes back to the client', async () => {
    const plain = await chain.call('/graph', adaElsewhere)
    expect([statuses(plain), await plain[0]?.json()]).toEqual([[200], { of: adaElsewhere.id }])
    chain.entra.advance(1)
    chain.entra.conditionalAccess.add({ resources: ['https://graph.microsoft.com'], requires: 'mfa' })
    const answers = await chain.call('/graph', ada)
    expect(statuses(answers)).toEqual([401, 200])
    expect(await answers[1]?.json()).toEqual({ of: ada.id })
  })
})

describe('an API proves itself to Entra ID', () => {
  const credentials: Readonly<Record<string, () => Credential>> = {
    'by a secret': () => ({ secret }),
    'by a certificate': () => ({
      certificate: {
        thumbprintSha256: new X509Certificate(certificate.pem).fingerprint256.replaceAll(':', ''),
        privateKey: certificate.privateKey,
      },
    }),
    'by its managed identity, with @azure/identity': () => {
      const identity = new ManagedIdentityCredential()
      return { assertion: async () => (await identity.getToken(exchangeAudience)).token }
    },
  }

  it.each(Object.entries(credentials))('%s', async (_, make) => {
    chain.useCredential(make())
    for (const who of [ada, adaElsewhere]) expect(statuses(await chain.call('/fetch', who))).toEqual([200])
  })

  it('and not with what is not registered', async () => {
    const { privateKey, pem } = await selfSigned('orders')
    const thumbprintSha256 = new X509Certificate(pem).fingerprint256.replaceAll(':', '')
    chain.useCredential({ certificate: { thumbprintSha256, privateKey } })
    const [answer] = await chain.call('/fetch', ada)
    expect([answer?.status, await answer?.text()]).toEqual([
      500,
      expect.stringContaining('refused the credential of this API'),
    ])
  })
})
