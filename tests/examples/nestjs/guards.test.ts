import 'reflect-metadata'

import { createVerifier } from '@entraguard/core'
import { createEmulator } from '@entraguard/emulator'
import { getVerifierToken } from '@entraguard/nestjs'
import { Test } from '@nestjs/testing'
import { expect, test } from 'vitest'

import { AppModule } from './guards.ts'

test('a guard of your own behind EntraGuard knows the caller', async () => {
  const entra = await createEmulator()
  const module = await Test.createTestingModule({ imports: [AppModule] })
    .overrideProvider(getVerifierToken())
    .useValue(createVerifier(entra.verifierOptions()))
    .compile()
  const app = module.createNestApplication({ logger: false })
  await app.listen(0, '127.0.0.1')
  const address = `${await app.getUrl()}/stock`
  const headers = { authorization: `Bearer ${await entra.issueUserToken()}` }
  expect((await fetch(address, { headers })).status).toBe(200)
  expect((await fetch(address)).status).toBe(401)
  await app.close()
})
