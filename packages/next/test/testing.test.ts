// #region next
import { createVerifier } from '@entraguard/core'
import { createEmulator } from '@entraguard/emulator'
import { withEntraGuard } from '@entraguard/next'
import { NextRequest } from 'next/server.js'
import { expect, test } from 'vitest'

test('orders are for users with Orders.Read', async () => {
  const entra = await createEmulator()
  const verifier = createVerifier(entra.verifierOptions())
  const GET = withEntraGuard(verifier, { scopes: ['Orders.Read'] }, (_request, user) =>
    Response.json({ of: user.key }),
  )
  const get = async (token: string): Promise<number> => {
    const request = new NextRequest('http://localhost/orders', {
      headers: { authorization: `Bearer ${token}` },
    })
    return (await GET(request, { params: Promise.resolve({}) })).status
  }

  expect(await get(await entra.issueUserToken({ scopes: ['Orders.Read'] }))).toBe(200)
  expect(await get(await entra.issueUserToken({ scopes: ['Orders.Write'] }))).toBe(403)
})
// #endregion
