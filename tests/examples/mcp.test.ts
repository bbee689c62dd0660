import { createVerifier } from '@entraguard/core'
import { createEmulator } from '@entraguard/emulator'
import { expect, test } from 'vitest'

import { createHandler, options } from './mcp.ts'

const address = 'https://mcp.contoso.com/mcp'
const metadataUrl = 'https://mcp.contoso.com/.well-known/oauth-protected-resource/mcp'
const key = '11111111-1111-4111-8111-111111111111.aaaaaaaa-0000-4000-8000-000000000001'

/** What a request of a protocol era carries beside its method and parameters. */
interface Era {
  readonly headers: (method: string, name: string) => Readonly<Record<string, string>>
  readonly meta: object
}

/** The two ways in which the SDK reads a request: both have to ask the tool's own check. */
const eras: Readonly<Record<string, Era>> = {
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
}

async function start() {
  const entra = await createEmulator({
    apps: [
      { clientId: String(options.audience), appIdUri: address, scopes: ['Orders.Read', 'Orders.Write'] },
    ],
  })
  const handle = createHandler(createVerifier({ ...entra.verifierOptions(), audience: options.audience }))
  const app = { request: (url: string, init?: RequestInit) => handle(new Request(url, init)) }
  const send = async (body: unknown, headers: Readonly<Record<string, string>>): Promise<Response> =>
    await app.request(address, {
      method: 'POST',
      headers: {
        accept: 'application/json, text/event-stream',
        'content-type': 'application/json',
        ...headers,
      },
      body: JSON.stringify(body),
    })
  /** One call of a tool, by somebody with the token or with none. */
  const call = (name: string, token?: string, { headers, meta }: Era = eras['2025-11-25'] as Era) =>
    send(
      { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name, arguments: {}, ...meta } },
      { ...headers('tools/call', name), ...(token !== undefined && { authorization: `Bearer ${token}` }) },
    )
  return { entra, app, send, call }
}

test('a client without a token finds out whom to ask, and for which scopes', async () => {
  const { app, call } = await start()
  const refused = await call('my-orders')
  expect(refused.status).toBe(401)
  const where = /resource_metadata="([^"]+)"/.exec(refused.headers.get('www-authenticate') ?? '')?.[1] ?? ''
  expect(where).toBe(metadataUrl)
  expect(refused.headers.get('www-authenticate')).toContain('scope="https://mcp.contoso.com/mcp/Orders.Read"')
  const document = await app.request(where)
  expect(await document.json()).toEqual({
    resource: address,
    authorization_servers: ['https://login.microsoftonline.com/11111111-1111-4111-8111-111111111111/v2.0'],
    scopes_supported: ['https://mcp.contoso.com/mcp/Orders.Read', 'https://mcp.contoso.com/mcp/Orders.Write'],
    bearer_methods_supported: ['header'],
  })
})

test('a browser client may ask without a token first, and may read the document and the challenge', async () => {
  const { app, call, entra } = await start()
  const preflight = await app.request(address, {
    method: 'OPTIONS',
    headers: {
      origin: 'https://client.example',
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'authorization,content-type,mcp-protocol-version',
    },
  })
  expect(preflight.status).toBe(204)
  expect(preflight.headers.get('access-control-allow-origin')).toBe('*')
  expect(preflight.headers.get('access-control-allow-headers')).toMatch(/authorization.*mcp-protocol-version/)
  expect(preflight.headers.get('access-control-allow-methods')).toContain('POST')

  const refused = await call('my-orders')
  const reader = await entra.issueUserToken({ scopes: ['Orders.Read'] })
  for (const response of [refused, await call('cancel-orders', reader), await app.request(metadataUrl)]) {
    expect(response.headers.get('access-control-allow-origin')).toBe('*')
    expect(response.headers.get('access-control-expose-headers')).toContain('WWW-Authenticate')
  }
})

test('an OPTIONS request of the MCP address is answered by CORS alone: no tool runs for it', async () => {
  const { app } = await start()
  const body = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'my-orders', arguments: {} } }
  const answer = await app.request(address, { method: 'OPTIONS', body: JSON.stringify(body) })
  expect(await answer.text()).toBe('')
})

test.each(Object.entries(eras))('%s: a tool answers for the user whose token came', async (_name, era) => {
  const { entra, call } = await start()
  const token = await entra.issueUserToken({ scopes: ['Orders.Read'] })
  const answer = await call('my-orders', token, era)
  expect(answer.status).toBe(200)
  expect(await answer.text()).toContain(`orders of ${key}`)
})

test.each(Object.entries(eras))(
  '%s: a tool that asks for more does not run for a token with less, and names all that a client has to ask for',
  async (_name, era) => {
    const { entra, call } = await start()
    const refused = await call('cancel-orders', await entra.issueUserToken({ scopes: ['Orders.Read'] }), era)
    expect(refused.status).toBe(403)
    const challenge = refused.headers.get('www-authenticate') ?? ''
    expect(challenge).toContain('error="insufficient_scope"')
    expect(challenge).toContain(
      'scope="https://mcp.contoso.com/mcp/Orders.Read https://mcp.contoso.com/mcp/Orders.Write"',
    )
    expect(challenge).toContain(`resource_metadata="${metadataUrl}"`)
    expect(await refused.text()).not.toContain('cancelled')

    const writer = await entra.issueUserToken({ scopes: ['Orders.Read', 'Orders.Write'] })
    const answer = await call('cancel-orders', writer, era)
    expect(answer.status).toBe(200)
    expect(await answer.text()).toContain(`cancelled the orders of ${key}`)
  },
)

test('a batch with one call that asks for more runs none of its calls', async () => {
  const { entra, send } = await start()
  const token = await entra.issueUserToken({ scopes: ['Orders.Read'] })
  const calls = ['my-orders', 'cancel-orders'].map((name, id) => ({
    jsonrpc: '2.0',
    id,
    method: 'tools/call',
    params: { name, arguments: {} },
  }))
  const answer = await send(calls, { authorization: `Bearer ${token}` })
  expect(answer.status).toBe(403)
  expect(await answer.text()).not.toContain('orders of')
})

test("a role with a scope's name is not that scope", async () => {
  const { entra, call } = await start()
  const token = await entra.issueUserToken({ scopes: ['Orders.Read'], roles: ['Orders.Write'] })
  expect((await call('cancel-orders', token)).status).toBe(403)
})

test('a user without the scope of the server gets no further than its gate', async () => {
  const { entra, call } = await start()
  const refused = await call('my-orders', await entra.issueUserToken({ scopes: ['Orders.Write'] }))
  expect(refused.status).toBe(403)
  expect(refused.headers.get('www-authenticate')).toMatch(
    /error="insufficient_scope".*scope="https:\/\/mcp\.contoso\.com\/mcp\/Orders\.Read"/,
  )
})

test('an app gets no further than the gate, whatever its permissions are called', async () => {
  const { entra, call } = await start()
  const token = await entra.issueAppToken({ roles: ['Orders.Read', 'Orders.Read.All'] })
  for (const name of ['my-orders', 'cancel-orders']) expect((await call(name, token)).status).toBe(403)
})

test('an expired token is 401 with a challenge, not an error of a tool', async () => {
  const { entra, call } = await start()
  const token = await entra.issueUserToken({ scopes: ['Orders.Read', 'Orders.Write'] })
  entra.advance(2 * 60 * 60)
  for (const name of ['my-orders', 'cancel-orders']) {
    const refused = await call(name, token)
    expect(refused.status).toBe(401)
    expect(refused.headers.get('www-authenticate')).toContain('error="invalid_token"')
  }
})

test('an outage of the key server is 503 with Retry-After', async () => {
  const { entra, call } = await start()
  const token = await entra.issueUserToken({ scopes: ['Orders.Read'] })
  entra.goOffline()
  const refused = await call('my-orders', token)
  expect(refused.status).toBe(503)
  expect(refused.headers.get('retry-after')).toMatch(/^\d+$/)
})

test('a token whose audience is the address of the server is refused where the client id is expected, as in v2.0 tokens', async () => {
  const { entra, call } = await start()
  const token = await entra.issueUserToken({ audience: address, version: '1.0' })
  expect((await call('my-orders', token)).status).toBe(401)
})
