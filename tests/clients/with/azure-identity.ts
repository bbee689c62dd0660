import { writeFile } from 'node:fs/promises'
import path from 'node:path'

import type { TokenCredential } from '@azure/identity'
import { expect } from 'vitest'

import { managedIdentityTokens } from '../environment.ts'
import type { Client } from '../flows.ts'
import {
  ADA,
  api,
  daemon,
  desktop,
  identity as identityId,
  READ,
  secret,
  STOCK,
  tenantId,
  type World,
} from '../world.ts'

const identity = () => import('@azure/identity')
const scope = `api://${api}/.default`
const optionsFor = ({ server }: World) => ({ authorityHost: server.url, disableInstanceDiscovery: true })

async function claimsFrom(world: World, credential: TokenCredential, scopes: string | string[] = scope) {
  const token = await credential.getToken(scopes)
  return world.verified(token?.token)
}

export const client: Client = {
  name: '@azure/identity',
  options: '`authorityHost`, `disableInstanceDiscovery: true`',
  flows: {
    'device code': async (world) => {
      const { DeviceCodeCredential } = await identity()
      const credential = new DeviceCodeCredential({
        tenantId,
        clientId: desktop,
        userPromptCallback: ({ userCode }) => void world.entra.settleDevice(userCode, ADA),
        ...optionsFor(world),
      })
      expect(await claimsFrom(world, credential, READ)).toMatchObject({ oid: ADA, azp: desktop })
    },
    'client secret': async (world) => {
      const { ClientSecretCredential } = await identity()
      const credential = new ClientSecretCredential(tenantId, daemon, secret, optionsFor(world))
      expect(await claimsFrom(world, credential)).toMatchObject({ azp: daemon, azpacr: '1' })
    },
    certificate: async (world) => {
      const { ClientCertificateCredential } = await identity()
      const { pem, privateKey } = world.certificate
      const certificate = `${privateKey}${pem}`
      const credential = new ClientCertificateCredential(tenantId, daemon, { certificate }, optionsFor(world))
      expect(await claimsFrom(world, credential)).toMatchObject({ azp: daemon, azpacr: '2' })
    },
    assertion: async (world) => {
      const { ClientAssertionCredential, WorkloadIdentityCredential } = await identity()
      const options = optionsFor(world)
      const direct = new ClientAssertionCredential(tenantId, daemon, () => world.federatedToken(), options)
      expect(await claimsFrom(world, direct)).toMatchObject({ azp: daemon, azpacr: '2' })
      const tokenFilePath = path.join(path.dirname(world.caFile), 'workload-token')
      await writeFile(tokenFilePath, await world.federatedToken())
      const workload = new WorkloadIdentityCredential({
        tenantId,
        clientId: daemon,
        tokenFilePath,
        ...options,
      })
      expect(await claimsFrom(world, workload)).toMatchObject({ azp: daemon, azpacr: '2' })
    },
    'managed identity': async (world) => {
      for (const token of await managedIdentityTokens(world, '@azure/identity', `api://${api}`)) {
        expect(await world.verified(token)).toMatchObject({ aud: api, azp: identityId, azpacr: '2' })
      }
    },
    'on-behalf-of': async (world) => {
      const { OnBehalfOfCredential } = await identity()
      const userAssertionToken = await world.entra.issueUserToken({ user: ADA, scopes: ['Orders.Read'] })
      const credential = new OnBehalfOfCredential({
        tenantId,
        clientId: api,
        clientSecret: secret,
        userAssertionToken,
        ...optionsFor(world),
      })
      expect(await claimsFrom(world, credential, `api://${STOCK}/.default`)).toMatchObject({
        oid: ADA,
        scp: 'Stock.Read',
      })
    },
    Graph: async (world) => {
      const { OnBehalfOfCredential } = await identity()
      const { Client: Graph } = await import('@microsoft/microsoft-graph-client')
      const userAssertionToken = await world.entra.issueUserToken({ user: ADA, scopes: ['Orders.Read'] })
      const credential = new OnBehalfOfCredential({
        tenantId,
        clientId: api,
        clientSecret: secret,
        userAssertionToken,
        ...optionsFor(world),
      })
      const graph = Graph.initWithMiddleware({
        authProvider: {
          getAccessToken: async () =>
            (await credential.getToken('https://graph.microsoft.com/.default'))?.token ?? '',
        },
        baseUrl: `${world.server.url}/graph.microsoft.com`,
        customHosts: new Set(['localhost']),
      })
      expect(await graph.api('/me').get()).toMatchObject({ id: ADA, displayName: 'Ada Lovelace' })
    },
  },
}
