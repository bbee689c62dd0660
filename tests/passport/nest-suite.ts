import 'reflect-metadata'

import { once } from 'node:events'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'

import { createVerifier, type Verifier } from '@entraguard/core'
import { createEmulator, defaults } from '@entraguard/emulator'
import { BearerStrategy, refusalOf, type AuthInfo, type ITokenPayload } from '@entraguard/passport'
import {
  Controller,
  Get,
  HttpException,
  Inject,
  Injectable,
  Module,
  Req,
  UseGuards,
  type ExecutionContext,
  type INestApplication,
} from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { AuthGuard, PassportModule, PassportStrategy } from '@nestjs/passport'
import { FastifyAdapter } from '@nestjs/platform-fastify'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const entra = await createEmulator()
const { tenantId, apiClientId: api } = defaults

/** As people have it, with the import changed. */
@Injectable()
class EntraStrategy extends PassportStrategy(BearerStrategy, 'oauth-bearer') {
  constructor() {
    super({
      identityMetadata: `https://login.microsoftonline.com/${tenantId}/v2.0/.well-known/openid-configuration`,
      clientID: api,
      scope: ['Orders.Read'],
      fetch: entra.fetch,
      now: () => entra.now(),
    })
  }

  validate(token: ITokenPayload): object | null {
    return token.name === 'Nobody' ? null : { id: token.oid }
  }
}

const VERIFIER = Symbol('VERIFIER')

/** The new form, with the request and an info of its own. */
@Injectable()
class VerifierStrategy extends PassportStrategy(BearerStrategy, 'entra') {
  constructor(@Inject(VERIFIER) verifier: Verifier) {
    super({ verifier, access: { scopes: ['Orders.Write'] }, passReqToCallback: true })
  }

  validate(request: { url: string }, token: ITokenPayload): readonly [object, object] {
    return [{ id: token.oid, url: request.url }, { scp: token.scp }]
  }
}

/** A guard that answers with the status of the refusal, where the one of @nestjs/passport knows 401 only. */
class EntraGuard extends AuthGuard('entra') {
  override handleRequest<User>(error: unknown, user: User, _info: unknown, context: ExecutionContext): User {
    const refusal = refusalOf(context.switchToHttp().getRequest<object>())
    if (refusal !== undefined) throw new HttpException(refusal.code, refusal.status)
    if (error !== null && error !== undefined) throw error
    return user
  }
}

interface Passed {
  readonly user: unknown
  readonly authInfo: AuthInfo & { readonly scp?: string }
}

@Controller('orders')
class OrdersController {
  @Get()
  @UseGuards(AuthGuard('oauth-bearer'))
  old(@Req() { user, authInfo }: Passed): object {
    return { user, kind: authInfo.identity.kind }
  }

  @Get('new')
  @UseGuards(EntraGuard)
  new(@Req() { user, authInfo }: Passed): object {
    return { user, kind: authInfo.identity.kind, scp: authInfo.scp }
  }
}

@Module({
  imports: [PassportModule],
  controllers: [OrdersController],
  providers: [
    EntraStrategy,
    VerifierStrategy,
    { provide: VERIFIER, useFactory: () => createVerifier(entra.verifierOptions()) },
  ],
})
class AppModule {}

const platforms: ReadonlyArray<readonly [string, () => Promise<INestApplication>]> = [
  ['Express', async () => NestFactory.create(AppModule, { logger: false })],
  ['Fastify', async () => NestFactory.create(AppModule, new FastifyAdapter(), { logger: false })],
]

/** `class EntraStrategy extends PassportStrategy(BearerStrategy, 'oauth-bearer')`, on the Nest that the imports lead to. */
export function describePassportOnNest(name: string): void {
  describe.each(platforms)(`@nestjs/passport on ${name}, %s`, (_, create) => {
    let app: INestApplication
    beforeAll(async () => {
      app = await create()
      await app.listen(0, '127.0.0.1')
    })
    afterAll(async () => app.close())

    async function ask(
      token: string | undefined,
      path = '/orders',
    ): Promise<{ status: number; body: unknown }> {
      const { port } = app.getHttpServer().address() as AddressInfo
      const headers: HeadersInit = token === undefined ? {} : { authorization: `Bearer ${token}` }
      const response = await fetch(`http://127.0.0.1:${port}${path}`, { headers })
      return { status: response.status, body: await response.json() }
    }

    it('lets a caller with a good token pass, with what validate gave and the identity', async () => {
      const id: unknown = expect.stringMatching(/^[0-9a-f-]{36}$/)
      const token = await entra.issueUserToken({ scopes: ['Orders.Read'] })
      expect(await ask(token)).toEqual({ status: 200, body: { user: { id }, kind: 'user' } })
      const writer = await entra.issueUserToken({ scopes: ['Orders.Write'] })
      expect(await ask(writer, '/orders/new')).toEqual({
        status: 200,
        body: { user: { id, url: '/orders/new' }, kind: 'user', scp: 'Orders.Write' },
      })
    })

    it('answers 401 to no token, a bad one, one without the scope, and one of nobody', async () => {
      const tokens = [
        undefined,
        'x',
        await entra.issueUserToken({ signWith: 'unknown' }),
        await entra.issueUserToken({ scopes: ['Orders.Write'] }),
        await entra.issueAppToken(),
        await entra.issueUserToken({ scopes: ['Orders.Read'], claims: { name: 'Nobody' } }),
      ]
      for (const token of tokens) expect(await ask(token)).toMatchObject({ status: 401 })
    })

    it('refuses two Authorization headers, of which frameworks show one', async () => {
      const token = await entra.issueUserToken({ scopes: ['Orders.Read'] })
      const { port } = app.getHttpServer().address() as AddressInfo
      for (const path of ['/orders', '/orders/new']) {
        const authorization: readonly string[] = [`Bearer ${token}`, 'Bearer x']
        const sent = httpRequest({
          port,
          path,
          agent: false,
          headers: { authorization: authorization as never },
        }).end()
        const [response] = (await once(sent, 'response')) as [IncomingMessage]
        response.resume()
        expect(response.statusCode).toBe(path === '/orders' ? 401 : 400)
      }
    })

    it('answers with the status of the refusal where the guard asks for it', async () => {
      const reader = await entra.issueUserToken({ scopes: ['Orders.Read'] })
      expect(await ask(reader, '/orders/new')).toMatchObject({ status: 403 })
      expect(await ask('a b', '/orders/new')).toMatchObject({ status: 400 })
      expect(await ask(undefined, '/orders/new')).toMatchObject({ status: 401 })
    })

    it('answers 503 while nobody can tell whether a key is Microsoft’s', async () => {
      const unknown = await entra.issueUserToken({ scopes: ['Orders.Read'], signWith: 'unknown' })
      entra.goOffline()
      entra.advance(60)
      expect(await ask(unknown)).toMatchObject({ status: 503 })
      entra.goOnline()
      entra.advance(120)
      expect(await ask(unknown)).toMatchObject({ status: 401 })
    })
  })
}
