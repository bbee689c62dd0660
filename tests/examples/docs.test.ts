import { once } from 'node:events'
import type { AddressInfo } from 'node:net'

import { createVerifier, EntraGuardError } from '@entraguard/core'
import { createEmulator } from '@entraguard/emulator'
import { expect, test } from 'vitest'

import { count, decide, resourceMetadata, server } from './docs.ts'

test('the plain Node server of the documentation answers with a challenge', async () => {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const call = (headers: Record<string, string>): Promise<Response> =>
    fetch(`http://127.0.0.1:${port}/`, { headers })
  const without = await call({})
  const malformed = await call({ authorization: 'Bearer x' })
  expect([without.status, without.headers.get('www-authenticate')]).toEqual([401, 'Bearer realm=""'])
  expect([malformed.status, malformed.headers.get('www-authenticate')]).toEqual([
    401,
    expect.stringContaining('invalid_token'),
  ])
  server.close()
})

test('the decisions of the documentation refuse an identity that fits only some of them', async () => {
  const entra = await createEmulator()
  const identity = await createVerifier({ ...entra.verifierOptions(), onEvent: count }).verify(
    await entra.issueUserToken({ scopes: ['Orders.Read'] }),
  )
  const refusal: unknown = (() => {
    try {
      return decide(identity)
    } catch (error) {
      return error
    }
  })()
  expect(EntraGuardError.is(refusal) && refusal.code).toBe('caller_refused')
})

test('the resource metadata of the documentation is what an MCP client reads', () => {
  expect(resourceMetadata).toMatchObject({
    bearer_methods_supported: ['header'],
    resource: 'https://mcp.contoso.com',
  })
})
