import { createVerifier } from '@entraguard/core'
import { createEmulator } from '@entraguard/emulator'
import { expect, test } from 'vitest'

import { createApp, options } from './mcp.ts'

async function start() {
  const entra = await createEmulator()
  const app = createApp(createVerifier({ ...entra.verifierOptions(), challenge: options.challenge ?? {} }))
  const ask = async (method: string, params: object, token?: string): Promise<Response> =>
    await app.request('https://mcp.contoso.com/mcp', {
      method: 'POST',
      headers: {
        accept: 'application/json, text/event-stream',
        'content-type': 'application/json',
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
      },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
    })
  return { entra, app, ask }
}

test('a client without a token finds out whom to ask, and for which scope', async () => {
  const { app, ask } = await start()
  const refused = await ask('tools/list', {})
  expect(refused.status).toBe(401)
  const address = /resource_metadata="([^"]+)"/.exec(refused.headers.get('www-authenticate') ?? '')?.[1] ?? ''
  const document = await app.request(address)
  expect(await document.json()).toEqual({
    resource: 'https://mcp.contoso.com/mcp',
    authorization_servers: ['https://login.microsoftonline.com/11111111-1111-4111-8111-111111111111/v2.0'],
    scopes_supported: ['api://22222222-2222-4222-8222-222222222222/Orders.Read'],
    bearer_methods_supported: ['header'],
  })
})

test('a tool answers for the user whose token came', async () => {
  const { entra, ask } = await start()
  const token = await entra.issueUserToken({ scopes: ['Orders.Read'] })
  const answer = await ask('tools/call', { name: 'my-orders', arguments: {} }, token)
  expect(answer.status).toBe(200)
  expect(await answer.text()).toContain(
    'orders of 11111111-1111-4111-8111-111111111111.aaaaaaaa-0000-4000-8000-000000000001',
  )
})

test('a token whose audience is the address of the server is refused: Entra does not issue such tokens', async () => {
  const { entra, ask } = await start()
  const token = await entra.issueUserToken({ audience: 'https://mcp.contoso.com/mcp' })
  expect((await ask('tools/list', {}, token)).status).toBe(401)
})
