import { EntraGuardModule } from '@entraguard/nestjs'
import { Module } from '@nestjs/common'

import { OrdersController } from './orders.controller.js'

const emulator = process.env.ENTRA_EMULATOR_URL ?? '' // set while you try it; without it, Microsoft is asked

@Module({
  imports: [
    EntraGuardModule.forRoot({
      tenants: '11111111-1111-4111-8111-111111111111',
      audience: ['22222222-2222-4222-8222-222222222222', 'api://22222222-2222-4222-8222-222222222222'],
      ...(emulator && {
        fetch: async (...request: Parameters<typeof fetch>) =>
          (await import('@entraguard/emulator/fetch')).emulatorFetch(emulator)(...request),
        challenge: { exposeCode: true }, // refusals say why
      }),
    }),
  ],
  controllers: [OrdersController],
})
export class AppModule {}
