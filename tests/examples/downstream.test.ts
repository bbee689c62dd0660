import { once } from 'node:events'
import type { AddressInfo } from 'node:net'

import { createVerifier, EntraGuardError, toResponse } from '@entraguard/core'
import { onBehalfOf, type Downstream } from '@entraguard/downstream'
import { createEmulator, defaults, type Emulator } from '@entraguard/emulator'
import { EntraGuardModule } from '@entraguard/nestjs'
import { Test } from '@nestjs/testing'
import { beforeAll, describe, expect, it, vi } from 'vitest'

import {
  downstream as documented,
  expressApp,
  factsOf,
  honoApp,
  meOf,
  resolveGroups,
  withoutSecret,
} from './downstream.ts'
import { DOWNSTREAM, InvoicesModule } from './nestjs/downstream.ts'

const invoices = '77777777-7777-4777-8777-777777777777'
const secret = 'emulator-only-secret'

let entra: Emulator
let next: Downstream<'invoices'>

const verifierOf = (): ReturnType<typeof createVerifier> => createVerifier(entra.verifierOptions())

beforeAll(async () => {
  entra = await createEmulator({
    apps: [
      { secret, scopes: ['Orders.Read'], optionalClaims: ['xms_cc'] },
      { clientId: invoices, appIdUri: 'api://invoices', scopes: ['Invoices.Read'] },
    ],
  })
  const api = createVerifier({ ...entra.verifierOptions(), audience: [invoices, 'api://invoices'] })
  next = onBehalfOf({
    clientId: defaults.apiClientId,
    credential: { secret },
    apis: {
      invoices: { scopes: ['api://invoices/Invoices.Read'], origins: ['https://invoices.contoso.com'] },
    },
    now: () => entra.now(),
    fetch: async (input, init) => {
      const request = new Request(input, init)
      if (!request.url.startsWith('https://invoices.')) return await entra.fetch(request.url, init)
      try {
        const user = await api.authenticate(request.headers.get('authorization'), {
          scopes: ['Invoices.Read'],
        })
        return Response.json({ of: user.key })
      } catch (error) {
        if (EntraGuardError.is(error)) return toResponse(error, api.challenge)
        throw error
      }
    },
  })
})

type Ask = (headers: Record<string, string>) => Promise<Response>

const servers: Readonly<Record<string, () => Promise<{ ask: Ask; close: () => unknown }>>> = {
  async express() {
    const server = expressApp(verifierOf(), next).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    return {
      ask: (headers) => fetch(`http://127.0.0.1:${port}/invoices`, { headers }),
      close: () => server.close(),
    }
  },
  async hono() {
    const app = honoApp(verifierOf(), next)
    return { ask: async (headers) => await app.request('/invoices', { headers }), close: () => {} }
  },
  async nest() {
    const module = await Test.createTestingModule({
      imports: [EntraGuardModule.forRoot({ verifier: verifierOf() }), InvoicesModule],
    })
      .overrideProvider(DOWNSTREAM)
      .useValue(next)
      .compile()
    const app = module.createNestApplication({ logger: false })
    await app.listen(0, '127.0.0.1')
    const url = `${await app.getUrl()}/invoices`
    return { ask: (headers) => fetch(url, { headers }), close: () => app.close() }
  },
}

describe.each(Object.entries(servers))('the recipe for %s', (_, start) => {
  it('calls the next API as the user, and hands on what it asks of the user', async () => {
    const { ask, close } = await start()
    const signIn = async (): Promise<Response> => {
      const token = await entra.issueUserToken({ scopes: ['Orders.Read'], capabilities: ['cp1'] })
      return await ask({ authorization: `Bearer ${token}` })
    }
    try {
      const good = await signIn()
      expect([good.status, await good.json()]).toEqual([
        200,
        { of: expect.stringContaining(defaults.tenantId) as unknown },
      ])
      expect((await ask({})).status).toBe(401)
      entra.advance(1)
      const policy = entra.conditionalAccess.add({ resources: [invoices], requires: 'mfa' })
      const refused = await signIn()
      expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([
        401,
        expect.stringContaining('error="insufficient_claims"'),
      ])
      entra.conditionalAccess.remove(policy)
    } finally {
      await close()
    }
  })
})

it('a failure says for the log which error of Microsoft it was', async () => {
  const wrong = onBehalfOf({
    clientId: defaults.apiClientId,
    credential: { secret: 'wrong' },
    fetch: (input, init) => entra.fetch(new Request(input).url, init),
  })
  const error: unknown = await wrong
    .tokenForApp(defaults.tenantId, ['api://invoices/.default'])
    .catch((reason: unknown) => reason)
  expect(factsOf(error)).toMatchObject({ code: 'credential_refused', aadsts: 7000215 })
})

it('Microsoft Graph answers its own client in the name of the user, and its challenge reaches the caller', async () => {
  const authorization = `Bearer ${await entra.issueUserToken({ scopes: ['Orders.Read'], capabilities: ['cp1'] })}`
  const user = await verifierOf().authenticate(authorization, { scopes: ['Orders.Read'] })
  vi.stubGlobal('fetch', entra.fetch)
  vi.stubEnv('ENTRA_CLIENT_SECRET', secret)
  try {
    entra.advance(1)
    const policy = entra.conditionalAccess.add({
      resources: ['https://graph.microsoft.com'],
      requires: 'mfa',
    })
    await expect(meOf(user, authorization)).rejects.toMatchObject({ code: 'claims_required', status: 401 })
    entra.conditionalAccess.remove(policy)
    expect(await meOf(user, authorization)).toMatchObject({ id: user.objectId })
  } finally {
    vi.unstubAllGlobals()
    vi.unstubAllEnvs()
  }
})

it('the documented clients are made without asking anybody', () => {
  expect(Object.keys(documented)).toContain('tokenFor')
  expect(resolveGroups).toBeTypeOf('function')
  expect(withoutSecret).toThrow(/AZURE_FEDERATED_TOKEN_FILE/)
})
