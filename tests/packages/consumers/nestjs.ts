import type { AppIdentity, UserIdentity, Verifier } from '@entraguard/core'
import {
  Access,
  CurrentApp,
  CurrentIdentity,
  CurrentUser,
  EntraGuard,
  EntraGuardException,
  EntraGuardModule,
  getVerifierToken,
  identityOf,
  InjectVerifier,
  Public,
} from '@entraguard/nestjs'
import { GuardedGateway } from '@entraguard/nestjs/ws'
import { Controller, Get, Module, UseGuards, type DynamicModule, type ExecutionContext } from '@nestjs/common'

import { expectType } from './expect-type.js'

@Controller('orders')
@UseGuards(EntraGuard)
@Access({ scopes: ['Orders.Read'], appPermissions: ['Orders.Read.All'] })
export class OrdersController {
  @InjectVerifier() private readonly verifier!: Verifier

  @Get()
  list(@CurrentIdentity() caller: UserIdentity | AppIdentity): string {
    return `${caller.kind} ${this.verifier.keys().length}`
  }

  @Get('mine')
  @Access({ scopes: ['Orders.Write'] })
  mine(@CurrentUser() user: UserIdentity): string {
    return user.key
  }

  @Get('all')
  @Access({ appPermissions: ['Orders.Write.All'] })
  all(@CurrentApp() app: AppIdentity): string {
    return app.clientId
  }

  @Get('featured')
  @Access({ scopes: ['Orders.Read'] }, { optional: true })
  featured(@CurrentUser() user: UserIdentity | undefined): string {
    return user?.key ?? 'nobody'
  }

  // @ts-expect-error without a token there is no user
  @Access({ scopes: ['Orders.Read'] }, { optional: true })
  forgets(@CurrentUser() user: UserIdentity): string {
    return user.key
  }

  @Get('health')
  @Public()
  health(): string {
    return 'ok'
  }
}

@Module({
  imports: [EntraGuardModule.forRoot({ tenants: 'organizations', audience: 'https://api.contoso.com' })],
  controllers: [OrdersController],
})
export class AppModule {}

export function module(verifier: Verifier): DynamicModule {
  // @ts-expect-error no audience
  EntraGuardModule.forRoot({ tenants: 'organizations' })
  // @ts-expect-error a verifier has its settings already
  EntraGuardModule.forRoot({ verifier, audience: 'api://orders' })
  // @ts-expect-error a misspelt key of an access
  Access({ scope: ['Orders.Read'] })
  return EntraGuardModule.forRootAsync({ useFactory: () => ({ verifier }), guard: 'manual' })
}

export function callerOf(context: ExecutionContext): UserIdentity | AppIdentity | undefined {
  expectType<UserIdentity | AppIdentity | undefined>()(identityOf(context))
  return identityOf(context)
}

export const status = (exception: EntraGuardException): string =>
  `${exception.cause.code} ${exception.getStatus()}`
export const providers: readonly unknown[] = [getVerifierToken('partners'), GuardedGateway]
