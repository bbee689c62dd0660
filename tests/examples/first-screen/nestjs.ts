import type { UserIdentity } from '@entraguard/core'
import { Access, CurrentUser, EntraGuardModule } from '@entraguard/nestjs'
import { Controller, Get, Module } from '@nestjs/common'

@Controller('orders')
class OrdersController {
  @Get()
  @Access({ scopes: ['Orders.Read'] })
  list(@CurrentUser() user: UserIdentity): object {
    return { tenant: user.tenantId, user: user.objectId }
  }
}

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
