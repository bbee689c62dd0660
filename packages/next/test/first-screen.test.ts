import { createEmulator } from '@entraguard/emulator'
import { NextRequest } from 'next/server.js'
import { afterEach, expect, it, vi } from 'vitest'

import { GET } from './first-screen.ts'

afterEach(() => vi.unstubAllGlobals())

async function statusFor(token?: string): Promise<number> {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` }
  return (await GET(new NextRequest('https://orders.example/orders', { headers }), {})).status
}

it('is the first code that a newcomer reads: it admits a user with the scope, and nobody else', async () => {
  const entra = await createEmulator()
  vi.stubGlobal('fetch', entra.fetch) // the sample has no `fetch` of its own, as in production
  expect(await statusFor()).toBe(401)
  expect(await statusFor(await entra.issueUserToken({ expiresIn: -3600 }))).toBe(401)
  expect(await statusFor(await entra.issueUserToken({ scopes: ['Orders.Write'] }))).toBe(403)
  expect(await statusFor(await entra.issueUserToken({ scopes: ['Orders.Read'] }))).toBe(200)
})
