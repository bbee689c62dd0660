// #region hono
import { createVerifier, type Verifier } from '@entraguard/core'
import { createEmulator } from '@entraguard/emulator'
import { entraGuard, requireAccess } from '@entraguard/hono'
import { Hono } from 'hono'
import { expect, test } from 'vitest'

const createApp = (verifier: Verifier) =>
  new Hono()
    .use('/orders', entraGuard(verifier))
    .get('/orders', requireAccess({ scopes: ['Orders.Read'] }), (c) => c.json({ of: c.var.identity.key }))

test('orders are for users with Orders.Read', async () => {
  const entra = await createEmulator()
  const app = createApp(createVerifier(entra.verifierOptions()))
  const get = async (token: string): Promise<number> =>
    (await app.request('/orders', { headers: { authorization: `Bearer ${token}` } })).status

  expect(await get(await entra.issueUserToken({ scopes: ['Orders.Read'] }))).toBe(200)
  expect(await get(await entra.issueUserToken({ scopes: ['Orders.Write'] }))).toBe(403)
  expect(await get(await entra.issueUserToken({ expiresIn: -3600 }))).toBe(401)
})
// #endregion
