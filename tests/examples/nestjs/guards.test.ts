import 'reflect-metadata'

import { createVerifier } from '@entraguard/core'
import { createEmulator } from '@entraguard/emulator'
import { getVerifierToken } from '@entraguard/nestjs'
import type { INestApplication, Type } from '@nestjs/common'
import { Test } from '@nestjs/testing'
import { expect, onTestFinished, test } from 'vitest'

import { AppModule, LimitedModule, RateLimit } from './guards.ts'

async function start(imported: Type) {
  const entra = await createEmulator()
  const module = await Test.createTestingModule({ imports: [imported] })
    .overrideProvider(getVerifierToken())
    .useValue(createVerifier(entra.verifierOptions()))
    .compile()
  const app: INestApplication = module.createNestApplication({ logger: false })
  await app.listen(0, '127.0.0.1')
  onTestFinished(async () => app.close())
  const address = `${await app.getUrl()}/stock`
  const status = async (token?: string): Promise<number> =>
    (await fetch(address, token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } }))
      .status
  return { app, entra, status }
}

test('a guard of your own runs behind EntraGuard and knows the caller', async () => {
  const { entra, status } = await start(AppModule)
  expect(await status(await entra.issueUserToken())).toBe(200)
  expect(await status(await entra.issueAppToken())).toBe(403)
  expect(await status()).toBe(401)
})

test('a limit that is registered before EntraGuard counts strangers too', async () => {
  const { app, entra, status } = await start(LimitedModule)
  expect(await status()).toBe(401)
  expect(await status(await entra.issueUserToken())).toBe(200)
  expect(app.get(RateLimit).calls).toBe(2)
})
