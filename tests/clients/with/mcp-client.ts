import {
  createVerifier,
  EntraGuardError,
  proofOf,
  protectedResourceMetadata,
  toResponse,
} from '@entraguard/core'
import { dpop } from '@entraguard/core/pop'
import { getRequestListener } from '@hono/node-server'
import { createMcpHandler, McpServer } from '@modelcontextprotocol/server'
import { expect } from 'vitest'

import type { Client } from '../flows.ts'
import { Person } from '../person.ts'
import { ProvingSession, Session, SessionWithoutResource, type Proofs } from './mcp-sessions.ts'
import { ADA, api, desktop, READ, serve, tenantId, type World } from '../world.ts'

const library = () => import('@modelcontextprotocol/client')
const metadataPath = '/.well-known/oauth-protected-resource/mcp'

function tools(): McpServer {
  const server = new McpServer({ name: 'orders', version: '1.0.0' })
  for (const name of ['list', 'write'])
    server.registerTool(name, { description: name }, () => ({ content: [{ type: 'text', text: name }] }))
  return server
}

/** An API of the emulator. */
interface Api {
  readonly clientId: string
  readonly appIdUri: string
}

/** An MCP server that asks for more where a tool writes; its challenges are those of the verifier. */
function mcpServer({ entra, strict }: World, origin: string, { clientId, appIdUri }: Api, proofs?: Proofs) {
  const resource = `${origin}/mcp`
  const verifier = createVerifier({
    ...entra.verifierOptions(),
    audience: [clientId, appIdUri],
    challenge: { resourceMetadata: `${origin}${metadataPath}` },
    ...(proofs && { bound: dpop({ origin, required: true, nonce: proofs.nonce }) }),
  })
  const authorizationServers = [`${strict.url}/${tenantId}/v2.0`] as const
  const scopes = [`${appIdUri}/Orders.Read`] as const
  const handler = createMcpHandler(tools)
  return async (request: Request): Promise<Response> => {
    if (new URL(request.url).pathname === metadataPath)
      return Response.json(protectedResourceMetadata({ resource, authorizationServers, scopes }))
    try {
      const caller = await verifier.authenticate(
        request.headers.get('authorization'),
        { scopes: ['Orders.Read'] },
        { request: proofOf(verifier, request) },
      )
      const body = request.method === 'POST' ? await request.clone().text() : ''
      if (body.includes('"name":"write"')) verifier.authorize(caller, { scopes: ['Orders.Write'] })
      return await handler.fetch(request)
    } catch (error) {
      if (EntraGuardError.is(error)) return toResponse(error, verifier.challenge)
      throw error
    }
  }
}

const orders: Api = { clientId: api, appIdUri: `api://${api}` }

/** An API whose Application ID URI is the address of the server, as Microsoft recommends for MCP. */
function register({ entra }: World, origin: string): Api {
  const app = { clientId: crypto.randomUUID(), appIdUri: `${origin}/mcp` }
  entra.register({ apps: [{ ...app, scopes: ['Orders.Read', 'Orders.Write'] }] })
  return app
}

/** Does something with the client, and has Ada sign in where the client says that it needs it. */
async function withClient(
  world: World,
  use: (
    call: (name: string) => Promise<unknown>,
    session: Session,
    sent: readonly Request[],
  ) => Promise<void>,
  { isAddress = false, proving }: { readonly isAddress?: boolean; readonly proving?: ProvingSession } = {},
): Promise<void> {
  const mcp = await library()
  const sent: Request[] = []
  const fetchAndKeep: typeof fetch = async (input, init) => {
    sent.push(new Request(input, init))
    return fetch(input, init)
  }
  await serve(
    (origin) => {
      const own = isAddress ? register(world, origin) : orders
      const listener = getRequestListener(mcpServer(world, origin, own, proving?.proofs))
      return (request, response) => void listener(request, response)
    },
    async (origin) => {
      const session = proving ?? (isAddress ? new Session() : new SessionWithoutResource())
      const ada = new Person(ADA)
      const address = new URL(`${origin}/mcp`)
      const connect = () =>
        new mcp.StreamableHTTPClientTransport(address, { authProvider: session, fetch: fetchAndKeep })
      const signingIn = async <T>(
        transport: ReturnType<typeof connect>,
        act: () => Promise<T>,
      ): Promise<T> => {
        const before = session.visits.length
        try {
          return await act()
        } catch (error) {
          const asked = session.visits[before]
          if (!(error instanceof mcp.UnauthorizedError) || asked === undefined) throw error
          const { url } = await ada.visit(asked.href, ({ port }) => port === '3000')
          await transport.finishAuth(url.searchParams)
          return act()
        }
      }
      const client = new mcp.Client({ name: 'orders-client', version: '1.0.0' })
      const first = connect()
      let transport = first
      await signingIn(first, async () => {
        transport = session.kept === undefined ? first : connect()
        await client.connect(transport)
      })
      await use((name) => signingIn(transport, () => client.callTool({ name })), session, sent)
      await client.close()
    },
  )
}

const text = (said: string) => ({ content: [{ type: 'text', text: said }] })

/** A client that keeps one key: it calls, nobody else can send what it sent, and it renews. */
async function callWithProofs(world: World, proofs: Proofs): Promise<void> {
  const { DpopSession } = await library()
  const proving = new ProvingSession(world, await DpopSession.create(), proofs)
  const { thumbprint: jkt } = proving.key
  await withClient(
    world,
    async (call, session, sent) => {
      expect(await call('list')).toMatchObject(text('list'))
      const { access_token, token_type } = session.kept ?? {}
      expect(token_type).toBe('DPoP')
      expect(await world.verified(access_token)).toMatchObject({ cnf: { jkt }, scp: 'Orders.Read' })
      // Whoever saw a request cannot send it again, and a renewal keeps the key.
      const last = sent.findLast(({ method }) => method === 'POST')!
      const again = await fetch(last)
      expect([again.status, again.headers.get('www-authenticate')]).toEqual([
        401,
        expect.stringMatching(/^DPoP error="invalid_dpop_proof"/),
      ])
      session.kept = { ...session.kept, access_token: 'expired', token_type: 'DPoP' }
      expect(await call('list')).toMatchObject(text('list'))
      expect(session.visits).toHaveLength(1)
      expect(await world.verified(session.kept.access_token)).toMatchObject({ cnf: { jkt } })
    },
    { proving },
  )
}

export const client: Client = {
  name: '@modelcontextprotocol/client',
  options:
    '`localIssuer`; a `validateResourceURL` that gives nothing, where the Application ID URI is not the address',
  flows: {
    'authorization code': (world) =>
      withClient(world, async (call, { visits, kept }) => {
        expect(await call('list')).toMatchObject(text('list'))
        expect(visits.map(({ searchParams }) => searchParams.get('scope'))).toStrictEqual([
          `${READ} offline_access`,
        ])
        expect(await world.verified(kept?.access_token)).toMatchObject({ azp: desktop, scp: 'Orders.Read' })
      }),
    refresh: (world) =>
      withClient(world, async (call, session) => {
        session.kept = { ...session.kept, access_token: 'expired', token_type: 'Bearer' }
        expect(await call('list')).toMatchObject(text('list'))
        expect(session.visits).toHaveLength(1)
        expect(await world.verified(session.kept.access_token)).toMatchObject({ scp: 'Orders.Read' })
      }),
    DPoP: (world) => callWithProofs(world, { nonce: false }),
    'DPoP with nonces': (world) => callWithProofs(world, { nonce: true }),
    'more scopes': async (world) => {
      for (const isAddress of [false, true])
        await withClient(
          world,
          async (call, session) => {
            // The server answers 403 `insufficient_scope`; the scopes of its challenge are asked for as they stand there.
            expect(await call('write')).toMatchObject(text('write'))
            const [first, more] = session.visits.map(({ searchParams }) => searchParams)
            expect(more?.has('resource')).toBe(isAddress)
            const appIdUri = more?.get('resource') ?? `api://${api}`
            expect(first?.get('scope')).toBe(`${appIdUri}/Orders.Read offline_access`)
            expect(more?.get('scope')).toBe(`${appIdUri}/Orders.Read ${appIdUri}/Orders.Write offline_access`)
            expect(await world.verified(session.kept?.access_token)).toMatchObject({
              scp: 'Orders.Read Orders.Write',
            })
            expect(await call('list')).toMatchObject(text('list'))
          },
          { isAddress },
        )
    },
  },
}
