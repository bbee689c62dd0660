import { createVerifier, type VerifierOptions } from '@entraguard/core'
import { createEmulator, defaults } from '@entraguard/emulator'
import { mcpGuard, type McpGuardOptions } from '@entraguard/mcp'
import { createServer } from 'mcp-server/src/server.ts'
import { describe, expect, it } from 'vitest'

import { version1, version2 } from './real-clients.ts'

const origin = 'https://mcp.contoso.com'
const resource = `${origin}/mcp`
const document = `${origin}/.well-known/oauth-authorization-server`
const serverId = 'eeeeeeee-0000-4000-8000-000000000001'

/** A server and Entra ID, by the names that they have in production. */
async function start(options: Partial<McpGuardOptions>, more: Partial<VerifierOptions> = {}) {
  const entra = await createEmulator({
    apps: [
      {
        clientId: serverId,
        appIdUri: resource,
        scopes: ['Orders.Read', 'Orders.Write'],
        multiTenant: true,
      },
      { clientId: defaults.webClientId, redirectUris: ['http://localhost/callback'], multiTenant: true },
    ],
  })
  const verifier = createVerifier({ ...entra.verifierOptions(), audience: serverId, ...more })
  const access = { scopes: ['Orders.Read'] } as const
  const serve = mcpGuard(verifier, { resource, access, ...options }).fetch(createServer)
  const asked: string[] = []
  const send = async (...[input, init]: Parameters<typeof fetch>): Promise<Response> => {
    const request = new Request(input, init)
    asked.push(request.url)
    return request.url.startsWith(origin) ? serve(request) : entra.fetch(request)
  }
  const setting = {
    server: new URL(resource),
    clientId: defaults.webClientId,
    user: 'aaaaaaaa-0000-4000-8000-000000000001',
    fetch: send,
  }
  return { asked, setting }
}

describe.each([
  ['@modelcontextprotocol/client 2', version2()],
  ['@modelcontextprotocol/client 2, protocol of 2026', version2('auto')],
  ['@modelcontextprotocol/sdk 1', version1],
])('%s', (_name, connect) => {
  it('signs in by the document of the server, which says that Entra knows S256', async () => {
    const { asked, setting } = await start({ authorizationServers: [origin] })
    const client = await connect(setting)
    expect(await client.list()).toContain('list-orders')
    expect(asked).toContain(document)
    expect(asked.some((url) => url.endsWith('/openid-configuration'))).toBe(false)
    expect(client.session.visits.map((url) => url.origin)).toEqual(['https://login.microsoftonline.com'])
    await client.close()
  })

  it('signs in at a server for many tenants, for which Entra has no document with an issuer', async () => {
    const { asked, setting } = await start({}, { tenants: 'organizations' })
    const client = await connect(setting)
    expect(await client.list()).toContain('list-orders')
    expect(asked).toContain(document)
    expect(client.session.visits.map((url) => url.pathname)).toEqual(['/organizations/oauth2/v2.0/authorize'])
    await client.close()
  })

  it('calls with a scope more, once its user has signed in for both', async () => {
    const { setting } = await start({ authorizationServers: [origin] })
    const client = await connect(setting)
    expect(await client.call('place-order', { item: 'tea', quantity: 1 })).toContain('"tea"')
    expect(client.session.visits).toHaveLength(2)
    await client.close()
  })
})
