import { EntraGuardModule } from '@entraguard/nestjs'
import { Module } from '@nestjs/common'

import { OrdersController } from './orders.controller.js'

@Module({
  imports: [
    EntraGuardModule.forRoot({
      tenants: '11111111-1111-4111-8111-111111111111', // your directory
      audience: [
        '22222222-2222-4222-8222-222222222222', // your API's client id: v2.0 tokens
        'api://22222222-2222-4222-8222-222222222222', // its Application ID URI: v1.0 tokens
      ],
    }),
  ],
  controllers: [OrdersController],
})
export class AppModule {}
