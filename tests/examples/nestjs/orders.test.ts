// #region test
import { createVerifier } from '@entraguard/core'
import { createEmulator } from '@entraguard/emulator'
import { getVerifierToken } from '@entraguard/nestjs'
import { Test } from '@nestjs/testing'
import { expect, test } from 'vitest'

import { AppModule } from './app.module.js'

test('users read with Orders.Read, and write with Orders.Write', async () => {
  const entra = await createEmulator()
  const module = await Test.createTestingModule({ imports: [AppModule] })
    .overrideProvider(getVerifierToken())
    .useValue(createVerifier(entra.verifierOptions()))
    .compile()
  const app = module.createNestApplication()
  await app.listen(0)
  const url = `${await app.getUrl()}/orders`

  const token = await entra.issueUserToken({ scopes: ['Orders.Read'] })
  const headers = { authorization: `Bearer ${token}` }
  expect((await fetch(url, { headers })).status).toBe(200)
  expect((await fetch(url, { headers, method: 'POST' })).status).toBe(403)
  expect((await fetch(url)).status).toBe(401)
  await app.close()
})
// #endregion
