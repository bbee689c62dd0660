import { Controller, Get, Injectable, Module, type CanActivate, type ExecutionContext } from '@nestjs/common'
import { APP_GUARD } from '@nestjs/core'

import { EntraGuard, EntraGuardModule, identityOf } from '@entraguard/nestjs'

@Controller('stock')
export class StockController {
  @Get()
  list(): string[] {
    return []
  }
}

// #region own
@Injectable()
export class OrderingHours implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    return identityOf(context)?.kind === 'user' // and whatever else your rule is
  }
}

@Module({
  imports: [
    EntraGuardModule.forRoot({
      tenants: '11111111-1111-4111-8111-111111111111',
      audience: ['22222222-2222-4222-8222-222222222222'],
    }),
  ],
  controllers: [StockController],
  providers: [{ provide: APP_GUARD, useClass: OrderingHours }],
})
export class AppModule {}
// #endregion

@Injectable()
export class RateLimit implements CanActivate {
  calls = 0
  canActivate(): boolean {
    this.calls += 1
    return true
  }
}

// #region order
@Module({
  imports: [
    EntraGuardModule.forRoot({
      tenants: '11111111-1111-4111-8111-111111111111',
      audience: ['22222222-2222-4222-8222-222222222222'],
      guard: 'manual', // AppModule registers it, to say when it runs
    }),
  ],
  controllers: [StockController],
  providers: [
    RateLimit,
    { provide: APP_GUARD, useExisting: RateLimit }, // strangers too
    { provide: APP_GUARD, useExisting: EntraGuard },
  ],
})
export class LimitedModule {}
// #endregion
