import 'reflect-metadata'
import { createServer, type RequestListener } from 'node:http'

import { EntraGuard, EntraGuardModule } from '@entraguard/nestjs'
import {
  Controller,
  Get,
  Module,
  UseGuards,
  type CanActivate,
  type ExecutionContext,
  type Type,
} from '@nestjs/common'
import { NestFactory, type AbstractHttpAdapter } from '@nestjs/core'
import { AuthGuard, PassportModule, PassportStrategy } from '@nestjs/passport'
import jwksRsa from 'jwks-rsa'
import { ExtractJwt, Strategy } from 'passport-jwt'

import { ready } from './blocks.ts'
import { byVariant } from './by-variant.ts'
import { body, setting, verifier } from './setting.ts'

/**
 * A controller with one route, behind these guards. Node runs this file as it is and knows no decorators: they are called by
 * hand.
 */
function controllerAt(path: string, ...guards: ReadonlyArray<Parameters<typeof UseGuards>[0]>): Type {
  class OrdersController {
    list(): readonly object[] {
      return body
    }
  }
  const descriptor = Object.getOwnPropertyDescriptor(OrdersController.prototype, 'list') ?? {}
  Get(path)(OrdersController.prototype, 'list', descriptor)
  UseGuards(...guards)(OrdersController)
  Controller()(OrdersController)
  return OrdersController
}

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

/** One of the servers that Nest can stand on, and what answers requests there once the application is initialized. */
export type Platform = () => {
  readonly adapter: AbstractHttpAdapter
  readonly listener: () => Promise<RequestListener>
}

async function listenerOf(
  platform: Platform,
  metadata: Parameters<typeof Module>[0],
): Promise<RequestListener> {
  // oxlint-disable-next-line typescript/no-extraneous-class -- a module is a class
  class AppModule {}
  Module(metadata)(AppModule)
  const { adapter, listener } = platform()
  const app = await NestFactory.create(AppModule, adapter, { logger: ['error'] })
  await app.init()
  return listener()
}

export async function start(platform: Platform): Promise<void> {
  const guarded = EntraGuardModule.forRoot({ verifier: verifier(), guard: 'manual' })
  const server = createServer(
    byVariant({
      plain: await listenerOf(platform, { controllers: [controllerAt('plain')] }),
      empty: await listenerOf(platform, { controllers: [controllerAt('empty', EmptyGuard)] }),
      entra: await listenerOf(platform, {
        imports: [guarded],
        controllers: [controllerAt('entra', EntraGuard)],
      }),
      usual: await listenerOf(platform, {
        imports: [PassportModule],
        providers: [UsualStrategy],
        controllers: [controllerAt('usual', AuthGuard('jwt'))],
      }),
    }),
  )
  server.listen(0, '127.0.0.1', () => ready(server))
}
