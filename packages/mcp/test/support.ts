import { once } from 'node:events'
import { createServer as createHttpServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'

import { createVerifier, type Verifier, type VerifierOptions } from '@entraguard/core'
import { createEmulator, type Emulator } from '@entraguard/emulator'
import { McpServer, requireScopes } from '@modelcontextprotocol/server'

import { identityOf, needs, type ToolContext } from '../src/index.ts'

/** As Microsoft recommends: the Application ID URI is the address of the server. */
export const resource = 'https://mcp.contoso.com/mcp'
export const metadataUrl = 'https://mcp.contoso.com/.well-known/oauth-protected-resource/mcp'
export const tenantId = '11111111-1111-4111-8111-111111111111'
export const clientId = '22222222-2222-4222-8222-222222222222'
export const gate = { scopes: ['Orders.Read'] } as const
export const inFull = (...scopes: string[]): string => scopes.map((scope) => `${resource}/${scope}`).join(' ')

export interface World {
  readonly entra: Emulator
  readonly verifier: Verifier
}

export async function createWorld(options: Partial<VerifierOptions> = {}): Promise<World> {
  const entra = await createEmulator({
    apps: [{ clientId, appIdUri: resource, scopes: ['Orders.Read', 'Orders.Write', 'Orders.Cancel'] }],
  })
  return { entra, verifier: createVerifier({ ...entra.verifierOptions(), ...options }) }
}

const said = (text: string) => ({ content: [{ type: 'text' as const, text }] })

/** How often a tool has run that must not run for everybody. */
export interface Ran {
  times: number
}

/** Tools, a resource and a prompt: for all whom the gate admits, and for those who may more. */
export function createServer(ran: Ran = { times: 0 }): McpServer {
  const server = new McpServer({ name: 'orders', version: '1.0.0' })
  const guarded = (context: ToolContext) => {
    ran.times += 1
    const { key, groups } = identityOf(context)
    return said(`changed the orders of ${key}, groups ${groups.status}`)
  }
  server.registerTool('mine', {}, (context) => said(`orders of ${identityOf(context).key}`))
  server.registerTool('of-sdk', { scopeChallenge: requireScopes(inFull('Orders.Write')) }, guarded)
  server.registerTool('writers', { scopeChallenge: needs({ scopes: ['Orders.Write'] }) }, guarded)
  const admins = needs({ scopes: ['Orders.Read'], roles: ['Orders.Admin'] })
  server.registerTool('admins', { scopeChallenge: admins }, guarded)
  server.registerTool('apps', { scopeChallenge: needs({ appPermissions: ['Orders.Read.All'] }) }, guarded)
  const people = needs({ scopes: ['Orders.Read'], agents: 'refuse' })
  server.registerTool('people', { scopeChallenge: people }, guarded)
  const proven = needs({ scopes: ['Orders.Read'], authContext: 'c1' })
  server.registerTool('proven', { scopeChallenge: proven }, guarded)
  const staff = needs({ scopes: ['Orders.Read'], groups: ['77777777-7777-4777-8777-777777777777'] })
  server.registerTool('staff', { scopeChallenge: staff }, guarded)
  server.registerResource(
    'ledger',
    'orders://ledger',
    { scopeChallenge: needs({ scopes: ['Orders.Write'] }) },
    () => {
      ran.times += 1
      return { contents: [{ uri: 'orders://ledger', text: 'ledger' }] }
    },
  )
  server.registerPrompt('apologise', { scopeChallenge: needs({ scopes: ['Orders.Write'] }) }, () => {
    ran.times += 1
    return { messages: [] }
  })
  return server
}

/** What a request of a protocol era carries beside its method and parameters. */
interface Era {
  readonly headers: (method: string, name: string) => Readonly<Record<string, string>>
  readonly meta: object
}

/** The two ways in which the SDK reads a request: both have to ask the tool's own check. */
export const eras = {
  '2025-11-25': { headers: () => ({ 'mcp-protocol-version': '2025-11-25' }), meta: {} },
  '2026-07-28': {
    headers: (method, name) => ({
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': method,
      'mcp-name': name,
    }),
    meta: {
      _meta: {
        'io.modelcontextprotocol/protocolVersion': '2026-07-28',
        'io.modelcontextprotocol/clientInfo': { name: 'test', version: '1.0.0' },
        'io.modelcontextprotocol/clientCapabilities': {},
      },
    },
  },
} as const satisfies Record<string, Era>

export type EraName = keyof typeof eras
export const eraNames = ['2025-11-25', '2026-07-28'] as const

/** One request of a client, as `RequestInit`. */
export function call(
  name: string,
  token: string | undefined,
  { era = '2025-11-25', method = 'tools/call' }: { readonly era?: EraName; readonly method?: string } = {},
): RequestInit {
  const { headers, meta }: Era = eras[era]
  const what = method === 'resources/read' ? { uri: name } : { name, arguments: {} }
  return {
    method: 'POST',
    headers: {
      accept: 'application/json, text/event-stream',
      'content-type': 'application/json',
      ...headers(method, name),
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params: { ...what, ...meta } }),
  }
}

export interface Served {
  readonly url: string
  readonly close: () => Promise<void>
}

/** A real server on a free port. */
export async function serve(app: RequestListener): Promise<Served> {
  const server = createHttpServer(app).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
