import type { AppIdentity, UserIdentity } from '@entraguard/core'
import { Access, CurrentIdentity, CurrentUser, Public } from '@entraguard/nestjs'
import { Controller, Get, Post } from '@nestjs/common'

@Controller('orders')
@Access({ scopes: ['Orders.Read'], appPermissions: ['Orders.Read.All'] }) // these users, or these apps
export class OrdersController {
  @Get()
  list(@CurrentIdentity() caller: UserIdentity | AppIdentity): object {
    return { caller: caller.kind, storedUnder: caller.key }
  }

  @Post()
  @Access({ scopes: ['Orders.Write'] }) // and what the class asks: so users with both scopes
  create(@CurrentUser() user: UserIdentity): object {
    return { owner: user.key }
  }

  @Get('health')
  @Public()
  health(): object {
    return { status: 'ok' }
  }
}
