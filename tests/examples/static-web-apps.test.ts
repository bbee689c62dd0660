import { HttpRequest, InvocationContext } from '@azure/functions'
import { createVerifier } from '@entraguard/core'
import { createEmulator } from '@entraguard/emulator'
import { expect, test } from 'vitest'

import { readOrders } from './azure-functions.ts'
import { fromOwnHeader } from './static-web-apps.ts'

test('behind Static Web Apps the token is taken from a header of its own, and the one that the platform writes is not read', async () => {
  const entra = await createEmulator()
  const handler = fromOwnHeader(readOrders(createVerifier(entra.verifierOptions())))
  const statusOf = async (headers: Record<string, string>): Promise<unknown> => {
    const context = new InvocationContext({ functionName: 'orders' })
    const request = new HttpRequest({ method: 'GET', url: 'https://orders.example/api/orders', headers })
    const answer = await handler(request, context)
    return answer !== undefined && 'status' in answer ? answer.status : 200
  }
  const token = await entra.issueUserToken({ scopes: ['Orders.Read'] })
  const platform = { authorization: 'Bearer platform.own.token' }
  expect(await statusOf({ ...platform, 'x-access-token': `Bearer ${token}` })).toBe(200)
  expect(await statusOf({ ...platform, 'x-access-token': 'Bearer forged' })).toBe(401)
  expect(await statusOf({ authorization: `Bearer ${token}` })).toBe(401)
})
