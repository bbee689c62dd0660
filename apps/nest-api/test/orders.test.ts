import 'reflect-metadata'
import { createVerifier } from '@entraguard/core'
import { createEmulator, type Emulator } from '@entraguard/emulator'
import { getVerifierToken } from '@entraguard/nestjs'
import { Test } from '@nestjs/testing'
import { beforeEach, expect, it, onTestFinished } from 'vitest'

import { trustedApps } from '../src/access.ts'
import { AppModule } from '../src/app.module.ts'
import { describeApi, serveDocs } from '../src/docs.ts'

let entra: Emulator
let send: (method: string, path: string, token?: string, body?: unknown) => Promise<Response>
let description: ReturnType<typeof describeApi>

beforeEach(async () => {
  process.env['ENTRA_TENANTS'] = '12345678-1234-4234-8234-123456789012'
  process.env['ENTRA_AUDIENCE'] = '12345678-1234-4234-8234-123456789013'
  entra = await createEmulator()
  const module = await Test.createTestingModule({ imports: [AppModule] })
    .overrideProvider(getVerifierToken())
    .useValue(createVerifier(entra.verifierOptions()))
    .compile()
  const app = module.createNestApplication({ logger: false })
  serveDocs(app)
  await app.listen(0, '127.0.0.1')
  onTestFinished(async () => app.close())
  description = describeApi(app)
  const url = await app.getUrl()
  send = async (method, path, token, body) =>
    fetch(`${url}${path}`, {
      method,
      headers: {
        'content-type': 'application/json',
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
})

const order = async (user: string): Promise<string> => {
  const created = await send('POST', '/orders', await entra.issueUserToken({ claims: { oid: user } }), {
    item: 'tea',
    quantity: 2,
  })
  expect(created.status).toBe(201)
  return ((await created.json()) as { id: string }).id
}
const [ada, grace] = ['aaaaaaaa-0000-4000-8000-00000000000a', 'aaaaaaaa-0000-4000-8000-00000000000b']

const listed = async (token: string): Promise<unknown> => (await send('GET', '/orders', token)).json()

it("shows users their own orders, and apps the tenant's", async () => {
  const id = await order(ada)
  const orders = [{ id, item: 'tea', quantity: 2 }]
  expect(await listed(await entra.issueUserToken({ claims: { oid: ada } }))).toStrictEqual({ orders })
  expect(await listed(await entra.issueUserToken({ claims: { oid: grace } }))).toStrictEqual({ orders: [] })
  expect(await listed(await entra.issueAppToken({ roles: ['Orders.Read.All'] }))).toStrictEqual({ orders })
})

it('lets administrators and trusted apps delete, and nobody else', async () => {
  const [first, second] = [await order(ada), await order(ada)]
  const scopes = ['Orders.Write']
  const roles = ['Orders.Write.All']
  const owner = await entra.issueUserToken({ scopes, claims: { oid: ada } })
  const stranger = await entra.issueAppToken({ roles, clientId: '77777777-7777-4777-8777-777777777777' })
  const reader = await entra.issueAppToken({ roles: ['Orders.Read.All'], clientId: trustedApps[0] })
  for (const token of [owner, stranger, reader])
    expect((await send('DELETE', `/orders/${first}`, token)).status).toBe(403)
  const admin = await entra.issueUserToken({ scopes, roles: ['Orders.Admin'] })
  expect((await send('DELETE', `/orders/${first}`, admin)).status).toBe(204)
  expect((await send('DELETE', `/orders/${first}`, admin)).status).toBe(404)
  const trusted = await entra.issueAppToken({ roles, clientId: trustedApps[0] })
  expect((await send('DELETE', `/orders/${second}`, trusted)).status).toBe(204)
})

it('refuses what is no order', async () => {
  const token = await entra.issueUserToken()
  for (const body of [{}, [], { item: '', quantity: 1 }, { item: 'tea', quantity: 0.5 }])
    expect((await send('POST', '/orders', token, body)).status).toBe(422)
})

it('documents which routes need a token, at /docs', async () => {
  expect((await send('GET', '/docs')).status).toBe(200)
  expect(description.paths['/orders']?.get?.security).toStrictEqual([{ bearer: [] }])
  expect(description.paths['/health']?.get?.security).toBeUndefined()
  expect(Object.keys(description.paths['/orders/{id}']?.delete?.responses ?? {})).toStrictEqual(
    expect.arrayContaining(['204', '401', '403']),
  )
})
