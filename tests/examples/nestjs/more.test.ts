import 'reflect-metadata'

import { createVerifier } from '@entraguard/core'
import { createEmulator, type Emulator } from '@entraguard/emulator'
import { getVerifierToken } from '@entraguard/nestjs'
import { Logger, Module, type INestApplication, type Type } from '@nestjs/common'
import { APP_FILTER, APP_INTERCEPTOR } from '@nestjs/core'
import { Test } from '@nestjs/testing'
import { afterEach, expect, test } from 'vitest'

import {
  ArchiveController,
  CallerLog,
  ManualModule,
  MenuController,
  OwnController,
  OwnOrders,
  RefusalLog,
  TwoApisModule,
  PartnersController,
} from './more.ts'

const lines: unknown[] = []
const logger = { log: (line: unknown) => lines.push(line), warn: (line: unknown) => lines.push(line) }
let app: INestApplication | undefined

afterEach(async () => {
  await app?.close()
  lines.length = 0
})

async function start(imports: Type, controllers: Type[] = [], name?: string, services: Type[] = []) {
  const entra = await createEmulator()
  @Module({
    imports: [imports],
    controllers,
    providers: [
      ...services,
      { provide: Logger, useValue: logger },
      { provide: APP_INTERCEPTOR, useClass: CallerLog },
      { provide: APP_FILTER, useClass: RefusalLog },
    ],
  })
  class TestModule {}
  const module = await Test.createTestingModule({ imports: [TestModule] })
    .overrideProvider(getVerifierToken(name))
    .useValue(createVerifier(entra.verifierOptions()))
    .compile()
  app = module.createNestApplication({ logger: false })
  await app.listen(0, '127.0.0.1')
  const url = await app.getUrl()
  const call = async (path: string, token?: string, method = 'GET'): Promise<Response> =>
    await fetch(`${url}${path}`, {
      method,
      headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
    })
  return { entra, call }
}

const daemon = (entra: Emulator, ...roles: string[]): Promise<string> =>
  entra.issueAppToken({ roles, claims: { idtyp: 'app' } })

test('with guard: manual only what asks for it is guarded, and the interceptor knows who called', async () => {
  const { entra, call } = await start(ManualModule)
  expect((await call('/reports')).status).toBe(401)
  expect((await call('/reports', await entra.issueUserToken())).status).toBe(200)
  expect(lines.at(-1)).toEqual({
    handler: 'list',
    caller: '11111111-1111-4111-8111-111111111111.aaaaaaaa-0000-4000-8000-000000000001',
  })
})

test('an import is for apps, and the handler gets the app', async () => {
  const { entra, call } = await start(ManualModule)
  const answer = await call('/imports', await daemon(entra, 'Orders.Import'))
  expect(await answer.json()).toEqual({ for: '44444444-4444-4444-8444-444444444444' })
  expect((await call('/imports', await entra.issueUserToken())).status).toBe(403)
  expect(lines.at(-1)).toMatchObject({ code: 'caller_refused' })
})

test('orders are removed by administrators of orders, or by the one app that may', async () => {
  const { entra, call } = await start(ManualModule, [ArchiveController])
  const statusOf = async (token: string): Promise<number> =>
    (await call('/archive/1', token, 'DELETE')).status
  const scopes = ['Orders.Write']
  expect(await statusOf(await entra.issueUserToken({ scopes, roles: ['Orders.Admin'] }))).toBe(204)
  expect(await statusOf(await entra.issueUserToken({ scopes }))).toBe(403)
  expect(await statusOf(await daemon(entra, 'Orders.Write.All'))).toBe(204)
})

test('each of two verifiers judges its own routes', async () => {
  const { entra, call } = await start(TwoApisModule, [PartnersController], 'partners')
  expect((await call('/partners', await daemon(entra, 'Partners.Read.All'))).status).toBe(200)
  expect((await call('/partners', await entra.issueUserToken())).status).toBe(403)
})

test('a menu answers strangers with list prices, users with their own, and nobody with a bad token', async () => {
  const { entra, call } = await start(TwoApisModule, [MenuController])
  expect(await (await call('/menu')).json()).toStrictEqual({ prices: 'list' })
  const user = await entra.issueUserToken({ scopes: ['Orders.Read'] })
  expect(await (await call('/menu', user)).json()).toStrictEqual({ prices: 'own' })
  expect((await call('/menu', 'bad')).status).toBe(401)
})

test('a request-scoped service knows who calls', async () => {
  const { entra, call } = await start(TwoApisModule, [OwnController], undefined, [OwnOrders])
  const user = await entra.issueUserToken({ scopes: ['Orders.Read'] })
  expect(await (await call('/own', user)).json()).toMatchObject({ of: expect.stringMatching(/^[\w.-]+$/) })
})
