import { createVerifier, type UserIdentity } from '@entraguard/core'
import { Access, CurrentUser, EntraGuardModule } from '@entraguard/nestjs'
import { Controller, Get, Module, type INestApplication } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'

const emulator = process.env.ENTRA_EMULATOR_URL ?? ''

const verifier = createVerifier({
  tenants: '11111111-1111-4111-8111-111111111111',
  audience: '22222222-2222-4222-8222-222222222222',
  ...(emulator && {
    fetch: async (...request: Parameters<typeof fetch>) =>
      (await import('@entraguard/emulator/fetch')).emulatorFetch(emulator)(...request),
    challenge: { exposeCode: true },
  }),
})

@Controller('orders')
class OrdersController {
  @Get()
  @Access({ scopes: ['Orders.Read'] })
  list(@CurrentUser() user: UserIdentity): object {
    return { of: user.key }
  }
}

@Module({ imports: [EntraGuardModule.forRoot({ verifier })], controllers: [OrdersController] })
class OrdersModule {}

/** An API on Nest, to be bundled; `PORT` and `ENTRA_EMULATOR_URL` say the rest. */
export async function serve(prepare: (app: INestApplication) => void = () => {}): Promise<void> {
  const app = await NestFactory.create(OrdersModule, { logger: ['warn', 'error'] })
  prepare(app)
  await app.listen(Number(process.env.PORT), '127.0.0.1')
}
