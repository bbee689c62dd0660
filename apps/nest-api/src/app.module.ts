import { EntraGuardModule } from '@entraguard/nestjs'
import { Module } from '@nestjs/common'
import { ConfigModule } from '@nestjs/config'

import { entraConfig } from './entra.config.ts'
import { KeysController } from './keys.controller.ts'
import { OrdersController } from './orders.controller.ts'
import { ReadyController } from './ready.controller.ts'
import { OrdersService } from './orders.service.ts'

@Module({
  imports: [
    ConfigModule.forRoot({ ignoreEnvFile: true }),
    EntraGuardModule.forRootAsync(entraConfig.asProvider()),
  ],
  controllers: [OrdersController, ReadyController, KeysController],
  providers: [OrdersService],
})
export class AppModule {}
