import { emulatorFetch } from '@entraguard/emulator'
import { EntraGuardModule } from '@entraguard/nestjs'
import { Module } from '@nestjs/common'

import { OrdersController } from './orders.controller.js'

@Module({
  imports: [
    EntraGuardModule.forRoot({
      tenants: '11111111-1111-4111-8111-111111111111',
      audience: ['22222222-2222-4222-8222-222222222222', 'api://22222222-2222-4222-8222-222222222222'],
      fetch: emulatorFetch('http://127.0.0.1:8484'), // the local Entra ID; without this line, Microsoft's
      challenge: { exposeCode: true }, // refusals say why; for development
    }),
  ],
  controllers: [OrdersController],
})
export class AppModule {}
