// #region test
import { createVerifier } from '@entraguard/core'
import { createEmulator } from '@entraguard/emulator'
import { expect, test } from 'vitest'

import { createHandler } from './core-handler.ts'

test('a user with Orders.Read gets in, another one is told why not', async () => {
  const entra = await createEmulator()
  const handle = createHandler(createVerifier(entra.verifierOptions()))
  const call = (token: string): Promise<Response> =>
    handle(new Request('http://localhost/orders', { headers: { authorization: `Bearer ${token}` } }))

  const reader = await call(await entra.issueUserToken({ scopes: ['Orders.Read'] }))
  expect(reader.status).toBe(200)

  const writer = await call(await entra.issueUserToken({ scopes: ['Orders.Write'] }))
  expect(writer.status).toBe(403)
  expect(writer.headers.get('www-authenticate')).toContain(
    'scope="api://22222222-2222-4222-8222-222222222222/Orders.Read"',
  )
})
// #endregion
