import 'reflect-metadata'
import type { AppIdentity, UserIdentity } from '@entraguard/core'
import type { Emulator } from '@entraguard/emulator'
import {
  Access,
  CurrentIdentity,
  CurrentUser,
  EntraGuard,
  identityOf,
  Public,
  type EntraGuardModuleExtras,
  type ReadAuthorization,
} from '@entraguard/nestjs'
import {
  applyDecorators,
  Controller,
  createParamDecorator,
  Module,
  UseGuards,
  type ExecutionContext,
  type INestMicroservice,
  type Type,
} from '@nestjs/common'
import { APP_GUARD, LazyModuleLoader } from '@nestjs/core'
import {
  ClientProxyFactory,
  Ctx,
  EventPattern,
  GrpcMethod,
  GrpcStreamCall,
  GrpcStreamMethod,
  MessagePattern,
  Payload,
  Server,
  Transport,
  type ClientProxy,
  type CustomTransportStrategy,
  type MicroserviceOptions,
} from '@nestjs/microservices'
import { firstValueFrom, from } from 'rxjs'
import { EventEmitter } from 'node:events'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'

import { freePort } from '../../../scripts/free-port.mjs'
import { compile } from './app.ts'

let handled: string[] = []
beforeEach(() => {
  handled = []
})

type Caller = UserIdentity | AppIdentity

/** Every way in which a method becomes the handler of a message. */
const patterns: ReadonlyArray<readonly [string, MethodDecorator]> = [
  ['@MessagePattern', MessagePattern('a')],
  ['@MessagePattern of Redis', MessagePattern('a', Transport.REDIS)],
  ['@MessagePattern of Kafka', MessagePattern('a', Transport.KAFKA)],
  ['@MessagePattern of a transport of its own', MessagePattern('a', Symbol('own'), { some: 'extras' })],
  ['@EventPattern', EventPattern(['a'])],
  ['@EventPattern of Kafka', EventPattern(['a'], Transport.KAFKA)],
  ['@GrpcMethod', GrpcMethod('Orders', 'List')],
  ['@GrpcStreamMethod', GrpcStreamMethod('Orders', 'List')],
  ['@GrpcStreamCall', GrpcStreamCall('Orders', 'List')],
]

const reads = { scopes: ['Orders.Read'] } as const
/** What a handler, its class or a parent class can say, and whether that is enough. */
const statements: ReadonlyArray<readonly [string, MethodDecorator & ClassDecorator]> = [
  ['@Access()', Access(reads)],
  ['@UseGuards(EntraGuard)', UseGuards(EntraGuard)],
  ['@Public()', Public()],
]

function controllerWith(
  pattern: MethodDecorator,
  { method, own, parent }: { method?: MethodDecorator; own?: ClassDecorator; parent?: ClassDecorator } = {},
): Type {
  abstract class Parent {
    abstract handle(): string
  }
  if (parent) applyDecorators(parent)(Parent)
  class Messages extends Parent {
    handle(): string {
      handled.push('handle')
      return 'ok'
    }
  }
  // The statement stands above the pattern, as people write it.
  const descriptor = Object.getOwnPropertyDescriptor(Messages.prototype, 'handle')
  for (const decorator of [pattern, method].filter((each) => each !== undefined)) {
    decorator(Messages.prototype, 'handle', descriptor ?? {})
    Object.defineProperty(Messages.prototype, 'handle', descriptor ?? {})
  }
  Controller()(Messages)
  if (own) applyDecorators(own)(Messages)
  return Messages
}

const refusal = /^Messages\.handle: .*messages.*@Access\(\), @UseGuards\(EntraGuard\) or @Public\(\)/
const readers: ReadonlyArray<ReadAuthorization | undefined> = [undefined, () => 'Bearer forged']

describe.each(patterns)('a handler, by %s', (_, pattern) => {
  it("does not start with guard: 'global' as long as nobody says who may ask, in a controller or a provider", async () => {
    const silent = controllerWith(pattern)
    for (const microservices of readers) {
      await expect(compile({ controllers: [silent] }, { microservices })).rejects.toThrow(refusal)
      await expect(compile({ providers: [silent] }, { microservices })).rejects.toThrow(refusal)
    }
    await expect(compile({ controllers: [silent] })).rejects.toBeInstanceOf(TypeError)
    await expect(compile({ controllers: [silent] }, { guard: 'manual' })).resolves.toBeDefined()
  })

  it.each(statements)('starts with %s on the method or the class', async (_name, statement) => {
    for (const place of [{ method: statement }, { own: statement }])
      await expect(compile({ controllers: [controllerWith(pattern, place)] })).resolves.toBeDefined()
  })

  it.each(statements.filter(([name]) => name !== '@Public()'))(
    'starts with %s on a parent class',
    async (_name, statement) => {
      const controllers = [controllerWith(pattern, { parent: statement })]
      await expect(compile({ controllers })).resolves.toBeDefined()
    },
  )

  it('does not start because a parent class is @Public()', async () => {
    const controllers = [controllerWith(pattern, { parent: Public() })]
    await expect(compile({ controllers })).rejects.toThrow(refusal)
  })
})

it('is looked at where the application registers EntraGuard for every route itself, too', async () => {
  const providers = [{ provide: APP_GUARD, useExisting: EntraGuard }]
  const controllers = [controllerWith(MessagePattern('a'))]
  await expect(compile({ controllers, providers }, { guard: 'manual' })).rejects.toThrow(refusal)
  const { module } = await compile({ controllers }, { guard: 'manual' })
  const app = module.createNestApplication({ logger: false })
  app.useGlobalGuards(module.get(EntraGuard))
  await expect(app.init()).rejects.toThrow(refusal)
})

it('is looked at in a module that is loaded lazily before the application starts, too', async () => {
  const { module } = await compile({})
  const app = module.createNestApplication({ logger: false })
  onTestFinished(async () => app.close())
  @Module({ controllers: [controllerWith(MessagePattern('a'))] })
  class LazyModule {
    readonly isLazy = true
  }
  await app.get(LazyModuleLoader).load(() => LazyModule)
  await expect(app.init()).rejects.toThrow(refusal)
})

@Controller()
class Orders {
  @MessagePattern('open')
  @Public()
  open(): string {
    return 'open'
  }
  @MessagePattern('anyone')
  @UseGuards(EntraGuard)
  anyone(@CurrentIdentity() caller: Caller): string {
    return called('anyone', caller)
  }
  @MessagePattern('read')
  @Access(reads)
  read(@CurrentUser() user: UserIdentity): string {
    return called('read', user)
  }
  @EventPattern(['happened'])
  @Access(reads)
  happened(@Payload() _data: unknown, @CurrentUser() user: UserIdentity): void {
    called('happened', user)
  }
}
const called = (name: string, caller: Caller): string => {
  handled.push(name)
  return caller.key
}

const fromData: ReadAuthorization = (context) =>
  context.switchToRpc().getData<{ token?: string } | undefined>()?.token

interface Asked {
  readonly entra: Emulator
  readonly ask: (pattern: string, data?: object) => Promise<unknown>
  readonly tell: (pattern: string, data?: object) => Promise<unknown>
}

type Connect = (options: MicroserviceOptions) => Promise<{ close: () => Promise<unknown> }>

const tcp = async (): Promise<{ options: MicroserviceOptions; client: ClientProxy }> => {
  const options = { host: '127.0.0.1', port: await freePort() }
  const client = ClientProxyFactory.create({ transport: Transport.TCP, options })
  return { options: { transport: Transport.TCP, options }, client }
}

/** The same controller, run in each of the ways that Nest has. */
async function serve(way: (typeof ways)[number], extras: EntraGuardModuleExtras = {}): Promise<Asked> {
  const { module, entra } = await compile({ controllers: [Orders] }, extras)
  const connect: Connect = async (options) => {
    if (way === 'createMicroservice') {
      const app: INestMicroservice = module.createNestMicroservice({ ...options, logger: false })
      await app.listen()
      return app
    }
    const app = module.createNestApplication({ logger: false })
    app.connectMicroservice(options, { inheritAppConfig: way === 'inheritAppConfig' })
    if (way === 'several microservices')
      app.connectMicroservice((await tcp()).options, { inheritAppConfig: true })
    await app.startAllMicroservices()
    await app.init()
    return app
  }
  const { options, client } = await tcp()
  const app = await connect(options)
  onTestFinished(async () => {
    client.close()
    await app.close()
  })
  return {
    entra,
    ask: async (pattern, data = {}) =>
      firstValueFrom(client.send<unknown>(pattern, data)).catch((error: unknown) => error),
    tell: async (pattern, data = {}) => firstValueFrom(client.emit<unknown>(pattern, data)),
  }
}

const forbidden = { status: 'error', message: 'Forbidden resource' }

const ways = [
  'createMicroservice',
  'inheritAppConfig',
  'a hybrid application',
  'several microservices',
] as const

describe.each(ways)('messages, with %s', (way) => {
  it('are refused cleanly, as long as nobody says where their credential is', async () => {
    const { ask, entra } = await serve(way)
    const token = `Bearer ${await entra.issueUserToken()}`
    expect(await ask('anyone', { token, headers: { authorization: token } })).toMatchObject(forbidden)
    expect(await ask('read', { token })).toMatchObject(forbidden)
    expect(await ask('open')).toBe('open')
    expect(handled).toStrictEqual([])
  })

  it('are guarded like routes when somebody says so', async () => {
    const { ask, tell, entra } = await serve(way, { microservices: fromData })
    const reader = `Bearer ${await entra.issueUserToken({ scopes: ['Orders.Read'] })}`
    const writer = `Bearer ${await entra.issueUserToken({ scopes: ['Orders.Write'] })}`
    expect(await ask('read', { token: reader })).toContain(entra.directory.firstTenant.id)
    expect(await ask('read', { token: writer })).toMatchObject(forbidden)
    expect(await ask('read')).toMatchObject(forbidden)
    expect(await ask('anyone', { token: 'Bearer forged' })).toMatchObject(forbidden)
    await tell('happened', { token: writer })
    await tell('happened')
    await tell('happened', { token: reader })
    // Nobody waits for what an event does.
    await expect.poll(() => handled).toStrictEqual(['read', 'happened'])
    expect(await ask('anyone', { token: writer })).toContain(entra.directory.firstTenant.id)
    expect(handled).toStrictEqual(['read', 'happened', 'anyone'])
  })
})

/** A transport that calls handlers with whatever a test gives it. */
class OwnTransport extends Server implements CustomTransportStrategy {
  override listen(callback: () => void): void {
    callback()
  }
  override close(): void {}
  override on(): void {}
  override unwrap(): never {
    throw new Error('there is no server inside')
  }
  async ask(pattern: string, ...given: unknown[]): Promise<unknown> {
    const handler = this.getHandlerByPattern(pattern)
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a transport may pass anything
    const answer = handler?.(...(given as [unknown, unknown]))
    return firstValueFrom(from(this.transformToObservable(await answer))).catch((error: unknown) => error)
  }
}

const Who = createParamDecorator(
  (_: unknown, context: ExecutionContext) => identityOf(context)?.key ?? 'nobody',
)

@Controller()
class Slow {
  @MessagePattern('open')
  @Public()
  open(@Payload() _data: unknown, @Who() caller: string): string {
    return caller
  }
  @MessagePattern('slow')
  @UseGuards(EntraGuard)
  async slow(
    @Payload() _data: unknown,
    @Ctx() _context: unknown,
    @CurrentIdentity() caller: Caller,
  ): Promise<string> {
    return caller.key
  }
}

const own = async (extras: EntraGuardModuleExtras): Promise<{ entra: Emulator; transport: OwnTransport }> => {
  const { module, entra } = await compile({ controllers: [Slow] }, extras)
  const transport = new OwnTransport()
  const app = module.createNestApplication({ logger: false })
  app.connectMicroservice<MicroserviceOptions>({ strategy: transport })
  await app.startAllMicroservices()
  onTestFinished(async () => app.close())
  return { entra, transport }
}

describe('a transport of its own', () => {
  const alice = { claims: { oid: 'aaaaaaaa-0000-4000-8000-000000000001' } }
  const bob = { claims: { oid: 'bbbbbbbb-0000-4000-8000-000000000001' } }

  it('that uses one context, or one object of data, for all messages mixes up no callers', async () => {
    const { entra, transport } = await own({
      microservices: (context) => waiting.get(context.getArgByIndex(2)),
    })
    // The third argument of a message is its own here: what identifies it lies in none of the other two.
    const waiting = new Map<unknown, string>()
    const tokens = await Promise.all([entra.issueUserToken(alice), entra.issueUserToken(bob)])
    tokens.forEach((token, n) => waiting.set(n, `Bearer ${token}`))
    const shared = { connection: 1 }
    for (const pair of [
      () => [{}, shared],
      () => [shared, {}],
      () => [{}, {}],
      () => ['text', {}],
      () => [{}, undefined],
      () => [null, {}],
      () => [{}, null],
    ]) {
      const asked = Array.from({ length: 20 }, async (_, n) => transport.ask('slow', ...pair(), n % 2))
      const keys = await Promise.all(asked)
      expect(new Set(keys.filter((_, n) => n % 2 === 0))).toStrictEqual(new Set([keyOf(entra, alice)]))
      expect(new Set(keys.filter((_, n) => n % 2 === 1))).toStrictEqual(new Set([keyOf(entra, bob)]))
    }
  })

  it('that uses one object for all messages tells a public handler no caller, of no message before', async () => {
    const { entra, transport } = await own({
      microservices: (context) => context.getArgByIndex<string>(2),
    })
    const token = `Bearer ${await entra.issueUserToken(alice)}`
    const shared = {}
    expect(await transport.ask('slow', 'text', shared, token)).toBe(keyOf(entra, alice))
    expect(await transport.ask('open', 'text', shared)).toBe('nobody')
    // It still belongs to its first caller.
    const other = `Bearer ${await entra.issueUserToken(bob)}`
    expect(await transport.ask('slow', 'text', shared, other)).toMatchObject(forbidden)
    expect(await transport.ask('slow', 'text', shared, token)).toBe(keyOf(entra, alice))
  })

  it('refuses a message that looks like a whole call of gRPC as any other, and lets it in as any other', async () => {
    const { entra, transport } = await own({
      microservices: (context) => context.getArgByIndex<{ token?: string }>(0).token,
    })
    const token = `Bearer ${await entra.issueUserToken(alice)}`
    for (const looks of [
      (more: object) => ({ sendMetadata: 1, emit: 'error', ...more }),
      (more: object) => ({ emit: 'error', ...more }),
      (more: object) => Object.assign(new EventEmitter(), more),
    ]) {
      expect(await transport.ask('slow', looks({}), {})).toMatchObject(forbidden)
      expect(await transport.ask('slow', looks({ token }), {})).toBe(keyOf(entra, alice))
    }
  })

  it('that gives a message no object of its own gets an answer for one caller only, and never for another', async () => {
    const { entra, transport } = await own({
      microservices: (context) => waiting.get(context.getArgByIndex(2)),
    })
    const waiting = new Map<unknown, string>()
    const tokens = await Promise.all([entra.issueUserToken(alice), entra.issueUserToken(bob)])
    tokens.forEach((token, n) => waiting.set(n, `Bearer ${token}`))
    const shared = {}
    const asked = Array.from({ length: 20 }, async (_, n) => transport.ask('slow', 'text', shared, n % 2))
    const answers = await Promise.all(asked)
    // The object belongs to whoever is let in first, and which of the two that is, is left to the signatures.
    const keys = [alice, bob].map((user) => keyOf(entra, user))
    const [first, second] = answers[0] === keys[0] ? [0, 1] : [1, 0]
    const of = (user: number): unknown[] => answers.filter((_, n) => n % 2 === user)
    expect(new Set(of(first))).toStrictEqual(new Set([keys[first]]))
    for (const answer of of(second)) expect(answer).toMatchObject(forbidden)
    for (const user of [0, 1])
      expect(keys).not.toContain(await transport.ask('slow', 'text', undefined, user))
  })

  const keyOf = (entra: Emulator, { claims }: typeof alice): string =>
    `${entra.directory.firstTenant.id}.${claims.oid}`
})

describe('a hook before the guards', () => {
  it('of Nest 12 asks nobody: it runs for strangers too, and sees no caller', async () => {
    const { module } = await compile({ controllers: [Slow] })
    const transport = new OwnTransport()
    const app = module.createNestMicroservice<MicroserviceOptions>({ strategy: transport, logger: false })
    onTestFinished(async () => app.close())
    const seen: unknown[] = []
    const hook = (context: ExecutionContext, next: () => unknown): unknown => {
      seen.push(identityOf(context))
      return next()
    }
    // Nest 11 has none.
    const register: unknown = Reflect.get(app, 'registerPreRequestHook')
    if (typeof register === 'function') register.call(app, hook)
    await app.listen()
    expect(await transport.ask('slow', {}, {})).toMatchObject(forbidden)
    expect(seen).toStrictEqual(typeof register === 'function' ? [undefined] : [])
  })
})
