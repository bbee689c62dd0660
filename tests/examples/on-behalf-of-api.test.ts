import { ConfidentialClientApplication, type INetworkModule } from '@azure/msal-node'
import { createVerifier, EntraGuardError, toResponse, type Access } from '@entraguard/core'
import { createEmulator, defaults, type Emulator } from '@entraguard/emulator'
import { expect, test } from 'vitest'

import { createHandler } from './on-behalf-of-api.ts'

const invoices = '77777777-7777-4777-8777-777777777777'
const secret = 'emulator-only-secret'

/** MSAL's own way to the network, into the emulator; `refuse` is what Conditional Access would answer. */
function networkOf(entra: Emulator, refuse: { claims?: string }): INetworkModule {
  const send = async (url: string, method: string, options: object = {}) => {
    const refused = refuse.claims !== undefined && method === 'POST'
    const response = refused
      ? Response.json(
          { error: 'interaction_required', error_description: 'AADSTS50076', claims: refuse.claims },
          { status: 400 },
        )
      : await entra.fetch(url, { ...options, method })
    return {
      headers: Object.fromEntries(response.headers),
      status: response.status,
      body: (await response.json()) as never,
    }
  }
  return {
    sendGetRequestAsync: (url, options) => send(url, 'GET', options),
    sendPostRequestAsync: (url, options) => send(url, 'POST', options),
  }
}

async function start(asked: Access = { scopes: ['Invoices.Read'] }) {
  const entra = await createEmulator({
    apps: [
      { secret, scopes: ['Orders.Read'], optionalClaims: ['xms_cc'] },
      {
        clientId: invoices,
        appIdUri: 'api://invoices',
        scopes: ['Invoices.Read'],
        optionalClaims: ['xms_cc', 'acrs'],
      },
    ],
  })
  const refuse: { claims?: string } = {}
  const client = new ConfidentialClientApplication({
    auth: {
      clientId: defaults.apiClientId,
      clientSecret: secret,
      authority: `https://login.microsoftonline.com/${defaults.tenantId}`,
      clientCapabilities: ['CP1'],
    },
    system: { networkClient: networkOf(entra, refuse) },
  })
  const handle = createHandler(
    createVerifier(entra.verifierOptions()),
    async (oboAssertion, scopes, claims) => {
      const request = { oboAssertion, scopes, ...(claims !== undefined && { claims }) }
      return (await client.acquireTokenOnBehalfOf(request))?.accessToken ?? ''
    },
    async (token) => {
      const api = createVerifier({ ...entra.verifierOptions(), audience: [invoices, 'api://invoices'] })
      try {
        const user = await api.authenticate(`Bearer ${token}`, asked)
        return Response.json({ invoicesOf: user.key, through: user.clientId })
      } catch (error) {
        if (EntraGuardError.is(error)) return toResponse(error, api.challenge)
        throw error
      }
    },
  )
  const call = (token: string): Promise<Response> =>
    handle(new Request('http://localhost/mine', { headers: { authorization: `Bearer ${token}` } }))
  return { entra, refuse, call }
}

test('the other API sees the same user, through this API', async () => {
  const { entra, call } = await start()
  const response = await call(await entra.issueUserToken({ scopes: ['Orders.Read'] }))
  expect(await response.json()).toEqual({
    invoicesOf: `${defaults.tenantId}.aaaaaaaa-0000-4000-8000-000000000001`,
    through: defaults.apiClientId,
  })
})

test('a token that this API refuses is never handed on', async () => {
  const { entra, call } = await start()
  const response = await call(await entra.issueUserToken({ audience: 'api://another' }))
  expect(response.status).toBe(401)
  expect(entra.requests.filter(({ method }) => method === 'POST')).toEqual([])
})

test('what the other API asks for reaches a client that understands it, as 401 with the claims', async () => {
  const { entra, refuse, call } = await start()
  refuse.claims = '{"access_token":{"capolids":{"essential":true,"values":["c1"]}}}'
  const capable = await call(await entra.issueUserToken({ scopes: ['Orders.Read'], capabilities: ['cp1'] }))
  const header = capable.headers.get('www-authenticate') ?? ''
  expect(capable.status).toBe(401)
  expect(atob(/claims="([^"]+)"/.exec(header)?.[1] ?? '')).toBe(refuse.claims)
  const other = await call(await entra.issueUserToken({ scopes: ['Orders.Read'] }))
  expect(other.status).toBe(403)
})

test('a claims challenge in the answer of the other API is met with a token that has the claims', async () => {
  const { entra, call } = await start({ scopes: ['Invoices.Read'], authContext: 'c1' })
  const response = await call(await entra.issueUserToken({ scopes: ['Orders.Read'] }))
  expect(response.status).toBe(200)
  expect(await response.json()).toMatchObject({ through: defaults.apiClientId })
})
