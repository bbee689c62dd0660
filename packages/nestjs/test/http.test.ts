import { anyOf, createVerifier, type AppIdentity, type UserIdentity } from '@entraguard/core'
import { createEmulator } from '@entraguard/emulator'
import {
  Access,
  CurrentApp,
  CurrentIdentity,
  CurrentUser,
  EntraGuard,
  EntraGuardException,
  identityOf,
  Public,
} from '@entraguard/nestjs'
import {
  All,
  Catch,
  Controller,
  Get,
  HttpCode,
  Injectable,
  Options,
  Post,
  Scope,
  UseGuards,
  UseInterceptors,
  type ArgumentsHost,
  type CallHandler,
  type CanActivate,
  type ExceptionFilter,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common'
import { APP_FILTER, APP_GUARD, APP_INTERCEPTOR } from '@nestjs/core'
import { connect } from 'node:net'
import { beforeEach, describe, expect, it } from 'vitest'

import { platforms, start, statusOf } from './app.ts'

let handled: string[] = []
beforeEach(() => {
  handled = []
})

type Caller = UserIdentity | AppIdentity
const called = (name: string, caller?: Caller): { handler: string; key: string | undefined } => {
  handled.push(name)
  return { handler: name, key: caller?.key }
}

@Controller('plain')
class PlainController {
  @Get()
  anyone(@CurrentIdentity() caller: Caller): unknown {
    return called('anyone', caller)
  }
  @Get('user')
  user(@CurrentUser() user: UserIdentity): unknown {
    return called('user', user)
  }
  @Get('app')
  app(@CurrentApp() app: AppIdentity): unknown {
    return called('app', app)
  }
  @Get('public')
  @Public()
  open(): unknown {
    return called('open')
  }
  @Post()
  @HttpCode(200)
  write(): unknown {
    return called('write')
  }
  @Options('options')
  options(): unknown {
    return called('options')
  }
  @All('all')
  all(): unknown {
    return called('all')
  }
}

@Controller('ruled')
@Access({ scopes: ['Orders.Read'], appPermissions: ['Orders.Read.All'] })
class RuledController {
  @Get()
  read(): unknown {
    return called('read')
  }
  @Get('write')
  @Access({ scopes: ['Orders.Write'] })
  write(): unknown {
    return called('write')
  }
  @Get('twice')
  @Access({ scopes: ['Orders.Write'] })
  @Access({ callers: ['user'], roles: ['Orders.Admin'] })
  twice(): unknown {
    return called('twice')
  }
  @Get('public')
  @Public()
  open(): unknown {
    return called('open')
  }
}

@Controller('open')
@Public()
class OpenController {
  @Get()
  open(): unknown {
    return called('open')
  }
  @Get('write')
  @Access({ scopes: ['Orders.Write'] })
  write(): unknown {
    return called('write')
  }
}

const group = 'dddddddd-0000-4000-8000-000000000001'
const otherGroup = 'dddddddd-0000-4000-8000-000000000002'
const reads = { scopes: ['Orders.Read'] } as const
const member = { scopes: ['Orders.Read'], groups: [group] } as const

const controllers = [PlainController, RuledController, OpenController]

@Injectable()
class YesGuard implements CanActivate {
  canActivate(): boolean {
    return true
  }
}

@Injectable()
class ForgingGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<Record<string, unknown>>()
    request['user'] = { kind: 'app', key: 'forged', roles: ['Orders.Admin'] }
    request['identity'] = request['user']
    request['auth'] = request['user']
    return true
  }
}

describe.each(platforms)('on %s', (platform) => {
  it('a route that says nothing admits users and apps with a permission, and nobody else', async () => {
    const { get, entra } = await start({ controllers }, { platform })
    const user = await entra.issueUserToken()
    expect(await statusOf(get('/plain', user))).toBe(200)
    expect(await statusOf(get('/plain', await entra.issueAppToken()))).toBe(200)
    expect(await statusOf(get('/plain', await entra.issueAppToken({ roles: [] })))).toBe(403)
    expect(await statusOf(get('/plain'))).toBe(401)
    expect(handled).toStrictEqual(['anyone', 'anyone'])
  })

  it('@CurrentUser and @CurrentApp refuse the other kind before the handler runs', async () => {
    const { get, entra } = await start({ controllers }, { platform })
    const [user, app] = [await entra.issueUserToken(), await entra.issueAppToken()]
    expect(await statusOf(get('/plain/user', user))).toBe(200)
    expect(await statusOf(get('/plain/app', app))).toBe(200)
    handled = []
    expect(await statusOf(get('/plain/user', app))).toBe(403)
    expect(await statusOf(get('/plain/app', user))).toBe(403)
    expect(handled).toStrictEqual([])
  })

  it('what class and method ask both has to hold', async () => {
    const { get, entra } = await start({ controllers }, { platform })
    const tokenWith = async (scopes: string[], roles: string[] = []): Promise<string> =>
      entra.issueUserToken({ scopes, roles })
    expect(await statusOf(get('/ruled', await tokenWith(['Orders.Read'])))).toBe(200)
    expect(await statusOf(get('/ruled/write', await tokenWith(['Orders.Write'])))).toBe(403)
    expect(await statusOf(get('/ruled/write', await tokenWith(['Orders.Read'])))).toBe(403)
    expect(await statusOf(get('/ruled/write', await tokenWith(['Orders.Read', 'Orders.Write'])))).toBe(200)
    expect(await statusOf(get('/ruled/write', await entra.issueAppToken()))).toBe(403)
  })

  it('of several @Access on one method none is lost', async () => {
    const { get, entra } = await start({ controllers }, { platform })
    const scopes = ['Orders.Read', 'Orders.Write']
    expect(await statusOf(get('/ruled/twice', await entra.issueUserToken({ scopes })))).toBe(403)
    const admin = await entra.issueUserToken({ scopes, roles: ['Orders.Admin'] })
    expect(await statusOf(get('/ruled/twice', admin))).toBe(200)
    const reader = await entra.issueUserToken({ scopes: ['Orders.Read'], roles: ['Orders.Admin'] })
    expect(await statusOf(get('/ruled/twice', reader))).toBe(403)
  })

  it('a method beats its class: @Public opens it, @Access closes it', async () => {
    const { get, entra } = await start({ controllers }, { platform })
    expect(await statusOf(get('/ruled/public'))).toBe(200)
    expect(await statusOf(get('/open'))).toBe(200)
    expect(await statusOf(get('/open', 'not-a-token'))).toBe(200)
    expect(await statusOf(get('/open/write'))).toBe(401)
    expect(await statusOf(get('/open/write', await entra.issueUserToken({ scopes: ['Orders.Write'] })))).toBe(
      200,
    )
  })

  it('a challenge names what class and method ask, so that a client asks for all of it at once', async () => {
    @Controller('strict')
    @Access({ scopes: ['Orders.Read'] })
    class StrictController {
      @Get()
      @Access({ scopes: ['Orders.Write'] })
      write(@CurrentUser() user: UserIdentity): unknown {
        return called('write', user)
      }
    }
    const { get, entra } = await start({ controllers: [StrictController] }, { platform })
    const prefix = 'api://22222222-2222-4222-8222-222222222222/'
    const both = `scope="${prefix}Orders.Read ${prefix}Orders.Write"`
    const missing = await get('/strict')
    expect([missing.status, missing.headers.get('www-authenticate')]).toEqual([401, `Bearer ${both}`])
    const refused = await get('/strict', await entra.issueUserToken({ scopes: ['Orders.Read'] }))
    expect(refused.status).toBe(403)
    expect(refused.headers.get('www-authenticate')).toContain(both)
  })

  it('refusals keep status, challenge, Retry-After and body', async () => {
    const { get, entra } = await start({ controllers }, { platform })
    const missing = await get('/plain')
    expect(missing.headers.get('www-authenticate')).toBe('Bearer realm=""')
    expect(missing.headers.get('cache-control')).toBe('no-store')
    expect(await missing.json()).toStrictEqual({
      error: 'unauthorized',
      error_description: 'An access token is required.',
    })
    const refused = await get('/ruled', await entra.issueUserToken({ scopes: ['Orders.Write'] }))
    expect(refused.status).toBe(403)
    expect(refused.headers.get('www-authenticate')).toContain('error="insufficient_scope"')
    expect(refused.headers.get('www-authenticate')).toContain(
      'scope="api://22222222-2222-4222-8222-222222222222/Orders.Read"',
    )
    const malformed = await get('/plain', undefined, { headers: { authorization: 'Bearer' } })
    expect(malformed.status).toBe(400)
    expect(malformed.headers.get('www-authenticate')).toContain('error="invalid_request"')
    entra.goOffline()
    entra.advance(3 * 86_400)
    const down = await get('/plain', await entra.issueUserToken())
    expect(down.status).toBe(503)
    expect(Number(down.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(down.headers.get('www-authenticate')).toBeNull()
  })

  it('an exception filter sees the EntraGuardError as the cause, and headers are set without it', async () => {
    const seen: unknown[] = []
    @Catch(EntraGuardException)
    class RefusalLog implements ExceptionFilter<EntraGuardException> {
      catch(exception: EntraGuardException, host: ArgumentsHost): void {
        seen.push(exception.cause.code)
        const response = host.switchToHttp().getResponse<{
          status(code: number): { send(body: unknown): void }
        }>()
        response.status(exception.getStatus()).send(exception.getResponse())
      }
    }
    const providers = [{ provide: APP_FILTER, useClass: RefusalLog }]
    const { get, entra } = await start({ controllers, providers }, { platform })
    const response = await get('/plain', await entra.issueUserToken({ expiresIn: -3600 }))
    expect([response.status, response.headers.get('www-authenticate')]).toStrictEqual([
      401,
      expect.stringContaining('invalid_token'),
    ])
    expect(seen).toStrictEqual(['token_expired'])
  })

  it('nothing that is on the request beforehand makes a caller', async () => {
    const { get, entra } = await start(
      { controllers, providers: [{ provide: APP_GUARD, useClass: ForgingGuard }] },
      {
        platform,
        prepare: (app) => {
          app.use((request: Record<string, unknown>, _response: unknown, next: () => void) => {
            request['user'] = { kind: 'user', key: 'forged', scopes: ['Orders.Write'] }
            next()
          })
        },
      },
    )
    const headers = {
      'x-ms-client-principal': btoa(JSON.stringify({ userId: 'forged' })),
      'x-ms-client-principal-id': 'forged',
      'x-forwarded-user': 'forged',
      'x-user': 'forged',
    }
    expect(await statusOf(get('/plain', undefined, { headers }))).toBe(401)
    expect(await statusOf(get('/open/write', undefined, { headers }))).toBe(401)
    const token = await entra.issueUserToken({ claims: { oid: 'dddddddd-0000-4000-8000-000000000001' } })
    const answer: unknown = await (await get('/plain', token, { headers })).json()
    expect(answer).toMatchObject({
      key: `${entra.directory.firstTenant.id}.dddddddd-0000-4000-8000-000000000001`,
    })
  })

  it('X-HTTP-Method-Override, HEAD, OPTIONS and @All are no way around', async () => {
    const { get, entra } = await start({ controllers }, { platform })
    for (const override of ['GET', 'OPTIONS', 'HEAD']) {
      const headers = { 'x-http-method-override': override, 'x-method-override': override }
      expect(await statusOf(get('/plain?_method=OPTIONS', undefined, { method: 'POST', headers }))).toBe(401)
    }
    expect(await statusOf(get('/plain', undefined, { method: 'HEAD' }))).toBe(401)
    expect(await (await get('/plain', undefined, { method: 'HEAD' })).text()).toBe('')
    expect(await statusOf(get('/plain/options', undefined, { method: 'OPTIONS' }))).toBe(401)
    for (const method of ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'])
      expect(await statusOf(get('/plain/all', undefined, { method }))).toBe(401)
    // No handler of ours: the framework may list the methods, but nothing runs.
    expect([200, 204, 404]).toContain(await statusOf(get('/plain', undefined, { method: 'OPTIONS' })))
    expect(handled).toStrictEqual([])
    expect(await statusOf(get('/plain', await entra.issueUserToken(), { method: 'HEAD' }))).toBe(200)
    expect(handled).toStrictEqual(['anyone'])
  })

  it.each(['before', 'after'])('another global guard that says yes changes no verdict: %s', async (place) => {
    const providers = place === 'before' ? [] : [{ provide: APP_GUARD, useClass: YesGuard }]
    const prepare =
      place === 'before'
        ? {
            prepare: (app: { useGlobalGuards(guard: CanActivate): unknown }) =>
              void app.useGlobalGuards(new YesGuard()),
          }
        : {}
    const { get, entra } = await start({ controllers, providers }, { platform, ...prepare })
    expect(await statusOf(get('/plain'))).toBe(401)
    expect(await statusOf(get('/ruled', await entra.issueUserToken({ scopes: ['Orders.Write'] })))).toBe(403)
    expect(await statusOf(get('/ruled', await entra.issueUserToken()))).toBe(200)
  })

  it('a guard that says no is still asked', async () => {
    @Injectable()
    class NoGuard implements CanActivate {
      canActivate(): boolean {
        return false
      }
    }
    const providers = [{ provide: APP_GUARD, useClass: NoGuard }]
    const { get, entra } = await start({ controllers, providers }, { platform })
    expect(await statusOf(get('/plain', await entra.issueUserToken()))).toBe(403)
    expect(handled).toStrictEqual([])
  })

  it('two Authorization headers are refused whichever comes first', async () => {
    const { url, entra } = await start({ controllers }, { platform })
    const valid = await entra.issueUserToken()
    for (const [first, second] of [
      [valid, 'forged'],
      ['forged', valid],
      [valid, valid],
    ]) {
      const lines = [
        'GET /plain HTTP/1.1',
        'Host: api.test',
        `Authorization: Bearer ${first}`,
        `AUTHORIZATION: Bearer ${second}`,
        'Connection: close',
      ]
      expect(await raw(url, lines)).toMatch(/^HTTP\/1\.1 400 [\s\S]*invalid_request/)
    }
    expect(handled).toStrictEqual([])
  })

  it('a middleware may bring the token from elsewhere', async () => {
    let token = 'not-a-token'
    const { get, entra } = await start(
      { controllers },
      {
        platform,
        prepare: (app) => {
          app.use((request: { headers: Record<string, string> }, _response: unknown, next: () => void) => {
            request.headers['authorization'] = `Bearer ${token}`
            next()
          })
        },
      },
    )
    expect(await statusOf(get('/plain'))).toBe(401)
    token = await entra.issueUserToken()
    expect(await statusOf(get('/plain'))).toBe(200)
  })

  it('interceptors get the caller by identityOf, and only after the guard', async () => {
    const seen: unknown[] = []
    @Injectable()
    class Log implements NestInterceptor {
      intercept(context: ExecutionContext, next: CallHandler): ReturnType<CallHandler['handle']> {
        seen.push(identityOf(context)?.kind)
        return next.handle()
      }
    }
    const providers = [{ provide: APP_INTERCEPTOR, useClass: Log }]
    const { get, entra } = await start({ controllers, providers }, { platform })
    await get('/plain', await entra.issueAppToken())
    await get('/plain')
    await get('/open', await entra.issueAppToken())
    expect(seen).toStrictEqual(['app', undefined])
  })

  it('keeps 1000 interleaved requests of 50 callers apart, across awaits', async () => {
    @Controller('slow')
    class SlowController {
      @Get()
      @UseInterceptors()
      async slow(@CurrentIdentity() caller: Caller): Promise<unknown> {
        await new Promise((resolve) => setImmediate(resolve))
        return { key: caller.key, kind: caller.kind }
      }
    }
    const { get, entra } = await start({ controllers: [SlowController] }, { platform })
    const ids = Array.from({ length: 50 }, (_, n) => `bbbbbbbb-0000-4000-8000-${String(n).padStart(12, '0')}`)
    const tokens = await Promise.all(
      ids.map(async (oid, n) =>
        n % 2 === 0
          ? entra.issueUserToken({ claims: { oid } })
          : entra.issueAppToken({ claims: { oid, sub: oid } }),
      ),
    )
    const answers = await Promise.all(
      Array.from({ length: 1000 }, async (_, n): Promise<unknown> =>
        (await get('/slow', tokens[n % 50])).json(),
      ),
    )
    const tenant = entra.directory.firstTenant.id
    expect(answers).toStrictEqual(
      answers.map((_, n) => ({ key: `${tenant}.${ids[n % 50]}`, kind: n % 2 === 0 ? 'user' : 'app' })),
    )
  })

  it('guards controllers that are made for each request', async () => {
    @Controller({ path: 'scoped', scope: Scope.REQUEST })
    @Access({ scopes: ['Orders.Read'] })
    class ScopedController {
      @Get()
      scoped(@CurrentUser() user: UserIdentity): unknown {
        return called('scoped', user)
      }
    }
    const { get, entra } = await start({ controllers: [ScopedController] }, { platform })
    expect(await statusOf(get('/scoped'))).toBe(401)
    expect(await statusOf(get('/scoped', await entra.issueUserToken({ scopes: ['Orders.Write'] })))).toBe(403)
    expect(await statusOf(get('/scoped', await entra.issueUserToken()))).toBe(200)
    expect(handled).toStrictEqual(['scoped'])
  })

  it('a subclass has the rules of its parent', async () => {
    @Controller('child')
    class ChildController extends RuledController {
      @Get('own')
      own(): unknown {
        return called('own')
      }
    }
    const { get, entra } = await start({ controllers: [ChildController] }, { platform })
    const writer = await entra.issueUserToken({ scopes: ['Orders.Write'] })
    for (const path of ['/child', '/child/own', '/child/write']) {
      expect(await statusOf(get(path))).toBe(401)
      expect(await statusOf(get(path, writer))).toBe(403)
    }
    expect(await statusOf(get('/child/own', await entra.issueUserToken()))).toBe(200)
    expect(handled).toStrictEqual(['own'])
  })

  it('@Access of a class closes what @Public of the class or of its parent opens, in either order', async () => {
    @Controller('open')
    @Public()
    class WideController {
      @Get()
      list(): unknown {
        return called('list')
      }
      @Get('health')
      @Public()
      health(): unknown {
        return called('health')
      }
    }
    @Controller('closed')
    @Access({ scopes: ['Orders.Read'] })
    class ClosedController extends WideController {}
    @Controller('reopened')
    @Public()
    class ReopenedController extends ClosedController {}
    @Controller('both')
    @Access({ scopes: ['Orders.Read'] })
    @Public()
    class BothController extends WideController {}
    const { get, entra } = await start(
      { controllers: [WideController, ClosedController, ReopenedController, BothController] },
      { platform },
    )
    const writer = await entra.issueUserToken({ scopes: ['Orders.Write'] })
    for (const path of ['/closed', '/reopened', '/both']) {
      expect(await statusOf(get(path))).toBe(401)
      expect(await statusOf(get(path, writer))).toBe(403)
      expect(await statusOf(get(`${path}/health`))).toBe(200)
    }
    expect(handled).toStrictEqual(['health', 'health', 'health'])
    expect(await statusOf(get('/open'))).toBe(200)
  })

  it.each(['class', 'method'])(
    'looks up groups that the token could not hold when the %s asks for some',
    async (place) => {
      const groups = { callers: ['user'], groups: [group] } as const
      const scopes = { scopes: ['Orders.Read'] } as const
      @Controller('grouped')
      @Access(place === 'class' ? groups : scopes)
      class GroupedController {
        @Get()
        @Access(place === 'class' ? scopes : groups)
        grouped(@CurrentUser() user: UserIdentity): unknown {
          return user.groups
        }
      }
      const entra = await createEmulator()
      let groupIds = [group]
      const verifier = createVerifier({ ...entra.verifierOptions(), resolveGroups: async () => groupIds })
      const { get } = await start({ controllers: [GroupedController] }, { platform, verifier })
      const token = await entra.issueUserToken({ groups: 'overage' })
      const answer = await get('/grouped', token)
      expect(await answer.json()).toStrictEqual({ status: 'complete', ids: [group] })
      groupIds = []
      expect(await statusOf(get('/grouped', token))).toBe(403)
    },
  )

  it.each([
    ['could be met without groups', anyOf(reads, { callers: ['user'], groups: [otherGroup] }), member],
    ['asks for nothing else', reads, anyOf({ scopes: ['Orders.Write'] }, member)],
  ] as const)(
    'looks up groups for the access that they decide where an earlier one %s',
    async (_, ofClass, ofMethod) => {
      @Controller('grouped')
      @Access(ofClass)
      class GroupedController {
        @Get()
        @Access(ofMethod)
        grouped(@CurrentUser() user: UserIdentity): unknown {
          return user.groups
        }
        @Get('not')
        notGrouped(@CurrentUser() user: UserIdentity): unknown {
          return user.groups
        }
      }
      const entra = await createEmulator()
      let asked = 0
      let groupIds = [group]
      const resolveGroups = async (): Promise<string[]> => {
        asked += 1
        return groupIds
      }
      const verifier = createVerifier({ ...entra.verifierOptions(), resolveGroups })
      const { get } = await start({ controllers: [GroupedController] }, { platform, verifier })
      const token = await entra.issueUserToken({ scopes: ['Orders.Read'], groups: 'overage' })
      expect(await (await get('/grouped/not', token)).json()).toStrictEqual({ status: 'overage' })
      expect(asked).toBe(0)
      expect(await (await get('/grouped', token)).json()).toStrictEqual({ status: 'complete', ids: [group] })
      expect(asked).toBe(1)
      groupIds = [otherGroup]
      expect(await statusOf(get('/grouped', token))).toBe(403)
    },
  )

  it('reads the request of the server, whatever middleware has put into its "raw"', async () => {
    @Controller('raw')
    class RawController {
      @Get()
      raw(): string {
        return 'ok'
      }
    }
    const { get, entra } = await start(
      { controllers: [RawController] },
      {
        platform,
        prepare: (app) =>
          void app.use((request: object, _: unknown, next: () => void) => {
            Object.assign(request, { raw: { headers: {} } })
            next()
          }),
      },
    )
    expect(await statusOf(get('/raw'))).toBe(401)
    expect(await statusOf(get('/raw', await entra.issueUserToken()))).toBe(200)
  })

  it('asks the verifier once for a request, however often the guard stands on its route', async () => {
    let checks = 0
    const entra = await createEmulator()
    const verifier = createVerifier({ ...entra.verifierOptions(), check: () => void (checks += 1) })
    @Controller('often')
    @UseGuards(EntraGuard)
    @Access({ scopes: ['Orders.Read'] })
    class OftenController {
      @Get()
      @UseGuards(EntraGuard)
      @Access({ callers: ['user'] })
      often(): string {
        return 'ok'
      }
    }
    const { get } = await start({ controllers: [OftenController] }, { platform, verifier })
    expect(await statusOf(get('/often', await entra.issueUserToken()))).toBe(200)
    expect(checks).toBe(1)
  })
})

/** What comes back for these lines, as text. */
async function raw(url: string, lines: readonly string[]): Promise<string> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  socket.end(`${lines.join('\r\n')}\r\n\r\n`)
  let text = ''
  for await (const chunk of socket) text += String(chunk)
  return text
}
