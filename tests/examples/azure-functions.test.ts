import { HttpRequest, InvocationContext, type HttpResponseInit } from '@azure/functions'
import { createVerifier } from '@entraguard/core'
import { createEmulator } from '@entraguard/emulator'
import { expect, test } from 'vitest'

import { readOrders } from './azure-functions.ts'

test('the function answers a user with the scope, and refuses everybody else', async () => {
  const entra = await createEmulator()
  const handler = readOrders(createVerifier(entra.verifierOptions()))
  const call = async (token?: string): Promise<HttpResponseInit> => {
    const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` }
    const request = new HttpRequest({ method: 'GET', url: 'https://orders.example/api/orders', headers })
    const context = new InvocationContext({ functionName: 'orders', logHandler: () => {} })
    return await handler(request, context)
  }
  expect((await call()).status).toBe(401)
  expect((await call(await entra.issueUserToken({ scopes: ['Orders.Write'] }))).status).toBe(403)
  expect(await call(await entra.issueUserToken({ scopes: ['Orders.Read'] }))).toMatchObject({
    jsonBody: { of: expect.stringMatching(/^11111111-/) as unknown },
  })
})
