import {
  Catch,
  Controller,
  Delete,
  Get,
  HttpCode,
  Inject,
  Injectable,
  Logger,
  Module,
  Param,
  Scope,
  UseGuards,
  type ArgumentsHost,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common'
import { ConfigModule, ConfigService } from '@nestjs/config'
import { BaseExceptionFilter, REQUEST } from '@nestjs/core'
import { SubscribeMessage, WebSocketGateway } from '@nestjs/websockets'
import type { Request } from 'express'

import { anyOf, type AppIdentity, type UserIdentity, type Verifier } from '@entraguard/core'
import {
  Access,
  CurrentApp,
  CurrentUser,
  EntraGuard,
  EntraGuardException,
  EntraGuardModule,
  identityOf,
  InjectVerifier,
  UseVerifier,
} from '@entraguard/nestjs'
import { GuardedGateway } from '@entraguard/nestjs/ws'

@Controller('archive')
export class ArchiveController {
  // #region any-of
  @Delete(':id')
  @HttpCode(204)
  @Access(
    anyOf(
      { scopes: ['Orders.Write'], roles: ['Orders.Admin'] },
      { appPermissions: ['Orders.Write.All'], clients: ['44444444-4444-4444-8444-444444444444'] },
    ),
  )
  remove(@Param('id') _id: string): void {}
  // #endregion
}

// #region async
@Module({
  imports: [
    EntraGuardModule.forRootAsync({
      imports: [ConfigModule],
      inject: [ConfigService],
      useFactory: (config: ConfigService) => ({
        tenants: config.getOrThrow<string>('ENTRA_TENANT'),
        audience: config.getOrThrow<string>('ENTRA_AUDIENCE').split(','),
      }),
    }),
  ],
})
export class ConfiguredModule {}
// #endregion

// #region gateway
@WebSocketGateway({ path: '/live' })
@GuardedGateway()
@Access({ scopes: ['Orders.Read'] })
export class OrdersGateway {
  @SubscribeMessage('watch')
  watch(@CurrentUser() user: UserIdentity): unknown {
    return { event: 'watching', data: user.key }
  }
}
// #endregion

// #region named
@Module({
  imports: [
    EntraGuardModule.forRoot({ tenants: '11111111-1111-4111-8111-111111111111', audience: ['api://orders'] }),
    EntraGuardModule.forRoot({
      name: 'partners',
      tenants: ['55555555-5555-4555-8555-555555555555', '66666666-6666-4666-8666-666666666666'],
      audience: ['77777777-7777-4777-8777-777777777777'],
    }),
  ],
})
export class TwoApisModule {}

@Controller('partners')
@UseVerifier('partners')
export class PartnersController {
  @Get()
  @Access({ appPermissions: ['Partners.Read.All'] })
  list(): string[] {
    return []
  }
}

@Injectable()
export class TokenInspector {
  @InjectVerifier('partners') private readonly verifier!: Verifier

  async tenantOf(token: string): Promise<string> {
    return (await this.verifier.verify(token)).tenantId
  }
}
// #endregion

// #region filter
@Catch(EntraGuardException)
export class RefusalLog extends BaseExceptionFilter {
  @Inject(Logger) private readonly logger!: Logger

  override catch(exception: EntraGuardException, host: ArgumentsHost): void {
    const { code, details } = exception.cause
    this.logger.warn({ code, details })
    // oxlint-disable-next-line promise/valid-params -- not a promise
    super.catch(exception, host)
  }
}
// #endregion

// #region microservices
export const withMessages = EntraGuardModule.forRoot({
  tenants: '11111111-1111-4111-8111-111111111111',
  audience: ['22222222-2222-4222-8222-222222222222'],
  microservices: (context: ExecutionContext) =>
    context.switchToRpc().getData<{ authorization?: string }>().authorization,
})
// #endregion

// #region current-app
@Controller('imports')
export class ImportsController {
  @Get()
  @Access({ appPermissions: ['Orders.Import'] })
  next(@CurrentApp() app: AppIdentity): { for: string } {
    return { for: app.clientId }
  }
}
// #endregion

@Controller('menu')
export class MenuController {
  // #region optional
  @Get()
  @Access({ scopes: ['Orders.Read'] }, { optional: true })
  menu(@CurrentUser() user: UserIdentity | undefined): { prices: string } {
    return { prices: user === undefined ? 'list' : 'own' }
  }
  // #endregion
}

// #region manual
@Controller('reports')
@UseGuards(EntraGuard) // any user or app with a permission of this API
export class ReportsController {
  @Get()
  list(): string[] {
    return []
  }
}

@Module({
  imports: [
    EntraGuardModule.forRoot({
      tenants: '11111111-1111-4111-8111-111111111111',
      audience: ['22222222-2222-4222-8222-222222222222'],
      guard: 'manual',
    }),
  ],
  controllers: [ReportsController, ImportsController],
})
export class ManualModule {}
// #endregion

// #region interceptor
@Injectable()
export class CallerLog implements NestInterceptor {
  @Inject(Logger) private readonly logger!: Logger

  intercept(context: ExecutionContext, next: CallHandler): ReturnType<CallHandler['handle']> {
    const caller = identityOf(context) // undefined where the guard did not run
    this.logger.log({ handler: context.getHandler().name, caller: caller?.key ?? 'nobody' })
    return next.handle()
  }
}
// #endregion

// #region service
@Injectable({ scope: Scope.REQUEST })
export class OwnOrders {
  @Inject(REQUEST) private readonly request!: Request

  list(): { of: string | undefined } {
    return { of: identityOf(this.request)?.key }
  }
}
// #endregion

@Controller('own')
export class OwnController {
  @Inject(OwnOrders) private readonly orders!: OwnOrders

  @Get()
  @Access({ scopes: ['Orders.Read'] })
  list(): { of: string | undefined } {
    return this.orders.list()
  }
}
