// #region nest
import 'reflect-metadata'

import { createVerifier } from '@entraguard/core'
import { createEmulator } from '@entraguard/emulator'
import {
  Access,
  calledBy,
  CurrentUser,
  EntraGuard,
  EntraGuardModule,
  getVerifierToken,
} from '@entraguard/nestjs'
import type { UserIdentity } from '@entraguard/core'
import { Controller, Get, Module } from '@nestjs/common'
import { Test } from '@nestjs/testing'
import { expect, test } from 'vitest'

@Controller('orders')
class OrdersController {
  @Get()
  @Access({ scopes: ['Orders.Read'] })
  list(@CurrentUser() user: UserIdentity): { of: string } {
    return { of: user.key }
  }
}

@Module({
  imports: [
    EntraGuardModule.forRoot({ tenants: '11111111-1111-4111-8111-111111111111', audience: 'api://orders' }),
  ],
  controllers: [OrdersController],
})
class AppModule {}

test('orders are for users with Orders.Read', async () => {
  const entra = await createEmulator()
  const module = await Test.createTestingModule({ imports: [AppModule] })
    .overrideProvider(getVerifierToken()) // the one line that puts the emulator in the place of Entra ID
    .useValue(createVerifier(entra.verifierOptions()))
    .compile()
  const app = module.createNestApplication()
  await app.listen(0, '127.0.0.1')
  const get = async (token: string): Promise<number> =>
    (await fetch(`${await app.getUrl()}/orders`, { headers: { authorization: `Bearer ${token}` } })).status

  expect(await get(await entra.issueUserToken({ scopes: ['Orders.Read'] }))).toBe(200)
  expect(await get(await entra.issueUserToken({ scopes: ['Orders.Write'] }))).toBe(403)
  await app.close()
})
// #endregion

// #region called-by
test('a caller without a token', async () => {
  const entra = await createEmulator()
  const token = await entra.issueUserToken({ scopes: ['Orders.Read'] })
  const ada = await createVerifier(entra.verifierOptions()).authenticate(`Bearer ${token}`)
  const module = await Test.createTestingModule({ imports: [AppModule] })
    .overrideGuard(EntraGuard)
    .useValue(calledBy(ada)) // and calledBy(undefined) is nobody
    .compile()
  const app = module.createNestApplication()
  await app.listen(0)
  expect(await (await fetch(`${await app.getUrl()}/orders`)).json()).toEqual({ of: ada.key })
  await app.close()
})
// #endregion
