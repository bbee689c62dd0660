import 'reflect-metadata'
import {
  authorize,
  createVerifier,
  type AppIdentity,
  type UserIdentity,
  type Verifier,
  type VerifierEvent,
} from '@entraguard/core'
import { dpop } from '@entraguard/core/pop'
import { createEmulator, type Emulator } from '@entraguard/emulator'
import {
  Access,
  calledBy,
  CurrentApp,
  CurrentUser,
  EntraGuard,
  EntraGuardModule,
  identityOf,
  Public,
  UseVerifier,
} from '@entraguard/nestjs'
import {
  Catch,
  Controller,
  Get,
  Injectable,
  Post,
  UseGuards,
  type ArgumentsHost,
  type CanActivate,
  type ExecutionContext,
} from '@nestjs/common'
import { APP_FILTER, BaseExceptionFilter } from '@nestjs/core'
import { Context, Query, Resolver } from '@nestjs/graphql'
import { Test } from '@nestjs/testing'
import { of } from 'rxjs'
import { EventEmitter } from 'node:events'
import { describe, expect, it, vi } from 'vitest'

import { compile, listen, platforms, silent, start, statusOf } from './app.ts'
import { apollo, ask, codesOf, serve } from './graphql-app.ts'

const reads = { scopes: ['Orders.Read'] } as const
const writes = { scopes: ['Orders.Write'] } as const
const optional = { optional: true } as const
const group = 'dddddddd-0000-4000-8000-000000000001'

/** What the verifier tells of callers and tokens while `call` runs. */
async function toldDuring(events: VerifierEvent[], call: () => Promise<unknown>): Promise<unknown[]> {
  const before = events.length
  await call()
  return events
    .slice(before)
    .filter(({ type }) => /^(?:caller|token)/.test(type))
    .map((event) => ('code' in event ? `${event.type} ${event.code}` : event.type))
}

/** A verifier for an emulator, and what it told. */
function observed(
  entra: Emulator,
  options: Partial<Parameters<typeof createVerifier>[0]> = {},
): { readonly verifier: Verifier; readonly events: VerifierEvent[] } {
  const events: VerifierEvent[] = []
  const verifier = createVerifier({
    ...entra.verifierOptions(),
    ...options,
    onEvent: (event) => events.push(event),
  })
  return { verifier, events }
}

describe.each(platforms)('a token that was seen before, on %s,', (platform) => {
  @Controller()
  class Orders {
    @Get()
    @Access(reads)
    list(): string {
      return 'list'
    }
    @Get('both')
    @Access(reads)
    @Access(writes)
    both(): string {
      return 'both'
    }
    @Get('user')
    user(@CurrentUser() user: UserIdentity): string {
      return user.kind
    }
    @Get('app')
    app(@CurrentApp() app: AppIdentity): string {
      return app.kind
    }
  }

  it('lets in only by all accesses of a route, also where each of them admits somebody', async () => {
    const { get, entra } = await start({ controllers: [Orders] }, { platform })
    for (const scopes of [['Orders.Read'], ['Orders.Write']]) {
      const token = await entra.issueUserToken({ scopes })
      const mayRead = scopes.includes('Orders.Read') ? 200 : 403
      for (const _ of ['new', 'seen'])
        expect(await Promise.all(['/', '/both'].map(async (at) => statusOf(get(at, token))))).toStrictEqual([
          mayRead,
          403,
        ])
      // It is remembered by now, and a caller of that kind is all that this route asks for.
      expect(await statusOf(get('/user', token))).toBe(200)
      expect(await statusOf(get('/app', token))).toBe(403)
    }
    const both = await entra.issueUserToken({ scopes: ['Orders.Read', 'Orders.Write'] })
    for (const _ of ['new', 'seen']) expect(await statusOf(get('/both', both))).toBe(200)
  })
})

describe('onEvent hears of one call once', () => {
  it('that came without a token, however often the guard stands on its route', async () => {
    @Controller()
    class Shop {
      @Get()
      @Access(reads, optional)
      list(): string {
        return 'list'
      }
    }
    const entra = await createEmulator()
    const { verifier, events } = observed(entra)
    const { get } = await start({ controllers: [Shop] }, { verifier })
    expect(await toldDuring(events, async () => get('/'))).toStrictEqual(['token_refused token_missing'])
    expect(await statusOf(get('/'))).toBe(200)
    const token = await entra.issueUserToken({ scopes: ['Orders.Read'] })
    for (const _ of ['new', 'seen'])
      expect(await toldDuring(events, async () => get('/', token))).toStrictEqual(['caller_admitted'])
  })

  it('whose groups are in the token, and that which needs none, where they did not fit into it', async () => {
    @Controller()
    @Access(reads)
    class Orders {
      @Get()
      @Access({ callers: ['user'], groups: [group] })
      ofMembers(): string {
        return 'of members'
      }
      @Get('all')
      @Access({ callers: ['user'] })
      all(): string {
        return 'all'
      }
    }
    const entra = await createEmulator()
    const { verifier, events } = observed(entra)
    const { get } = await start({ controllers: [Orders] }, { verifier })
    const member = await entra.issueUserToken({ scopes: ['Orders.Read'], groups: [group] })
    expect(await toldDuring(events, async () => get('/', member))).toStrictEqual(['caller_admitted'])
    expect(await statusOf(get('/', member))).toBe(200)
    const ofMany = await entra.issueUserToken({ scopes: ['Orders.Read'], groups: 'overage' })
    expect(await toldDuring(events, async () => get('/all', ofMany))).toStrictEqual(['caller_admitted'])
    expect(await statusOf(get('/all', ofMany))).toBe(200)
  })
})

describe.each(platforms)('a token that is bound to a key, on %s,', (platform) => {
  const origin = 'https://api.contoso.com'

  it('lets in with a proof, which is good for one request, however many guards and accesses ask', async () => {
    @Controller('orders')
    @UseGuards(EntraGuard)
    @Access(reads)
    class Orders {
      @Post()
      @UseGuards(EntraGuard)
      @Access({ callers: ['user'], groups: [group] })
      create(@CurrentUser() user: UserIdentity): string {
        return user.kind
      }
    }
    const entra = await createEmulator()
    const verifier = createVerifier({
      ...entra.verifierOptions(),
      bound: dpop({ origin }),
      resolveGroups: async () => [group],
    })
    const { url } = await start({ controllers: [Orders] }, { platform, verifier })
    const key = await entra.createProofKey()
    const token = await entra.issueUserToken({ boundTo: key, scopes: ['Orders.Read'], groups: 'overage' })
    const proof = await key.proof({ method: 'POST', url: `${origin}/orders`, accessToken: token })
    const send = async (headers: Record<string, string>): Promise<number> =>
      statusOf(fetch(`${url}/orders`, { method: 'POST', headers }))
    const authorization = `DPoP ${token}`
    expect(await send({ authorization })).toBe(401)
    expect(await send({ authorization, dpop: proof })).toBe(201)
    expect(await send({ authorization, dpop: proof })).toBe(401)
  })
})

describe('what fails beside the token', () => {
  it.each(['authenticate', 'authorize'] as const)(
    'in a verifier that somebody wrapped, in %s, comes to exception filters as it was thrown',
    async (member) => {
      const seen: unknown[] = []
      @Catch()
      class Log extends BaseExceptionFilter {
        override catch(exception: unknown, host: ArgumentsHost): void {
          seen.push(exception)
          // oxlint-disable-next-line promise/valid-params -- a filter, and no promise
          super.catch(exception, host)
        }
      }
      @Controller()
      class Orders {
        @Get()
        @Access(reads)
        @Access(writes)
        list(): string {
          return 'list'
        }
      }
      const entra = await createEmulator()
      const own = new Error('the database of the wrapper is down')
      const real = createVerifier(entra.verifierOptions())
      const fails = (): never => {
        throw own
      }
      const providers = [{ provide: APP_FILTER, useClass: Log }]
      const { get } = await start(
        { controllers: [Orders], providers },
        { verifier: { ...real, [member]: fails } },
      )
      const token = await entra.issueUserToken({ scopes: ['Orders.Write'] })
      expect(await statusOf(get('/', token))).toBe(500)
      expect(seen[0]).toBe(own)
    },
  )
})

describe('a guard that extends EntraGuard', () => {
  it('and waits for its answer gets one, of whatever kind that of a replacement is', async () => {
    @Injectable()
    class Own extends EntraGuard {
      override async canActivate(context: ExecutionContext): Promise<boolean> {
        return Boolean(await super.canActivate(context))
      }
    }
    @Controller()
    class Orders {
      @Get()
      @UseGuards(Own)
      list(): string {
        return 'list'
      }
    }
    const entra = await createEmulator()
    for (const isOpen of [true, false]) {
      const answers = { canActivate: () => of(isOpen) }
      const module = await Test.createTestingModule({
        imports: [EntraGuardModule.forRoot({ ...entra.verifierOptions(), guard: 'manual' })],
        controllers: [Orders],
      })
        .overrideProvider(EntraGuard)
        .useValue(answers)
        .setLogger(silent)
        .compile()
      const { url } = await listen(module)
      expect(await statusOf(fetch(url))).toBe(isOpen ? 200 : 403)
    }
  })
})

/** A context of a kind that a test makes up. */
const contextOf = (
  type: string,
  args: readonly unknown[],
  target: Function,
  method: string,
): ExecutionContext =>
  ({
    getClass: () => target,
    getHandler: () => Reflect.get(target.prototype, method),
    getType: () => type,
    getArgs: () => args,
    getArgByIndex: (index: number) => args[index],
    switchToRpc: () => ({ getData: () => args[0] }),
  }) as never

describe('a call that is none of those that the guard knows', () => {
  @Injectable()
  class Commands {
    @Access(reads)
    run(): void {}
    @Access(reads, optional)
    visit(): void {}
  }
  const made = async (microservices?: () => string): Promise<{ guard: EntraGuard; entra: Emulator }> => {
    const { module, entra } = await compile({ providers: [Commands] }, { microservices })
    return { guard: module.get(EntraGuard), entra }
  }

  it('is refused where messages have a credential, and where its arguments are those of a request', async () => {
    let credential = ''
    const { guard, entra } = await made(() => credential)
    credential = `Bearer ${await entra.issueUserToken({ scopes: ['Orders.Read'] })}`
    const request = { headers: { authorization: credential }, rawHeaders: [] }
    const ofRequest = [request, request, { req: request }, request]
    const unknown = contextOf('something new', ofRequest, Commands, 'run')
    expect(await guard.canActivate(unknown)).toBe(false)
    expect(await guard.canActivate(contextOf('rpc', [{}, {}], Commands, 'run'))).toBe(true)
  })

  it('is read with the reader of its own verifier, and refused where that has none', async () => {
    @Injectable()
    class Jobs {
      @Access(reads)
      run(): void {}
      @UseVerifier('workers')
      @Access(reads)
      work(): void {}
    }
    const entra = await createEmulator()
    const verifier = createVerifier(entra.verifierOptions())
    const credential = `Bearer ${await entra.issueUserToken({ scopes: ['Orders.Read'] })}`
    const imports = [EntraGuardModule.forRoot({ verifier, name: 'workers', guard: 'manual' })]
    const messages = { microservices: () => credential }
    const { module } = await compile({ providers: [Jobs], imports }, messages, verifier)
    const guard = module.get(EntraGuard)
    expect(await guard.canActivate(contextOf('rpc', [{}, {}], Jobs, 'run'))).toBe(true)
    expect(await guard.canActivate(contextOf('rpc', [{}, {}], Jobs, 'work'))).toBe(false)
  })

  it('has no caller, also where one of its arguments is a call that has', async () => {
    const { guard, entra } = await made()
    const authorization = `Bearer ${await entra.issueUserToken({ scopes: ['Orders.Read'] })}`
    const request = { headers: { authorization }, rawHeaders: [] }
    await guard.canActivate(contextOf('http', [request, {}], Commands, 'run'))
    expect(identityOf(contextOf('http', [request], Commands, 'run'))?.kind).toBe('user')
    for (const type of ['something new', 'constructor', '__proto__'])
      for (const args of [[request], [{}, request], [{}, {}, request]])
        expect(identityOf(contextOf(type, args, Commands, 'run'))).toBeUndefined()
  })

  it('is refused as the request that it is where that looks like a whole call of gRPC', async () => {
    const { guard } = await made()
    const request = Object.assign(new EventEmitter(), { headers: {}, rawHeaders: [], sendMetadata: 1 })
    const call = contextOf('http', [request, {}], Commands, 'run')
    await expect(guard.canActivate(call)).rejects.toThrow('An access token is required.')
  })

  it('has no caller any more where its token is gone and its next route takes it without one', async () => {
    const { guard, entra } = await made()
    const authorization = `Bearer ${await entra.issueUserToken({ scopes: ['Orders.Read'] })}`
    const request: { headers: object; rawHeaders: string[] } = { headers: { authorization }, rawHeaders: [] }
    const callOf = (method: string): ExecutionContext => contextOf('http', [request, {}], Commands, method)
    expect(await guard.canActivate(callOf('run'))).toBe(true)
    expect(identityOf(callOf('run'))?.kind).toBe('user')
    request.headers = {}
    expect(await guard.canActivate(callOf('visit'))).toBe(true)
    expect(identityOf(callOf('visit'))).toBeUndefined()
  })

  it('goes by its class where it has no handler, which is not public because a parent class is', async () => {
    @Public()
    class Open {}
    class Child extends Open {}
    const { guard } = await made()
    const args = [{ headers: {}, rawHeaders: [] }, {}]
    expect(guard.canActivate(contextOf('http', args, Open, 'none'))).toBe(true)
    await expect(guard.canActivate(contextOf('http', args, Child, 'none'))).rejects.toThrow(
      'An access token is required.',
    )
  })

  it('is refused as often as somebody asks where the token is optional and the call is a message', async () => {
    const { guard } = await made(() => '')
    const message = contextOf('rpc', [{}, {}], Commands, 'visit')
    for (const _ of ['first', 'second']) expect(await guard.canActivate(message)).toBe(false)
  })
})

/** An object of each field: what is known of a call is kept under it. */
const infoOf = (): object => ({ fieldNodes: [], variableValues: {} })

describe('a GraphQL call', () => {
  class Orders {
    @Access(reads)
    list(): void {}
    @Public()
    open(): void {}
  }

  it.each<[string, readonly unknown[]]>([
    ['has a text for a context', [{}, {}, 'text', infoOf()]],
    ['has a text for a context, as a reference has it', [{}, 'text', infoOf()]],
    ['has no info', [{}, {}, {}]],
  ])('that %s is refused, and has no caller', async (_, args) => {
    const { module } = await compile({})
    const context = contextOf('graphql', args, Orders, 'list')
    expect(await module.get(EntraGuard).canActivate(context)).toBe(false)
    expect(module.get(EntraGuard).canActivate(contextOf('graphql', args, Orders, 'open'))).toBe(true)
    expect(identityOf(context)).toBeUndefined()
  })

  it('without a request is refused as one without a credential that could be read', async () => {
    const { module } = await compile({})
    for (const graphql of [{}, { req: null }, { req: undefined, extra: 'sugar' }]) {
      const context = contextOf('graphql', [{}, {}, graphql, infoOf()], Orders, 'list')
      expect(await module.get(EntraGuard).canActivate(context)).toBe(false)
    }
  })

  it.each<[string, (response: object, request: object) => object]>([
    ['in the context', (res, req) => ({ req, res })],
    ['in the context, as a reply', (reply, req) => ({ req, reply })],
    ['of the request', (res, req) => ({ req: Object.assign(req, { res }) })],
  ])('is told why it is refused in the header of the response %s, while that is open', async (_, made) => {
    const { module } = await compile({})
    const guard = module.get(EntraGuard)
    const refusedWith = async (more: object): Promise<[string, string][]> => {
      const headers: [string, string][] = []
      const setHeader = (name: string, value: string): unknown => headers.push([name, value])
      const context = made({ ...more, setHeader }, { headers: {}, rawHeaders: [] })
      const call = contextOf('graphql', [{}, {}, context, infoOf()], Orders, 'list')
      await expect(guard.canActivate(call)).rejects.toThrow('An access token is required.')
      return headers
    }
    const told = [['www-authenticate', expect.stringContaining('Orders.Read')]]
    expect(await refusedWith({})).toEqual(expect.arrayContaining(told))
    expect(await refusedWith({ headersSent: false, sent: false })).toEqual(expect.arrayContaining(told))
    expect(await refusedWith({ headersSent: true })).toEqual([])
    expect(await refusedWith({ sent: true })).toEqual([])
  })

  it('in a context that the server did not make leaves no caller on it', async () => {
    const { module, entra } = await compile({})
    const authorization = `Bearer ${await entra.issueUserToken({ scopes: ['Orders.Read'] })}`
    const graphql = { req: { headers: { authorization }, rawHeaders: [] } }
    const call = contextOf('graphql', [{}, {}, graphql, infoOf()], Orders, 'list')
    expect(await module.get(EntraGuard).canActivate(call)).toBe(true)
    expect(identityOf(call)?.kind).toBe('user')
    expect(identityOf(graphql)).toBeUndefined()
  })

  it('in such a context has its own caller, also where an executor uses the variables of another one', async () => {
    const { module, entra } = await compile({})
    const guard = module.get(EntraGuard)
    const variableValues = {}
    const callOf = async (oid: string): Promise<ExecutionContext> => {
      const token = await entra.issueUserToken({ scopes: ['Orders.Read'], claims: { oid } })
      const req = { headers: { authorization: `Bearer ${token}` }, rawHeaders: [] }
      return contextOf('graphql', [{}, {}, { req }, { fieldNodes: [], variableValues }], Orders, 'list')
    }
    for (const oid of ['aaaaaaaa-0000-4000-8000-000000000001', 'bbbbbbbb-0000-4000-8000-000000000001']) {
      const call = await callOf(oid)
      expect(await guard.canActivate(call)).toBe(true)
      expect(identityOf(call)?.key).toBe(`${entra.directory.firstTenant.id}.${oid}`)
    }
  })

  it.each<[string, object]>([
    ['has no getHandler', {}],
    ['has something else of that name', { getHandler: 'none' }],
  ])('is looked up by its context where the arguments host %s', (_, more) => {
    const args = [{}, {}, {}, infoOf()]
    const host = { getType: () => 'graphql', getArgByIndex: (index: number) => args[index], ...more }
    expect(identityOf(host)).toBeUndefined()
  })
})

describe('identityOf', () => {
  it.each<[string, object]>([
    ['without getType', { getArgByIndex: () => ({}) }],
    ['without getArgByIndex', { getType: () => 'http' }],
    ['without arguments', { getArgByIndex: () => undefined, getType: () => 'http' }],
  ])('knows nobody by an object %s, which is no context', (_, object) => {
    expect(identityOf(object)).toBeUndefined()
  })
})

const wraps: MethodDecorator = (_target, _key, descriptor: PropertyDescriptor) => {
  descriptor.value = (...args: unknown[]) => String(args.length)
}

describe('a method whose function somebody replaced', () => {
  it('and that takes a user, gets no app: its rule is lost, and the parameter asks once more', async () => {
    @Controller()
    class Orders {
      @Get()
      @wraps
      list(@CurrentUser() user: UserIdentity): string {
        return user.kind
      }
      @Get('app')
      @wraps
      ofApp(@CurrentApp() app: AppIdentity): string {
        return app.kind
      }
    }
    const { get, entra } = await start({ controllers: [Orders] })
    const [user, app] = [await entra.issueUserToken(), await entra.issueAppToken()]
    expect([await statusOf(get('/', user)), await statusOf(get('/app', app))]).toStrictEqual([200, 200])
    expect([await statusOf(get('/', app)), await statusOf(get('/app', user))]).toStrictEqual([500, 500])
  })

  it('stops an application that loses @Access() by it', async () => {
    @Controller()
    class Orders {
      @Get()
      @wraps
      @Access(reads)
      list(): void {}
    }
    await expect(compile({ controllers: [Orders] })).rejects.toThrow(
      'a decorator above @Access() replaced the method, and its rules are lost: put @Access() on top',
    )
  })
})

describe.each(['global', 'manual'] as const)("decorators, with guard: '%s':", (guard) => {
  it('several @Access and a parameter all count, on a class and on a method', async () => {
    @Controller()
    @Access(reads)
    @Access({ callers: ['user'] })
    class Orders {
      @Get()
      @Access(writes)
      @Access({ callers: ['user'], roles: ['Orders.Admin'] })
      list(): string {
        return 'list'
      }
      @Get('shop')
      shop(): string {
        return 'shop'
      }
    }
    @Controller('apps')
    class Apps {
      @Get()
      @Access({ callers: ['user', 'app'] })
      list(_text: undefined, @CurrentApp() app: AppIdentity): string {
        return app.kind
      }
    }
    @Controller('nobody')
    class Nobody {
      @Get()
      list(@CurrentUser() _user: UserIdentity, @CurrentApp() _app: AppIdentity): void {}
    }
    await expect(compile({ controllers: [Nobody] }, { guard })).rejects.toThrow('no caller is both')
    // Of the two kinds that it admits, one would always get 403.
    await expect(compile({ controllers: [Apps] }, { guard })).rejects.toThrow('it takes @CurrentApp()')
    const { get, entra } = await start({ controllers: [Orders] }, { guard })
    const statusFor = async (scopes: string[], roles: string[] = []): Promise<number> =>
      statusOf(get('/', await entra.issueUserToken({ scopes, roles })))
    expect(await statusFor(['Orders.Read', 'Orders.Write'], ['Orders.Admin'])).toBe(200)
    expect(await statusFor(['Orders.Read', 'Orders.Write'])).toBe(403)
    expect(await statusFor(['Orders.Read'], ['Orders.Admin'])).toBe(403)
    expect(await statusFor(['Orders.Write'], ['Orders.Admin'])).toBe(403)
    expect(await statusOf(get('/shop'))).toBe(401)
    expect(await statusOf(get('/shop', await entra.issueUserToken({ scopes: ['Orders.Write'] })))).toBe(403)
  })

  it('several optional @Access leave the token optional', async () => {
    @Controller()
    @Access(reads, optional)
    @Access({ callers: ['user'] }, optional)
    class Shop {
      @Get()
      @Access(writes, optional)
      @Access({ callers: ['user'] }, optional)
      list(@CurrentUser() user: UserIdentity | undefined): string {
        return user?.kind ?? 'nobody'
      }
    }
    const { get } = await start({ controllers: [Shop] }, { guard })
    expect(await (await get('/')).text()).toBe('nobody')
    expect(await statusOf(get('/', 'bad'))).toBe(401)
  })

  it('a guard of your own closes no @Public() route and asks for no optional token', async () => {
    @Injectable()
    class Own implements CanActivate {
      canActivate(): boolean {
        return true
      }
    }
    @Controller()
    @Public()
    @UseGuards(Own)
    class Open {
      @Get()
      @UseGuards(new Own())
      list(): string {
        return 'list'
      }
      @Get('shop')
      @UseGuards(Own)
      @Access(reads, optional)
      shop(): string {
        return 'shop'
      }
    }
    const { get } = await start({ controllers: [Open] }, { guard })
    expect([await statusOf(get('/')), await statusOf(get('/shop'))]).toStrictEqual([200, 200])
    expect([await statusOf(get('/', 'bad')), await statusOf(get('/shop', 'bad'))]).toStrictEqual([200, 401])
  })

  it('a guard that is an object counts like its class', async () => {
    class Own extends EntraGuard {}
    @Controller()
    class Contradicts {
      @Get()
      @Public()
      @UseGuards(new Own())
      list(): void {}
    }
    await expect(compile({ controllers: [Contradicts] }, { guard })).rejects.toThrow(
      'it is @Public(), which requires no token',
    )
  })
})

it('@Access of a resolver counts where something took the guards off the method, too', async () => {
  @Resolver()
  class Orders {
    @Query(() => String)
    @Access(reads)
    list(): string {
      return 'list'
    }
  }
  Reflect.deleteMetadata('__guards__', Reflect.get(Orders.prototype, 'list'))
  const { url, entra } = await serve(apollo(), { providers: [Orders] }, { guard: 'manual' })
  expect(codesOf(await ask(url, '{ list }'))).toStrictEqual(['UNAUTHENTICATED'])
  const reader = await entra.issueUserToken({ scopes: ['Orders.Read'] })
  expect(await ask(url, '{ list }', reader)).toStrictEqual({ data: { list: 'list' } })
})

it('@Access beats @Public() of the class where something took the guards off the method', async () => {
  @Controller()
  @Public()
  class Open {
    @Get()
    @Access(reads)
    list(): string {
      return 'list'
    }
  }
  Reflect.deleteMetadata('__guards__', Reflect.get(Open.prototype, 'list'))
  const { get, entra } = await start({ controllers: [Open] })
  expect(await statusOf(get('/'))).toBe(401)
  expect(await statusOf(get('/', await entra.issueUserToken({ scopes: ['Orders.Write'] })))).toBe(403)
})

describe('calledBy', () => {
  it('opens a @Public() route to nobody, too', async () => {
    @Controller()
    class Orders {
      @Get('open')
      @Public()
      open(): string {
        return 'open'
      }
      @Get()
      @Access(reads)
      list(): string {
        return 'list'
      }
    }
    const entra = await createEmulator()
    const module = await Test.createTestingModule({
      imports: [EntraGuardModule.forRoot(entra.verifierOptions())],
      controllers: [Orders],
    })
      .overrideGuard(EntraGuard)
      .useValue(calledBy(undefined))
      .setLogger(silent)
      .compile()
    const { url } = await listen(module)
    expect(await statusOf(fetch(`${url}/open`))).toBe(200)
    expect(await statusOf(fetch(url))).toBe(401)
  })

  it('with what is no identity fails as authorize does', () => {
    class Orders {
      @Access(reads)
      list(): void {}
    }
    const thrown = vi.fn<() => unknown>(() => authorize(null as never, reads))
    expect(thrown).toThrow(TypeError)
    const [{ value: expected } = {}] = thrown.mock.results
    const call = (): unknown => calledBy(null as never).canActivate(contextOf('http', [{}], Orders, 'list'))
    expect(call).toThrow(expected as Error)
  })

  it('lets its caller into a GraphQL call whose context is a text, which has no place for one', async () => {
    class Orders {
      @Access(reads)
      list(): void {}
    }
    const entra = await createEmulator()
    const verifier = createVerifier(entra.verifierOptions())
    const ada = await verifier.authenticate(`Bearer ${await entra.issueUserToken()}`)
    const call = contextOf('graphql', [{}, {}, 'text', infoOf()], Orders, 'list')
    expect(calledBy(ada).canActivate(call)).toBe(true)
    expect(identityOf(call)).toBeUndefined()
  })

  it('is known to whoever has the context of a GraphQL call', async () => {
    @Resolver()
    class Orders {
      @Query(() => String)
      @Access(reads)
      mine(@Context() context: object): string {
        return identityOf(context)?.kind ?? 'nobody'
      }
    }
    const entra = await createEmulator()
    const verifier = createVerifier(entra.verifierOptions())
    const ada = await verifier.authenticate(`Bearer ${await entra.issueUserToken()}`)
    const module = await Test.createTestingModule({
      imports: [EntraGuardModule.forRoot({ verifier }), apollo()],
      providers: [Orders],
    })
      .overrideGuard(EntraGuard)
      .useValue(calledBy(ada))
      .setLogger(silent)
      .compile()
    const { url } = await listen(module)
    expect(await ask(url, '{ mine }')).toStrictEqual({ data: { mine: 'user' } })
  })
})
