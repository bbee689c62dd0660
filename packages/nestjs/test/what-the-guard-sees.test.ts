import 'reflect-metadata'
import type { AppIdentity, UserIdentity } from '@entraguard/core'
import { createEmulator } from '@entraguard/emulator'
import {
  Access,
  CurrentIdentity,
  EntraGuard,
  EntraGuardException,
  EntraGuardModule,
  identityOf,
  Public,
} from '@entraguard/nestjs'
import fastifyStatic from '@fastify/static'
import {
  All,
  Catch,
  Controller,
  createParamDecorator,
  Get,
  Head,
  Inject,
  Injectable,
  Module,
  Options,
  Post,
  Scope,
  Sse,
  UseFilters,
  UseGuards,
  UseInterceptors,
  UsePipes,
  Version,
  VersioningType,
  type ArgumentsHost,
  type CallHandler,
  type ExceptionFilter,
  type ExecutionContext,
  type INestApplication,
  type MessageEvent,
  type MiddlewareConsumer,
  type NestInterceptor,
  type PipeTransform,
} from '@nestjs/common'
import { BaseExceptionFilter, HttpAdapterHost, LazyModuleLoader, ModuleRef, RouterModule } from '@nestjs/core'
import { CommandBus, CommandHandler, CqrsModule, type ICommandHandler } from '@nestjs/cqrs'
import { EventEmitter2, EventEmitterModule, OnEvent } from '@nestjs/event-emitter'
import { FileInterceptor, type NestExpressApplication } from '@nestjs/platform-express'
import type { NestFastifyApplication } from '@nestjs/platform-fastify'
import { Cron, ScheduleModule, SchedulerRegistry } from '@nestjs/schedule'
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger'
import { HealthCheck, HealthCheckService, TerminusModule } from '@nestjs/terminus'
import { of, type Observable } from 'rxjs'
import { mkdtempSync, readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { beforeEach, describe, expect, it } from 'vitest'

import { compile, listen, platforms, start, statusOf, type Platform } from './app.ts'

let seen: unknown[] = []
beforeEach(() => {
  seen = []
})
/** Notes who calls, as somebody who is given this context sees it. */
const note = (name: string, context?: ExecutionContext): string => {
  seen.push(context === undefined ? name : `${name}: ${identityOf(context)?.kind}`)
  return name
}

type Caller = UserIdentity | AppIdentity

describe.each(platforms)('a route of a controller, on %s', (platform) => {
  @Controller('orders')
  class Orders {
    @Get()
    get(): string {
      return note('get')
    }
    @Post()
    post(): string {
      return note('post')
    }
    @All('all')
    all(): string {
      return note('all')
    }
    @Get('deep/*')
    wildcard(): string {
      return note('wildcard')
    }
    @Get(':id')
    parameter(): string {
      return note('parameter')
    }
  }

  it('asks the guard, for every method, wildcard and parameter', async () => {
    const { get, entra } = await start({ controllers: [Orders] }, { platform })
    const routes = [
      'GET /orders',
      'POST /orders',
      'GET /orders/deep/er',
      'GET /orders/7',
      'PATCH /orders/all',
    ]
    for (const route of routes) {
      const [method = '', path = ''] = route.split(' ')
      expect(await statusOf(get(path, undefined, { method }))).toBe(401)
    }
    expect(seen).toStrictEqual([])
    for (const route of routes) {
      const [method = '', path = ''] = route.split(' ')
      expect((await get(path, await entra.issueUserToken(), { method })).ok).toBe(true)
    }
    expect(seen).toStrictEqual(['get', 'post', 'wildcard', 'parameter', 'all'])
  })

  it('asks the guard, however the address is spelt', async () => {
    const { get } = await start({ controllers: [Orders] }, { platform })
    const spellings = [
      '/Orders',
      '/orders/',
      '//orders',
      '/orders//',
      '/%6frders',
      '/orders%2f',
      '/./orders',
      '/orders;x',
    ]
    for (const path of [...spellings, ...spellings.map((each) => `${each}?a=1&access_token=x`)])
      expect([401, 404]).toContain(await statusOf(get(path)))
    expect(seen).toStrictEqual([])
  })
})

describe.each(platforms)('HEAD and OPTIONS, on %s', (platform) => {
  @Controller()
  class Methods {
    @Get('get')
    get(): string {
      return note('get')
    }
    @Head('head')
    head(): void {
      note('head')
    }
    @Options('options')
    options(): string {
      return note('options')
    }
  }

  it('ask the guard where a handler answers them; what the framework answers by itself runs none', async () => {
    const { get, entra } = await start({ controllers: [Methods] }, { platform })
    expect(await statusOf(get('/get', undefined, { method: 'HEAD' }))).toBe(401)
    expect(await statusOf(get('/head', undefined, { method: 'HEAD' }))).toBe(401)
    expect(await statusOf(get('/options', undefined, { method: 'OPTIONS' }))).toBe(401)
    expect([200, 204, 404]).toContain(await statusOf(get('/get', undefined, { method: 'OPTIONS' })))
    expect(seen).toStrictEqual([])
    expect(await statusOf(get('/get', await entra.issueUserToken(), { method: 'HEAD' }))).toBe(200)
    expect(seen).toStrictEqual(['get'])
  })

  it('of a preflight are answered by enableCors, which asks nobody and runs no handler', async () => {
    const { get } = await start(
      { controllers: [Methods] },
      { platform, prepare: (app) => app.enableCors({ origin: 'https://app.example' }) },
    )
    const headers = { origin: 'https://app.example', 'access-control-request-method': 'GET' }
    for (const path of ['/get', '/options']) {
      const answer = await get(path, undefined, { method: 'OPTIONS', headers })
      expect(answer.status).toBe(204)
      expect(answer.headers.get('access-control-allow-origin')).toBe('https://app.example')
    }
    expect(seen).toStrictEqual([])
  })
})

describe.each(platforms)('RouterModule, prefixes, versions and hosts, on %s', (platform) => {
  @Controller()
  class Listed {
    @Get('plain')
    plain(): string {
      return note('plain')
    }
    @Get('versioned')
    @Version('2')
    versioned(): string {
      return note('versioned')
    }
  }
  @Controller({ path: 'hosted', host: '127.0.0.1' })
  class Hosted {
    @Get()
    hosted(): string {
      return note('hosted')
    }
  }
  @Module({ controllers: [Listed, Hosted] })
  class AdminModule {
    readonly is = 'admin'
  }

  it('ask the guard', async () => {
    const imports = [AdminModule, RouterModule.register([{ path: 'admin', module: AdminModule }])]
    const { get, entra } = await start(
      { imports },
      {
        platform,
        prepare: (app) => {
          app.setGlobalPrefix('api', { exclude: ['admin/plain'] })
          app.enableVersioning({ type: VersioningType.HEADER, header: 'version' })
        },
      },
    )
    const headers = { version: '2' }
    for (const path of ['/admin/plain', '/api/admin/hosted']) expect(await statusOf(get(path))).toBe(401)
    expect(await statusOf(get('/api/admin/versioned', undefined, { headers }))).toBe(401)
    expect(seen).toStrictEqual([])
    const token = await entra.issueUserToken()
    for (const path of ['/admin/plain', '/api/admin/hosted'])
      expect(await statusOf(get(path, token))).toBe(200)
    expect(await statusOf(get('/api/admin/versioned', token, { headers }))).toBe(200)
  })
})

describe.each(platforms)('@Sse, on %s', (platform) => {
  @Controller()
  class Streams {
    @Sse('events')
    events(@CurrentIdentity() caller: Caller): Observable<MessageEvent> {
      return of({ data: note(caller.kind) })
    }
  }

  it('asks the guard, before the first event', async () => {
    const { get, entra } = await start({ controllers: [Streams] }, { platform })
    const refused = await get('/events')
    expect([refused.status, refused.headers.get('www-authenticate')]).toStrictEqual([401, 'Bearer realm=""'])
    expect(seen).toStrictEqual([])
    expect(await (await get('/events', await entra.issueUserToken())).text()).toContain('data: user')
  })
})

describe.each(platforms)('interceptors, pipes and parameter decorators, on %s', (platform) => {
  const Noted = createParamDecorator((_: unknown, context: ExecutionContext) => note('parameter', context))
  @Injectable()
  class NotingPipe implements PipeTransform {
    transform(value: unknown): unknown {
      note('pipe')
      return value
    }
  }
  @Injectable()
  class NotingInterceptor implements NestInterceptor {
    intercept(context: ExecutionContext, next: CallHandler): ReturnType<CallHandler['handle']> {
      note('interceptor', context)
      return next.handle()
    }
  }
  @Controller()
  class Enhanced {
    @Get()
    @UseInterceptors(NotingInterceptor)
    @UsePipes(NotingPipe)
    list(@Noted() _noted: string): string {
      return note('handler')
    }
  }

  it('run after the guard, and none of them for a caller that it refuses', async () => {
    const { get, entra } = await start(
      { controllers: [Enhanced] },
      {
        platform,
        prepare: (app) => {
          app.useGlobalPipes(new NotingPipe())
          app.useGlobalInterceptors(new NotingInterceptor())
        },
      },
    )
    expect(await statusOf(get('/'))).toBe(401)
    expect(seen).toStrictEqual([])
    expect(await statusOf(get('/', await entra.issueAppToken()))).toBe(200)
    expect(seen.slice(0, 3)).toStrictEqual(['interceptor: app', 'interceptor: app', 'parameter: app'])
    expect(seen.at(-1)).toBe('handler')
  })
})

describe('interceptors, pipes and parameter decorators', () => {
  const folder = mkdtempSync(`${tmpdir()}/entraguard-uploads-`)
  @Controller()
  class Uploads {
    @Post()
    @UseInterceptors(FileInterceptor('file', { dest: folder }))
    upload(): void {
      note('handler')
    }
  }

  it('store no file of a caller that the guard refuses', async () => {
    const { url, entra } = await start({ controllers: [Uploads] })
    const send = async (headers: Record<string, string>): Promise<number> => {
      const body = new FormData()
      body.set('file', new Blob(['text']), 'file.txt')
      return statusOf(fetch(url, { method: 'POST', body, headers }))
    }
    expect(await send({})).toBe(401)
    expect(readdirSync(folder)).toStrictEqual([])
    expect(await send({ authorization: `Bearer ${await entra.issueUserToken()}` })).toBe(201)
    expect(readdirSync(folder)).toHaveLength(1)
  })
})

describe.each(platforms)('exception filters, on %s', (platform) => {
  @Catch()
  class NotingFilter extends BaseExceptionFilter implements ExceptionFilter {
    override catch(exception: unknown, host: ArgumentsHost): void {
      note(exception instanceof EntraGuardException ? exception.cause.code : 'another error')
      // oxlint-disable-next-line promise/valid-params -- a filter, and no promise
      super.catch(exception, host)
    }
  }
  @Controller()
  class Failing {
    @Inject(HttpAdapterHost) readonly host!: HttpAdapterHost
    @Get()
    @UseFilters(NotingFilter)
    fail(): void {
      note('handler')
      throw new Error('an error')
    }
  }

  it('get refusals, after which no handler runs', async () => {
    const { get, entra } = await start({ controllers: [Failing] }, { platform })
    expect(await statusOf(get('/'))).toBe(401)
    expect(seen).toStrictEqual(['token_missing'])
    expect(await statusOf(get('/', await entra.issueUserToken()))).toBe(500)
    expect(seen).toStrictEqual(['token_missing', 'handler', 'another error'])
  })
})

describe.each(platforms)('middleware, on %s', (platform) => {
  @Controller()
  class Behind {
    @Get('behind')
    behind(): string {
      return note('handler')
    }
  }
  @Module({ controllers: [Behind] })
  class MiddlewareModule {
    configure(consumer: MiddlewareConsumer): void {
      consumer
        .apply((_request: unknown, _response: unknown, next: () => void) => {
          note('middleware')
          next()
        })
        .forRoutes('*path')
    }
  }

  it('asks nobody: it runs before the guard, for strangers too', async () => {
    const { get } = await start({ imports: [MiddlewareModule] }, { platform })
    expect(await statusOf(get('/behind'))).toBe(401)
    expect(seen).toStrictEqual(['middleware'])
  })

  it('that answers itself leaves nothing for the guard to see', async () => {
    const { get } = await start(
      { controllers: [Behind] },
      {
        platform,
        prepare: (app) => {
          app.use('/behind', (_request: unknown, response: { end(text: string): void }) => {
            response.end('middleware')
          })
        },
      },
    )
    expect(await (await get('/behind')).text()).toBe('middleware')
  })
})

describe.each(platforms)('the body parser, on %s', (platform) => {
  @Controller()
  class Bodies {
    @Post()
    create(): string {
      return note('handler')
    }
  }

  it('asks nobody: it reads what strangers send before the guard refuses them', async () => {
    const { url } = await start({ controllers: [Bodies] }, { platform })
    const send = async (body: string): Promise<number> =>
      statusOf(fetch(url, { method: 'POST', body, headers: { 'content-type': 'application/json' } }))
    expect(await send('{}')).toBe(401)
    expect(await send('{')).toBe(400)
    expect(await send(JSON.stringify({ text: 'a'.repeat(2_000_000) }))).toBe(413)
    expect(seen).toStrictEqual([])
  })
})

describe.each(platforms)('routes of the HTTP adapter, on %s', (platform) => {
  it('ask nobody', async () => {
    const { get } = await start(
      {},
      {
        platform,
        prepare: (app) => {
          app
            .getHttpAdapter()
            .get('/adapter', (_request: unknown, response: { send(text: string): void }) => {
              response.send('adapter')
            })
        },
      },
    )
    expect(await (await get('/adapter')).text()).toBe('adapter')
  })
})

const addFiles = async (app: INestApplication, platform: Platform): Promise<void> => {
  if (platform === 'express') {
    ;(app as NestExpressApplication).useStaticAssets(import.meta.dirname, { prefix: '/files/' })
  } else {
    const options = { root: import.meta.dirname, prefix: '/files/' }
    await (app as NestFastifyApplication).register(fastifyStatic, options)
  }
}

describe.each(platforms)('static files and Swagger UI, on %s', (platform) => {
  it('ask nobody', async () => {
    const { module } = await compile({})
    const { url } = await listen(module, platform, async (app) => {
      await addFiles(app, platform)
      const document = SwaggerModule.createDocument(app, new DocumentBuilder().build())
      SwaggerModule.setup('docs', app, document)
    })
    expect(await (await fetch(`${url}/files/app.ts`)).text()).toContain('export const platforms')
    expect((await fetch(`${url}/docs`)).status).toBe(200)
    expect((await fetch(`${url}/docs-json`)).status).toBe(200)
  })
})

describe.each(platforms)('an unknown address, on %s', (platform) => {
  it('asks nobody: 404 without a token, so that strangers learn which routes there are', async () => {
    const { get } = await start({}, { platform })
    expect(await statusOf(get('/nowhere'))).toBe(404)
  })
})

describe.each(platforms)('health checks of Terminus, on %s', (platform) => {
  @Controller('health')
  class Health {
    @Inject(HealthCheckService) private readonly health!: HealthCheckService
    @Get('closed')
    @HealthCheck()
    closed(): unknown {
      return this.health.check([])
    }
    @Get('open')
    @Public()
    @HealthCheck()
    open(): unknown {
      return this.health.check([])
    }
  }

  it('are routes: they ask the guard unless they are public', async () => {
    const { get } = await start({ imports: [TerminusModule], controllers: [Health] }, { platform })
    expect(await statusOf(get('/health/closed'))).toBe(401)
    expect(await statusOf(get('/health/open'))).toBe(200)
  })
})

@Controller('lazy')
class LazyController {
  @Get()
  list(): string {
    return note('handler')
  }
}
@Module({ controllers: [LazyController] })
class LazyModule {
  readonly isLazy = true
}

describe.each(platforms)('a module that is loaded lazily, on %s', (platform) => {
  it('has routes that ask the guard where it is loaded before the application starts', async () => {
    const { module, entra } = await compile({})
    await module.get(LazyModuleLoader).load(() => LazyModule)
    const { url } = await listen(module, platform)
    expect(await statusOf(fetch(`${url}/lazy`))).toBe(401)
    const headers = { authorization: `Bearer ${await entra.issueUserToken()}` }
    expect(await statusOf(fetch(`${url}/lazy`, { headers }))).toBe(200)
  })

  it('has no routes where it is loaded afterwards', async () => {
    const { app, get } = await start({}, { platform })
    await app.get(LazyModuleLoader).load(() => LazyModule)
    expect(await statusOf(get('/lazy'))).toBe(404)
  })

  it('cannot be EntraGuardModule: Nest registers no global guard of it, and the application does not start', async () => {
    const { module } = await compile({ controllers: [LazyController] }, { guard: 'manual' })
    const options = { name: 'lazy', ...(await createEmulator()).verifierOptions() }
    await module.get(LazyModuleLoader).load(() => EntraGuardModule.forRoot(options))
    await expect(listen(module, platform)).rejects.toThrow(/lazily loaded module: import EntraGuardModule/)
    const { app } = await start({ controllers: [LazyController] }, { platform, guard: 'manual' })
    const loading = app.get(LazyModuleLoader).load(() => EntraGuardModule.forRoot(options))
    await expect(loading).rejects.toThrow(/lazily loaded module: import EntraGuardModule/)
  })
})

describe('classes that you call yourself', () => {
  it('ask nobody: a method is a method, whatever stands above it', async () => {
    @Controller()
    @Access({ scopes: ['Orders.Read'] })
    class Orders {
      @Get()
      @UseGuards(EntraGuard)
      list(): string {
        return note('list')
      }
    }
    const { module } = await compile({ controllers: [Orders] })
    expect((await module.get(ModuleRef).create(Orders)).list()).toBe('list')
    expect(module.get(Orders).list()).toBe('list')
  })
})

describe.each(platforms)('a controller that is made for each request, on %s', (platform) => {
  it('asks the guard before it is used', async () => {
    @Controller({ path: 'scoped', scope: Scope.REQUEST })
    class Scoped {
      @Get()
      list(@CurrentIdentity() caller: Caller): string {
        return note(caller.kind)
      }
    }
    const { get, entra } = await start({ controllers: [Scoped] }, { platform })
    expect(await statusOf(get('/scoped'))).toBe(401)
    expect(seen).toStrictEqual([])
    expect(await (await get('/scoped', await entra.issueAppToken())).text()).toBe('app')
  })
})

describe('commands, queries and events of CQRS', () => {
  class Cancel {
    readonly id = 7
  }
  @CommandHandler(Cancel)
  @Access({ scopes: ['Orders.Cancel'] })
  class CancelHandler implements ICommandHandler<Cancel> {
    @Access({ scopes: ['Orders.Cancel'] })
    async execute(): Promise<string> {
      return note('cancelled')
    }
  }

  it('ask nobody, whatever stands above their handlers', async () => {
    const { module } = await compile({ imports: [CqrsModule.forRoot()], providers: [CancelHandler] })
    await module.init()
    expect(await module.get(CommandBus).execute(new Cancel())).toBe('cancelled')
  })
})

describe('events and schedules', () => {
  @Injectable()
  class Jobs {
    @OnEvent('ordered')
    @Access({ scopes: ['Orders.Read'] })
    ordered(): void {
      note('ordered')
    }
    @Cron('0 0 1 1 *', { name: 'yearly' })
    @Access({ scopes: ['Orders.Read'] })
    yearly(): void {
      note('yearly')
    }
  }

  it('ask nobody, whatever stands above their handlers', async () => {
    const imports = [EventEmitterModule.forRoot(), ScheduleModule.forRoot()]
    const { module } = await compile({ imports, providers: [Jobs] })
    const app = await module.createNestApplication({ logger: false }).init()
    module.get(EventEmitter2).emit('ordered')
    await module.get(SchedulerRegistry).getCronJob('yearly').fireOnTick()
    expect(seen).toStrictEqual(['ordered', 'yearly'])
    await app.close()
  })
})
