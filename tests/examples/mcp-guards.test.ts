import {
  authorize,
  createVerifier,
  type AppIdentity,
  type UserIdentity,
  type Verifier,
} from '@entraguard/core'
import { createEmulator } from '@entraguard/emulator'
import { entraGuard } from '@entraguard/hono'
import {
  createMcpHandler,
  McpServer,
  requireBearerAuth,
  requireScopes,
  ResourceTemplate,
  type AuthInfo,
} from '@modelcontextprotocol/server'
import { Hono } from 'hono'
import { expect, test } from 'vitest'

/** The facts behind the table "What guards a tool" of docs/mcp.md. */
type Caller = UserIdentity | AppIdentity

const access = { scopes: ['Orders.Read'], appPermissions: ['Orders.Read.All'] } as const

const authInfoOf = (caller: Caller): AuthInfo => ({
  token: 'a tool of these tests calls nobody',
  clientId: caller.clientId,
  scopes: caller.scopes.map((scope) => `api://orders/${scope}`),
})

/** A server whose guard admits users and apps, and a request of the protocol to it. */
async function serve(register: (server: McpServer, caller: Caller) => void) {
  const entra = await createEmulator()
  const app = new Hono().use(entraGuard(createVerifier(entra.verifierOptions()), access)).all('/mcp', (c) => {
    const caller = c.var.identity
    const server = new McpServer({ name: 'orders', version: '1.0.0' })
    register(server, caller)
    return createMcpHandler(() => server).fetch(c.req.raw, { authInfo: authInfoOf(caller) })
  })
  const ask = async (token: string, method: string, params: object): Promise<Response> =>
    await app.request('/mcp', {
      method: 'POST',
      headers: {
        authorization: `Bearer ${token}`,
        accept: 'application/json, text/event-stream',
        'content-type': 'application/json',
      },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
    })
  return { entra, ask }
}

const text = (said: string) => ({ content: [{ type: 'text' as const, text: said }] })

test('scopeChallenge guards a resource and a prompt as it does a tool', async () => {
  const { entra, ask } = await serve((server) => {
    const scopeChallenge = requireScopes('api://orders/Orders.Write')
    server.registerResource('ledger', 'orders://ledger', { scopeChallenge }, () => ({
      contents: [{ uri: 'orders://ledger', text: 'secret' }],
    }))
    server.registerPrompt('review', { scopeChallenge }, () => ({
      messages: [{ role: 'user', content: { type: 'text', text: 'secret' } }],
    }))
  })
  const reader = await entra.issueUserToken({ scopes: ['Orders.Read'] })
  const writer = await entra.issueUserToken({ scopes: ['Orders.Read', 'Orders.Write'] })
  for (const [method, params] of [
    ['resources/read', { uri: 'orders://ledger' }],
    ['prompts/get', { name: 'review' }],
  ] as const) {
    const refused = await ask(reader, method, params)
    expect(refused.status).toBe(403)
    expect(await refused.text()).not.toContain('secret')
    expect(await (await ask(writer, method, params)).text()).toContain('secret')
  }
})

test('lists and completions run for every caller of the guard, also where scopeChallenge refuses the read', async () => {
  const { entra, ask } = await serve((server) => {
    const template = new ResourceTemplate('orders://{id}', {
      list: () => ({ resources: [{ uri: 'orders://7', name: 'listed' }] }),
      complete: { id: () => ['completed'] },
    })
    const scopeChallenge = requireScopes('api://orders/Orders.Write')
    server.registerResource('order', template, { scopeChallenge }, () => ({ contents: [] }))
  })
  const reader = await entra.issueUserToken({ scopes: ['Orders.Read'] })
  expect((await ask(reader, 'resources/read', { uri: 'orders://7' })).status).toBe(403)
  expect(await (await ask(reader, 'resources/list', {})).text()).toContain('listed')
  const completed = await ask(reader, 'completion/complete', {
    ref: { type: 'ref/resource', uri: 'orders://{id}' },
    argument: { name: 'id', value: '' },
  })
  expect(await completed.text()).toContain('completed')
})

test('a refusal that a tool throws is an error of the tool with status 200', async () => {
  const { entra, ask } = await serve((server, caller) => {
    server.registerTool('write', {}, () => {
      authorize(caller, { scopes: ['Orders.Write'] })
      return text('secret')
    })
  })
  const answer = await ask(await entra.issueUserToken({ scopes: ['Orders.Read'] }), 'tools/call', {
    name: 'write',
    arguments: {},
  })
  expect(answer.status).toBe(200)
  expect(answer.headers.get('www-authenticate')).toBeNull()
  expect(await answer.text()).toMatch(/"isError":true/)
})

test('requireScopes refuses an app, which has no scopes; a hook of its own can admit it', async () => {
  const { entra, ask } = await serve((server, caller) => {
    server.registerTool('users-only', { scopeChallenge: requireScopes('api://orders/Orders.Read') }, () =>
      text('secret'),
    )
    server.registerTool(
      'apps-too',
      {
        scopeChallenge: () => {
          try {
            authorize(caller, { scopes: ['Orders.Write'], appPermissions: ['Orders.Write.All'] })
            return undefined
          } catch {
            return { scopes: ['api://orders/Orders.Write'] }
          }
        },
      },
      () => text('written'),
    )
  })
  const call = (token: string, name: string) => ask(token, 'tools/call', { name, arguments: {} })
  const app = await entra.issueAppToken({ roles: ['Orders.Read.All', 'Orders.Write.All'] })
  expect((await call(app, 'users-only')).status).toBe(403)
  expect(await (await call(app, 'apps-too')).text()).toContain('written')
  const reader = await entra.issueAppToken({ roles: ['Orders.Read.All'] })
  expect((await call(reader, 'apps-too')).status).toBe(403)
})

test('the requireBearerAuth of the SDK answers 500 where a verifier of Entraguard refuses', async () => {
  const entra = await createEmulator()
  const verifier: Verifier = createVerifier(entra.verifierOptions())
  const gate = requireBearerAuth({
    verifier: {
      async verifyAccessToken(token) {
        const { clientId, scopes, expiresAt } = await verifier.verify(token)
        return { token, clientId, scopes: [...scopes], expiresAt }
      },
    },
  })
  const token = await entra.issueUserToken()
  entra.advance(2 * 60 * 60)
  const request = new Request('https://mcp.contoso.com/mcp', {
    headers: { authorization: `Bearer ${token}` },
  })
  expect(((await gate(request)) as Response).status).toBe(500)
})
