import type { UserIdentity } from '@entraguard/core'
import { createEmulator } from '@entraguard/emulator'
import { Access, CurrentUser, EntraGuard, EntraGuardModule, Public, UseVerifier } from '@entraguard/nestjs'
import { ApolloDriver, type ApolloDriverConfig } from '@nestjs/apollo'
import {
  applyDecorators,
  Controller,
  Get,
  Injectable,
  UseGuards,
  type DynamicModule,
  type Type,
} from '@nestjs/common'
import { GraphQLModule, Query, Resolver } from '@nestjs/graphql'
import { SubscribeMessage, WebSocketGateway } from '@nestjs/websockets'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'

import { compile, start, statusOf } from './app.ts'
import { ask } from './graphql-app.ts'

type Decorator = ClassDecorator & MethodDecorator
const nothing: Decorator = () => undefined
const reads = { scopes: ['Orders.Read'] } as const

/** As the head and the first two columns of the table in the documentation name them. */
const decorators: Readonly<Record<string, () => Decorator>> = {
  nothing: () => nothing,
  'Public()': () => Public(),
  'Access()': () => Access(reads),
  'UseGuards()': () => UseGuards(EntraGuard),
}
const decorate = (name = ''): Decorator => decorators[name.replaceAll(/[`@]/g, '')]?.() ?? nothing

const page = path.join(import.meta.dirname, '../../../docs/what-the-guard-sees-nest.md')
const rows = readFileSync(page, 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('|'))
  .map((line) => line.split('|').slice(1, -1))
  .map((cells) => cells.map((cell) => cell.trim()))
const head = rows.find(([first]) => first === 'class') ?? []
const table = rows.filter(([, , , outcome = '']) => ['mode', 'open', 'closed'].includes(outcome))

const cells = table.flatMap((row) => {
  const [ofClass = '', ofParent = '', ...outcomes] = row
  return outcomes.map((outcome, column) => {
    const ofMethod = head[column + 2]?.replace('method: ', '') ?? ''
    return { id: `${table.indexOf(row)}-${column}`, ofClass, ofParent, ofMethod, outcome }
  })
})

/** A class and its parent with one route each, which says the same about itself. */
function controllerOf({ id, ofClass, ofParent, ofMethod }: (typeof cells)[number]): Type {
  @decorate(ofParent)
  abstract class Parent {
    @Get('inherited')
    @decorate(ofMethod)
    inherited(): string {
      return 'inherited'
    }
  }
  @Controller(id)
  @decorate(ofClass)
  class Child extends Parent {
    @Get('own')
    @decorate(ofMethod)
    own(): string {
      return 'own'
    }
  }
  return Child
}

it('the table has every combination', () => {
  const combinations = new Set(
    cells.map(({ ofClass, ofParent, ofMethod }) => [ofClass, ofParent, ofMethod].join()),
  )
  expect(combinations.size).toBe(4 ** 3)
  expect(cells).toHaveLength(4 ** 3)
})

describe.each(['global', 'manual'] as const)("a route without a token, with guard: '%s'", (guard) => {
  let url: string
  let token: string
  beforeAll(async () => {
    const { module, entra } = await compile({ controllers: cells.map(controllerOf) }, { guard })
    token = await entra.issueUserToken({ scopes: ['Orders.Read'] })
    const app = module.createNestApplication()
    await app.listen(0, '127.0.0.1')
    url = await app.getUrl()
    return async () => app.close()
  })

  it.each(cells)('method $ofMethod, class $ofClass, parent $ofParent: $outcome', async ({ id, outcome }) => {
    const isOpen = outcome === 'open' || (outcome === 'mode' && guard === 'manual')
    const headers = { authorization: `Bearer ${token}` }
    for (const route of ['own', 'inherited']) {
      const address = `${url}/${id}/${route}`
      expect(await statusOf(fetch(address))).toBe(isOpen ? 200 : 401)
      expect(await statusOf(fetch(address, { headers }))).toBe(200)
    }
  })
})

/** The same as a resolver. */
function resolverOf({ id, ofClass, ofParent, ofMethod }: (typeof cells)[number]): Type {
  @decorate(ofParent)
  abstract class Parent {
    readonly isParent = true
  }
  @Resolver()
  @decorate(ofClass)
  class Child extends Parent {
    @Query(() => String, { name: nameOf(id) })
    @decorate(ofMethod)
    own(): string {
      return 'own'
    }
  }
  return Child
}
const nameOf = (id: string): string => `q${id.replace('-', '_')}`

describe.each(['global', 'manual'] as const)("a query without a token, with guard: '%s'", (guard) => {
  let url: string
  beforeAll(async () => {
    const graphql = GraphQLModule.forRoot<ApolloDriverConfig>({ driver: ApolloDriver, autoSchemaFile: true })
    const { module } = await compile({ imports: [graphql], providers: cells.map(resolverOf) }, { guard })
    const app = module.createNestApplication({ logger: false })
    await app.listen(0, '127.0.0.1')
    url = await app.getUrl()
    return async () => app.close()
  })

  it.each(cells)('method $ofMethod, class $ofClass, parent $ofParent: $outcome', async ({ id, outcome }) => {
    const isOpen = outcome === 'open' || (outcome === 'mode' && guard === 'manual')
    const { data, errors } = await ask(url, `{ ${nameOf(id)} }`)
    expect(data).toStrictEqual(isOpen ? { [nameOf(id)]: 'own' } : null)
    expect(errors?.length).toBe(isOpen ? undefined : 1)
  })
})

const Open = (): Decorator => applyDecorators(Public())
const withList = <Base extends Type>(Parent: Base) => {
  abstract class WithList extends Parent {
    @Get('mixed')
    mixed(): string {
      return 'mixed'
    }
  }
  return WithList
}

describe.each(['global', 'manual'] as const)("with guard: '%s'", (guard) => {
  it('a new route of a subclass of a @Public() controller is as closed as somebody wrote it', async () => {
    @Controller('parent')
    @Public()
    class Parent {
      @Get('a')
      a(): string {
        return 'a'
      }
    }
    @Controller('child')
    @UseGuards(EntraGuard)
    class Child extends Parent {
      @Get('new')
      new(): string {
        return 'new'
      }
    }
    const { get, entra } = await start({ controllers: [Parent, Child] }, { guard })
    expect(await statusOf(get('/parent/a'))).toBe(200)
    expect(await statusOf(get('/child/a'))).toBe(401)
    expect(await statusOf(get('/child/new'))).toBe(401)
    expect(await statusOf(get('/child/new', await entra.issueUserToken()))).toBe(200)
  })

  it('a guard that extends EntraGuard, a mixin and applyDecorators are no way around', async () => {
    @Injectable()
    class OwnGuard extends EntraGuard {}
    const Closed = (): Decorator => applyDecorators(UseGuards(OwnGuard))
    @Open()
    class Root {}
    @Controller('guarded')
    @Open()
    class Guarded extends withList(Root) {
      @Get('own')
      @Closed()
      own(): string {
        return 'own'
      }
    }
    @Controller('class')
    @Closed()
    class GuardedClass extends withList(Guarded) {}
    const { get } = await start({ controllers: [Guarded, GuardedClass] }, { guard })
    expect(await statusOf(get('/guarded/mixed'))).toBe(200)
    expect(await statusOf(get('/guarded/own'))).toBe(401)
    expect(await statusOf(get('/class/mixed'))).toBe(401)
    expect(await statusOf(get('/class/own'))).toBe(401)
  })

  it('@UseVerifier and @Access of a parent hold for its subclasses', async () => {
    @UseVerifier('nobody')
    abstract class Parent {}
    @Controller()
    class Child extends Parent {
      @Get()
      list(): void {}
    }
    await expect(compile({ controllers: [Child] }, { guard })).rejects.toThrow('"nobody"')
  })
})

abstract class Parent {
  @Get('access')
  @Access(reads)
  access(): string {
    return 'parent'
  }
  @Get('guards')
  @UseGuards(EntraGuard)
  guards(): string {
    return 'parent'
  }
  @Get('verifier')
  @UseVerifier('partners')
  verifier(): string {
    return 'parent'
  }
  @Get('public')
  @Public()
  public(): string {
    return 'parent'
  }
}
const overriding = (name: keyof Parent, ...written: MethodDecorator[]): Type => {
  class Child extends Parent {}
  Object.defineProperty(Child.prototype, name, { value: () => 'child', writable: true, configurable: true })
  const descriptor = Object.getOwnPropertyDescriptor(Child.prototype, name)
  applyDecorators(...written)(Child.prototype, name, descriptor)
  Controller()(Child)
  return Child
}

describe('a route that overrides another one', () => {
  it.each(['access', 'guards'] as const)(
    'does not start without a statement of its own where the other one is guarded (%s), in both modes',
    async (name) => {
      for (const guard of ['global', 'manual'] as const)
        await expect(compile({ controllers: [overriding(name, Get(name))] }, { guard })).rejects.toThrow(
          /^Child\.\w+: it overrides a method with @Access\(\) or @UseGuards\(EntraGuard\)/,
        )
    },
  )

  it('does not start where the other one names a verifier, and neither it nor its class does', async () => {
    const partners = await partnersModule()
    const metadata = { imports: [partners], controllers: [overriding('verifier', Get('verifier'))] }
    await expect(compile(metadata)).rejects.toThrow("@UseVerifier('partners')")
    const own = overriding('verifier', Get('verifier'), UseVerifier('default'))
    await expect(compile({ imports: [partners], controllers: [own] })).resolves.toBeDefined()
    const same = overriding('verifier', Get('verifier'))
    UseVerifier('partners')(same)
    await expect(compile({ imports: [partners], controllers: [same] })).resolves.toBeDefined()
  })

  it.each([
    ['@Access()', Access({ scopes: ['Orders.Write'] }), 401],
    ['@UseGuards(EntraGuard)', UseGuards(EntraGuard), 401],
    ['@Public()', Public(), 200],
  ] as const)('starts with %s of its own, and goes by that', async (_, decorator, status) => {
    const child = overriding('access', Get('access'), decorator)
    const { get } = await start(
      { imports: [await partnersModule()], controllers: [child] },
      { guard: 'manual' },
    )
    expect(await statusOf(get('/access'))).toBe(status)
  })

  it('is not public because the other one was', async () => {
    const child = overriding('public', Get('public'))
    const { get } = await start({ imports: [await partnersModule()], controllers: [child] })
    expect(await statusOf(get('/public'))).toBe(401)
  })

  it('is no route without a decorator of its own', async () => {
    const child = overriding('access')
    const { get } = await start(
      { imports: [await partnersModule()], controllers: [child] },
      { guard: 'manual' },
    )
    expect(await statusOf(get('/access'))).toBe(404)
  })
})

const partnersModule = async (): Promise<DynamicModule> =>
  EntraGuardModule.forRoot({ name: 'partners', ...(await createEmulator()).verifierOptions() })

describe('on one method, @Public() and a guard contradict each other:', () => {
  it.each([
    ['@Access()', Access(reads)],
    ['@UseGuards(EntraGuard)', UseGuards(EntraGuard)],
  ] as const)('with %s the application does not start', async (_, decorator) => {
    const child = overriding('access', Get('access'), Public(), decorator)
    for (const guard of ['global', 'manual'] as const)
      await expect(compile({ controllers: [child] }, { guard })).rejects.toThrow(
        'it is @Public(), which requires no token',
      )
  })

  it('a caller may be taken where the guard of the method beats @Public() of the class', async () => {
    @Controller()
    @Public()
    class Closed {
      @Get()
      @UseGuards(EntraGuard)
      list(@CurrentUser() user: UserIdentity): string {
        return user.kind
      }
    }
    const { get, entra } = await start({ controllers: [Closed] }, { guard: 'manual' })
    expect(await statusOf(get('/'))).toBe(401)
    expect(await (await get('/', await entra.issueUserToken())).text()).toBe('user')
  })
})

const wraps: MethodDecorator = (_target, _key, descriptor: PropertyDescriptor) => {
  descriptor.value = () => 'wrapped'
}

it('a decorator that replaced a method with @UseVerifier() has lost it, and the application does not start', async () => {
  abstract class Wrapped {
    @Get()
    @wraps
    @UseVerifier('partners')
    list(): string {
      return 'list'
    }
  }
  @Controller()
  class Child extends Wrapped {}
  const metadata = { imports: [await partnersModule()], controllers: [Child] }
  await expect(compile(metadata)).rejects.toThrow('put @UseVerifier() on top')
})

describe('a gateway', () => {
  @WebSocketGateway()
  @Public()
  class OpenGateway {
    @SubscribeMessage('a')
    a(): void {}
  }

  it('is not public because its parent is', async () => {
    class Child extends OpenGateway {}
    await expect(compile({ providers: [OpenGateway] })).resolves.toBeDefined()
    await expect(compile({ providers: [Child] })).rejects.toThrow('@GuardedGateway()')
  })

  it('that is public does not start with a guard that no handshake has a caller for', async () => {
    @WebSocketGateway()
    @Public()
    @UseGuards(EntraGuard)
    class Guarded extends OpenGateway {}
    @WebSocketGateway()
    @Public()
    class GuardedMessage {
      @SubscribeMessage('a')
      @UseGuards(EntraGuard)
      a(): void {}
    }
    await expect(compile({ providers: [Guarded] })).rejects.toThrow('@GuardedGateway()')
    await expect(compile({ providers: [GuardedMessage] })).rejects.toThrow(
      'it is @Public(), which requires no token',
    )
  })
})
