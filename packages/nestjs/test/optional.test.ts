import 'reflect-metadata'
import { createVerifier, type AppIdentity, type UserIdentity, type VerifierEvent } from '@entraguard/core'
import { createEmulator } from '@entraguard/emulator'
import {
  Access,
  CurrentIdentity,
  CurrentUser,
  EntraGuard,
  identityOf,
  Public,
  type RouteDecorator,
} from '@entraguard/nestjs'
import { GuardedGateway } from '@entraguard/nestjs/ws'
import {
  Controller,
  Get,
  Injectable,
  Post,
  UseGuards,
  UseInterceptors,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
  type Type,
} from '@nestjs/common'
import { APP_GUARD } from '@nestjs/core'
import { Field, ObjectType, Query, ResolveField, Resolver, Subscription } from '@nestjs/graphql'
import { EventPattern, MessagePattern } from '@nestjs/microservices'
import { SubscribeMessage, WebSocketGateway } from '@nestjs/websockets'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'

import { compile, platforms, start, statusOf } from './app.ts'
import { apollo, ask, codesOf, connect, mercurius, serve } from './graphql-app.ts'

const reads = { scopes: ['Orders.Read'] } as const
const optional = { optional: true } as const

/** As the table of the documentation names them. */
const decorators: Readonly<Record<string, RouteDecorator>> = {
  nothing: () => undefined,
  optional: Access(reads, optional),
  '@Access()': Access(reads),
  '@UseGuards()': UseGuards(EntraGuard),
  '@Public()': Public(),
}
const decorate = (name = ''): RouteDecorator => {
  const decorator = decorators[name.replaceAll('`', '')]
  if (decorator === undefined) throw new Error(`the table has ${name}`)
  return decorator
}

const page = readFileSync(path.join(import.meta.dirname, '../../../docs/what-the-guard-sees-nest.md'), 'utf8')
const [head = '', , ...rows] = page.slice(page.indexOf('| class says')).split('\n\n')[0]?.split('\n') ?? []
const cellsOf = (line: string): string[] =>
  line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim())
const table = rows.flatMap((row) => {
  const [ofClass = '', ...outcomes] = cellsOf(row)
  return outcomes.map((outcome, column) => ({
    ofClass,
    ofMethod: cellsOf(head)[column + 1]?.replace('method: ', '') ?? '',
    outcome,
  }))
})

it('the table has every combination', () => {
  const names = Object.keys(decorators)
  expect(table.map(({ ofClass, ofMethod }) => `${ofClass}, ${ofMethod}`.replaceAll('`', ''))).toStrictEqual(
    names.flatMap((ofClass) => names.map((ofMethod) => `${ofClass}, ${ofMethod}`)),
  )
})

/** Without a token, with a bad one, and with a good one of a caller who may not read. */
const outcomes: Readonly<Record<string, readonly number[]>> = {
  'no token asked': [200, 200, 200],
  optional: [200, 401, 403],
  required: [401, 401, 403],
  'required, of any caller': [401, 401, 200],
}
const tokenless = 'nobody'

describe.each(platforms)('on %s', (platform) => {
  describe.each(['global', 'manual'] as const)("with guard: '%s'", (guard) => {
    it.each(table)('class $ofClass, method $ofMethod: $outcome', async ({ ofClass, ofMethod, outcome }) => {
      @Controller('own')
      @decorate(ofClass)
      class Own {
        @Get()
        @decorate(ofMethod)
        list(): string {
          return 'list'
        }
      }
      @decorate(ofClass)
      abstract class Parent {
        @Get()
        @decorate(ofMethod)
        list(): string {
          return 'list'
        }
      }
      @Controller('child')
      class Child extends Parent {}
      const { get, entra } = await start({ controllers: [Own, Child] }, { platform, guard })
      const other = await entra.issueUserToken({ scopes: ['Orders.Write'] })
      const statuses = async (route: string): Promise<number[]> =>
        Promise.all([get(route), get(route, 'bad'), get(route, other)].map(statusOf))
      const byMode = guard === 'global' ? 'required, of any caller' : 'no token asked'
      expect(await statuses('/own')).toStrictEqual(outcomes[outcome === 'mode' ? byMode : outcome])
      // Only `@Public()` of a parent opens nothing.
      const ofChild = ofClass.includes('Public') && ofMethod === 'nothing' ? byMode : outcome
      expect(await statuses('/child')).toStrictEqual(outcomes[ofChild === 'mode' ? byMode : ofChild])
    })
  })
})

@Injectable()
class Seen implements NestInterceptor {
  static keys: unknown[] = []
  intercept(context: ExecutionContext, next: CallHandler): ReturnType<CallHandler['handle']> {
    Seen.keys.push(identityOf(context)?.kind)
    return next.handle()
  }
}

@Controller()
@UseInterceptors(Seen)
class Shop {
  @Get()
  @Access({ scopes: ['Orders.Read'], appPermissions: ['Orders.Read.All'] }, optional)
  list(@CurrentIdentity() caller: UserIdentity | AppIdentity | undefined): string {
    return caller?.kind ?? tokenless
  }
  @Post()
  @Access({ scopes: ['Orders.Read'] }, optional)
  add(@CurrentUser() user: UserIdentity | undefined): string {
    return user?.kind ?? tokenless
  }
  @Get('both')
  @Access(reads, optional)
  @Access({ scopes: ['Orders.Write'] }, optional)
  both(@CurrentUser() user: UserIdentity | undefined): string {
    return user?.kind ?? tokenless
  }
  @Get('one')
  @Access(reads, optional)
  @Access({ scopes: ['Orders.Write'] })
  one(@CurrentUser() user: UserIdentity | undefined): string {
    return user?.kind ?? tokenless
  }
}

describe.each(platforms)('an optional token, on %s,', (platform) => {
  it('is undefined for identityOf and for the parameters where none came, else who calls', async () => {
    Seen.keys = []
    const { get, entra } = await start({ controllers: [Shop] }, { platform })
    const [user, app] = [await entra.issueUserToken(), await entra.issueAppToken()]
    const text = async (token?: string, method = 'GET'): Promise<string> =>
      (await get('/', token, { method })).text()
    expect([await text(), await text(user), await text(app)]).toStrictEqual(['nobody', 'user', 'app'])
    expect(Seen.keys).toStrictEqual([undefined, 'user', 'app'])
    expect([await text(undefined, 'POST'), await text(user, 'POST')]).toStrictEqual(['nobody', 'user'])
    expect((await get('/', app, { method: 'POST' })).status).toBe(403)
  })

  it('passes no header that is not what a client without one sends', async () => {
    const { get, url, entra } = await start({ controllers: [Shop] }, { platform })
    const token = await entra.issueUserToken()
    const expired = await entra.issueUserToken({ expiresIn: -3600 })
    const statusWith = async (authorization: string): Promise<number> =>
      statusOf(fetch(url, { headers: { authorization } }))
    expect(await statusOf(get('/', expired))).toBe(401)
    expect(await statusWith('Bearer')).toBe(400)
    expect(await statusWith(`Bearer ${token}, Bearer ${token}`)).toBe(400)
    expect(await statusWith(`DPoP ${token}`)).toBe(401)
    expect(await statusWith('Basic dXNlcjpwYXNz')).toBe(200)
    expect(await (await fetch(url, { headers: { authorization: 'Basic dXNlcjpwYXNz' } })).text()).toBe(
      tokenless,
    )
  })

  it('is an outage where a token came that nobody can check', async () => {
    const { get, entra } = await start({ controllers: [Shop] }, { platform })
    const token = await entra.issueUserToken()
    entra.goOffline()
    expect(await statusOf(get('/', token))).toBe(503)
    expect(await statusOf(get('/'))).toBe(200)
  })

  it('is one only where every rule says so', async () => {
    const { get, entra } = await start({ controllers: [Shop] }, { platform })
    const [reader, both] = [
      await entra.issueUserToken({ scopes: ['Orders.Read'] }),
      await entra.issueUserToken({ scopes: ['Orders.Read', 'Orders.Write'] }),
    ]
    expect(await statusOf(get('/both'))).toBe(200)
    expect(await statusOf(get('/both', reader))).toBe(403)
    expect(await statusOf(get('/both', both))).toBe(200)
    expect(await statusOf(get('/one'))).toBe(401)
    expect(await statusOf(get('/one', reader))).toBe(403)
    expect(await statusOf(get('/one', both))).toBe(200)
  })

  it('is asked for by a guard that extends EntraGuard on class or method, and not where that one is global', async () => {
    @Injectable()
    class Own extends EntraGuard {}
    @Controller('guarded')
    @UseGuards(Own)
    class Guarded {
      @Get()
      @Access(reads, optional)
      list(): string {
        return 'list'
      }
    }
    const providers = [Own, { provide: APP_GUARD, useExisting: Own }]
    const { get } = await start({ controllers: [Shop, Guarded], providers }, { platform, guard: 'manual' })
    expect(await statusOf(get('/guarded'))).toBe(401)
    expect(await statusOf(get('/'))).toBe(200)
    expect(await statusOf(get('/', 'bad'))).toBe(401)
  })
})

describe('the options of @Access', () => {
  it.each<[string, unknown, string]>([
    ['of the environment, as text', { optional: 'false' }, 'option optional must be true or false'],
    ['misspelt', { optinal: true }, 'unknown option "optinal"; the known ones are optional'],
    ['inherited', Object.create({ optional: true }), 'option "optional" is inherited: pass a plain object'],
    ['null', null, 'options must be an object'],
    ['a word', 'optional', 'options must be an object'],
    ['an empty text', '', 'options must be an object'],
  ])('%s, are refused where they are written', (_, options, message) => {
    const access = (): unknown => Access(reads, options as never)
    expect(access).toThrow(TypeError)
    expect(access).toThrow(`@Access: ${message}`)
  })

  it('that say nothing ask for a token', async () => {
    @Controller()
    class Asks {
      @Get('false')
      @Access(reads, { optional: false })
      no(): void {}
      @Get('undefined')
      @Access(reads, { optional: undefined })
      unsaid(): void {}
      @Get('empty')
      @Access(reads, {})
      empty(): void {}
    }
    const { get } = await start({ controllers: [Asks] })
    expect(
      await Promise.all(['/false', '/undefined', '/empty'].map(async (at) => statusOf(get(at)))),
    ).toStrictEqual([401, 401, 401])
  })
})

@WebSocketGateway()
@GuardedGateway()
@Access(reads, optional)
class OptionalGateway {}
@WebSocketGateway()
@GuardedGateway()
@Access(reads, optional)
@Access({ callers: ['user'] })
class HalfOptionalGateway {}
@WebSocketGateway()
@GuardedGateway()
class OptionalMessage {
  @SubscribeMessage('a')
  @Access(reads, optional)
  a(): void {}
}
@Access(reads, optional)
abstract class Parent {}
@WebSocketGateway()
@GuardedGateway()
class ChildGateway extends Parent {}
@Controller()
@Access(reads, optional)
class Messages {
  @MessagePattern('a')
  a(_data: unknown): void {}
}
@Controller()
class Events {
  @EventPattern('a')
  @Access(reads, optional)
  a(_data: unknown): void {}
}

describe('an application does not start where a token is optional', () => {
  it.each<[string, 'controllers' | 'providers', Type]>([
    ['for a gateway', 'providers', OptionalGateway],
    ['for a gateway, beside an access that requires one', 'providers', HalfOptionalGateway],
    ['for a gateway, by its parent', 'providers', ChildGateway],
    ['for a message of a gateway', 'providers', OptionalMessage],
    ['for a message, by its class', 'controllers', Messages],
    ['for an event', 'controllers', Events],
  ])('%s', async (_, where, type) => {
    for (const guard of ['global', 'manual'] as const) {
      const starts = compile({ [where]: [type] }, { guard, microservices: () => undefined })
      await expect(starts).rejects.toThrow(TypeError)
      await expect(starts).rejects.toThrow(
        'optional: true is for routes and resolvers only: use @Access(access) without it, or @Public() to admit everybody',
      )
    }
  })

  it('beside @Public() on the same method', async () => {
    @Controller()
    class Contradicts {
      @Get()
      @Public()
      @Access(reads, optional)
      list(): void {}
    }
    await expect(compile({ controllers: [Contradicts] })).rejects.toThrow(
      'it is @Public(), which requires no token',
    )
  })
})

@ObjectType()
class Item {
  @Field() id!: string
}
@Resolver(() => Item)
class Items {
  @Query(() => Item)
  @Access(reads, optional)
  item(@CurrentUser() user: UserIdentity | undefined): Item {
    return { id: user?.kind ?? tokenless }
  }
  @Query(() => Item)
  @Access(reads)
  own(@CurrentUser() user: UserIdentity): Item {
    return { id: user.kind }
  }
  @Subscription(() => String)
  @Access(reads, optional)
  async *ticks(@CurrentUser() user: UserIdentity | undefined): AsyncGenerator<{ ticks: string }> {
    yield { ticks: user?.kind ?? tokenless }
  }
  @Subscription(() => String)
  @Access(reads)
  async *ownTicks(): AsyncGenerator<{ ownTicks: string }> {
    yield { ownTicks: 'own' }
  }
  @ResolveField(() => String)
  @Access(reads, optional)
  price(@CurrentIdentity() caller: UserIdentity | AppIdentity | undefined): string {
    return caller?.kind ?? tokenless
  }
  @ResolveField(() => String)
  @Access(reads)
  cost(): string {
    return 'cost'
  }
}

describe.each([
  ['Apollo', { driver: apollo, platform: 'express' }],
  ['Mercurius', { driver: mercurius, platform: 'fastify' }],
] as const)('an optional token of a resolver, with %s,', (_, { driver, platform }) => {
  it('is for that resolver alone, and a bad one is refused', async () => {
    const { url, entra } = await serve(driver(), { providers: [Items] }, { platform })
    const all = '{ item { id price } }'
    expect((await ask(url, all)).data).toEqual({ item: { id: tokenless, price: tokenless } })
    expect((await ask(url, all, await entra.issueUserToken())).data).toEqual({
      item: { id: 'user', price: 'user' },
    })
    expect(codesOf(await ask(url, all, 'bad'))).toStrictEqual(['UNAUTHENTICATED'])
    expect(codesOf(await ask(url, '{ item { id cost } }'))).toStrictEqual(['UNAUTHENTICATED'])
    expect(codesOf(await ask(url, '{ own { id } }'))).toStrictEqual(['UNAUTHENTICATED'])
    const other = await entra.issueUserToken({ scopes: ['Orders.Write'] })
    expect(codesOf(await ask(url, '{ item { id } }', other))).toStrictEqual(['FORBIDDEN'])
  })

  it('of a socket is the one that it was opened with', async () => {
    const { url, entra } = await serve(driver(), { providers: [Items] }, { platform })
    const open = await connect(url)
    expect((await open.ask('subscription { ticks }')).data).toEqual({ ticks: tokenless })
    expect((await open.ask('subscription { ownTicks }')).data).toBeUndefined()
    const known = await connect(url, await entra.issueUserToken())
    expect((await known.ask('subscription { ticks }')).data).toEqual({ ticks: 'user' })
    expect((await known.ask('subscription { ownTicks }')).data).toEqual({ ownTicks: 'own' })
    const bad = await connect(url, 'bad')
    expect((await bad.ask('subscription { ticks }')).data).toBeUndefined()
  })
})

it('a caller whom a second access refuses is told to onEvent, once, and one that all admit is admitted once', async () => {
  @Controller()
  @Access(reads)
  class Orders {
    @Get()
    list(): void {}
    @Get('write')
    @Access({ scopes: ['Orders.Write'] })
    write(): void {}
  }
  const events: VerifierEvent[] = []
  const entra = await createEmulator()
  const verifier = createVerifier({
    ...entra.verifierOptions(),
    onEvent: (event) => events.push(event),
  })
  const { get } = await start({ controllers: [Orders] }, { verifier })
  const told = async (route: string, ...scopes: string[]): Promise<unknown[]> => {
    const before = events.length
    await get(route, await entra.issueUserToken({ scopes }))
    return events
      .slice(before)
      .filter(({ type }) => /^(?:caller|token)/.test(type))
      .map((event) => ('code' in event ? [event.type, event.code] : event.type))
  }
  expect(await told('/', 'Orders.Read')).toStrictEqual(['caller_admitted'])
  expect(await told('/write', 'Orders.Read', 'Orders.Write')).toStrictEqual(['caller_admitted'])
  expect(await told('/write', 'Orders.Read')).toStrictEqual([
    'caller_admitted',
    ['caller_refused', 'scope_missing'],
  ])
  expect(await told('/write', 'Orders.Write')).toStrictEqual([['token_refused', 'scope_missing']])
})
