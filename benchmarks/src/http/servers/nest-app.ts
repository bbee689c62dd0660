import 'reflect-metadata'

import { EntraGuardModule } from '@entraguard/nestjs'
import {
  Controller,
  Get,
  Module,
  UseGuards,
  type CanActivate,
  type ExecutionContext,
  type DynamicModule,
  type INestApplication,
  type Type,
} from '@nestjs/common'
import { APP_GUARD, NestFactory, type AbstractHttpAdapter } from '@nestjs/core'
import { AuthGuard, PassportModule, PassportStrategy } from '@nestjs/passport'
import jwksRsa from 'jwks-rsa'
import { ExtractJwt, Strategy } from 'passport-jwt'

import { body, ready, setting, verifier } from './setting.ts'

// Node runs this file as it is and knows no decorators: they are called by hand.
class OrdersController {
  list(): readonly object[] {
    return body
  }
}
decorate(OrdersController, 'list', Get('orders'))
Controller()(OrdersController)

class UsualStrategy extends PassportStrategy(Strategy, 'jwt') {
  constructor() {
    super({
      jwtFromRequest: ExtractJwt.fromAuthHeaderAsBearerToken(),
      issuer: setting.issuer,
      audience: setting.audience,
      algorithms: ['RS256'],
      secretOrKeyProvider: jwksRsa.passportJwtSecret({ jwksUri: setting.keysUrl, cache: true }),
    })
  }

  validate(payload: object): object {
    return payload
  }
}

/** What any guard costs that waits for something. */
class EmptyGuard implements CanActivate {
  async canActivate(context: ExecutionContext): Promise<boolean> {
    const { headers } = context.getArgByIndex<{ headers: { authorization?: string } }>(0)
    return await Promise.resolve(headers.authorization !== undefined)
  }
}

class AppModule {
  readonly variant: string = setting.variant
}

function rootModule(): DynamicModule | Type {
  const controllers = [OrdersController]
  const variants: Readonly<Record<string, () => object>> = {
    none: () => ({ controllers }),
    empty: () => ({ controllers, providers: [{ provide: APP_GUARD, useClass: EmptyGuard }] }),
    entraguard: () => ({ controllers, imports: [EntraGuardModule.forRoot({ verifier: verifier() })] }),
    usual: () => {
      decorate(OrdersController, 'list', UseGuards(AuthGuard('jwt')))
      return { controllers, imports: [PassportModule], providers: [UsualStrategy] }
    },
  }
  Module(variants[setting.variant]?.() ?? {})(AppModule)
  return AppModule
}

function decorate(type: Type, method: string, decorator: MethodDecorator): void {
  const descriptor = Object.getOwnPropertyDescriptor(type.prototype, method)
  if (descriptor !== undefined) decorator(type.prototype as object, method, descriptor)
}

export async function start(adapter: AbstractHttpAdapter): Promise<void> {
  const app: INestApplication = await NestFactory.create(rootModule(), adapter, { logger: ['error'] })
  await app.listen(0, '127.0.0.1')
  ready(Number(new URL(await app.getUrl()).port))
  process.on('disconnect', () => void app.close())
}
