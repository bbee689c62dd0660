import { Access, EntraGuard, Public } from '@entraguard/nestjs'
import { GuardedGateway } from '@entraguard/nestjs/ws'
import { Controller, Get, Inject, Module, Scope, UseGuards, type Type } from '@nestjs/common'
import { ModulesContainer } from '@nestjs/core'
import { Query, Resolver } from '@nestjs/graphql'
import { MessagePattern } from '@nestjs/microservices'
import { SubscribeMessage, WebSocketGateway } from '@nestjs/websockets'
import { describe, expect, it } from 'vitest'

import { compile, start, statusOf } from './app.ts'

const modes = ['global', 'manual'] as const
const admins = { scopes: ['Orders.Admin'] } as const
const reads = { scopes: ['Orders.Read'] } as const

type Wrap = (target: Type) => Type | void
/** Of the TypeScript handbook, as a decorator: it copies `constructor` too. */
const mix =
  (...bases: readonly Type[]): Wrap =>
  (target) => {
    for (const { prototype } of bases)
      for (const name of Object.getOwnPropertyNames(prototype))
        Object.defineProperty(
          target.prototype,
          name,
          Object.getOwnPropertyDescriptor(prototype, name) ?? Object.create(null),
        )
  }
const proxy: Wrap = (target) => new Proxy(target, {})
const replace: Wrap = (target) => {
  const made = function made(...args: unknown[]): unknown {
    return Reflect.construct(target, args, made)
  }
  made.prototype = target.prototype
  return made as unknown as Type
}
/** As the documentation of TypeScript has it. */
const extend: Wrap = (target) => class extends target {}

class Helper {
  help(): string {
    return 'help'
  }
}
@Public()
class OpenHelper {
  help(): string {
    return 'help'
  }
}

const wraps: MethodDecorator = (_target, _key, descriptor: PropertyDescriptor) => {
  descriptor.value = () => 'secret'
}

type Kind = (wrap: Wrap) => Type
const kinds: readonly (readonly [string, Kind])[] = [
  [
    'a controller with the wrapper below its @Access',
    (wrap) => {
      @Controller()
      @Access(admins)
      @(wrap as ClassDecorator)
      class Wrapped {
        @Get()
        list(): string {
          return 'secret'
        }
      }
      return Wrapped
    },
  ],
  [
    'a controller with the wrapper above its @Access',
    (wrap) => {
      @Controller()
      @(wrap as ClassDecorator)
      @Access(admins)
      class Wrapped {
        @Get()
        list(): string {
          return 'secret'
        }
      }
      return Wrapped
    },
  ],
  [
    'a controller with @Access on a method',
    (wrap) => {
      @Controller()
      @(wrap as ClassDecorator)
      class Wrapped {
        @Get()
        @Access(admins)
        list(): string {
          return 'secret'
        }
      }
      return Wrapped
    },
  ],
  [
    'a controller with messages',
    (wrap) => {
      @Controller()
      @UseGuards(EntraGuard)
      @(wrap as ClassDecorator)
      class Wrapped {
        @MessagePattern('a')
        list(): string {
          return 'secret'
        }
      }
      return Wrapped
    },
  ],
  [
    'a gateway',
    (wrap) => {
      @WebSocketGateway()
      @GuardedGateway()
      @Access(admins)
      @(wrap as ClassDecorator)
      class Wrapped {
        @SubscribeMessage('a')
        list(): string {
          return 'secret'
        }
      }
      return Wrapped
    },
  ],
  [
    'a resolver',
    (wrap) => {
      @Resolver()
      @Access(admins)
      @(wrap as ClassDecorator)
      class Wrapped {
        @Query(() => String)
        list(): string {
          return 'secret'
        }
      }
      return Wrapped
    },
  ],
]

/** Nobody mounts it: what matters is whether the application starts. */
const metadataOf = (target: Type): { controllers?: Type[]; providers?: Type[] } =>
  Reflect.hasMetadata('__controller__', target) ? { controllers: [target] } : { providers: [target] }

const strays = (owner: string): string => `its prototype belongs to ${owner}, and the rules of one`

describe.each(modes)('a mixin that copies methods, %s', (guard) => {
  it.each(kinds)('keeps %s from starting if it copies "constructor" too', async (_, make) => {
    const starting = compile(metadataOf(make(mix(Helper))), { guard })
    await expect(starting).rejects.toThrow(strays('the class Helper'))
    await expect(starting).rejects.toBeInstanceOf(TypeError)
    await expect(compile(metadataOf(make(mix(OpenHelper))), { guard })).rejects.toThrow(
      strays('the class OpenHelper'),
    )
  })

  it('brings the decorators of its methods along, but not those of their class', async () => {
    @Access(admins)
    class Base {
      @Get('mixed')
      @Access(reads)
      mixed(): string {
        return 'mixed'
      }
    }
    @Controller()
    class Target {}
    const mixed = Object.getOwnPropertyDescriptor(Base.prototype, 'mixed') ?? {}
    Object.defineProperty(Target.prototype, 'mixed', mixed)
    const { get, entra } = await start({ controllers: [Target] }, { guard })
    expect(await statusOf(get('/mixed'))).toBe(401)
    expect(await statusOf(get('/mixed', await entra.issueUserToken({ scopes: ['Orders.Read'] })))).toBe(200)
  })
})

describe.each(modes)('a class decorator that returns another class, %s', (guard) => {
  it.each(kinds)('keeps %s from starting if that is a Proxy or has the same prototype', async (_, make) => {
    await expect(compile(metadataOf(make(proxy)), { guard })).rejects.toThrow(
      strays('another class of this name'),
    )
    await expect(compile(metadataOf(make(replace)), { guard })).rejects.toThrow(
      /^made: its prototype belongs to the class Wrapped, /,
    )
  })

  it.each(kinds)('lets %s start if that extends the original', async (_, make) => {
    await expect(compile(metadataOf(make(extend)), { guard })).resolves.toBeDefined()
  })
})

describe.each(modes)('a class without a rule, %s', (guard) => {
  it('is not opened by the @Public() of a class whose "constructor" a mixin copies into it', async () => {
    @Controller()
    @(mix(OpenHelper) as ClassDecorator)
    class Plain {
      @Get()
      list(): string {
        return 'secret'
      }
    }
    await expect(compile({ controllers: [Plain] }, { guard })).rejects.toThrow(
      'its prototype belongs to the class OpenHelper',
    )
  })

  it('may be anything', async () => {
    @Controller()
    @(proxy as ClassDecorator)
    class Plain {
      @Get()
      list(): string {
        return 'listed'
      }
    }
    const { get, entra } = await start({ controllers: [Plain] }, { guard })
    expect(await statusOf(get('/'))).toBe(guard === 'global' ? 401 : 200)
    expect(await statusOf(get('/', await entra.issueUserToken()))).toBe(200)
  })
})

it.each(modes)('a parent class whose rules its wrapper hides is found, %s', async (guard) => {
  @(proxy as ClassDecorator)
  @Access(admins)
  class Base {}
  @Controller()
  class Child extends Base {
    @Get()
    list(): string {
      return 'secret'
    }
  }
  await expect(compile({ controllers: [Child] }, { guard })).rejects.toThrow(
    /^Child: its prototype belongs to the class Base/,
  )
})

it.each(modes)(
  'a rule that a decorator has lost is found although a mixin copied "constructor", %s',
  async (guard) => {
    class Base {
      @Get('lost')
      @wraps
      @Access(admins)
      lost(): string {
        return 'secret'
      }
    }
    mix(Helper)(Base)
    @Controller()
    class Child extends Base {}
    await expect(compile({ controllers: [Child] }, { guard })).rejects.toThrow(
      /^Child\.lost: a decorator above @Access\(\) replaced the method/,
    )
  },
)

describe.each(modes)('ordinary classes start and are guarded, %s', (guard) => {
  abstract class Listing {
    @Get('list')
    @Access(reads)
    list(): string {
      return 'listed'
    }
  }
  const sorted = (base: Type): Type => {
    class Mixed extends base {
      @Get('sorted')
      @Access(reads)
      sorted(): string {
        return 'sorted'
      }
    }
    return Mixed
  }
  @Controller('mixed')
  class MixedIn extends sorted(Listing as Type) {}
  @Controller('inherited')
  class Inherited extends Listing {}
  @Controller({ path: 'scoped', scope: Scope.REQUEST })
  class Scoped extends Listing {}
  @Controller('extended')
  @(extend as ClassDecorator)
  @Access(reads)
  class Extended {
    readonly name = 'arrow functions are no methods'
    readonly own = (): string => this.name
    @Get('list')
    list(): string {
      return this.own()
    }
  }
  it.each(['/mixed/sorted', '/mixed/list', '/inherited/list', '/scoped/list', '/extended/list'])(
    '%s',
    async (path) => {
      const controllers = [MixedIn, Inherited, Scoped, Extended]
      const { get, entra } = await start({ controllers }, { guard })
      expect(await statusOf(get(path))).toBe(401)
      expect(await statusOf(get(path, await entra.issueUserToken({ scopes: ['Other'] })))).toBe(403)
      expect(await statusOf(get(path, await entra.issueUserToken({ scopes: ['Orders.Read'] })))).toBe(200)
    },
  )
})

const unregistered = 'Nest has not registered its guard, and would not run it'

describe.each(modes)('a gateway with useClass, %s', (guard) => {
  @WebSocketGateway()
  @GuardedGateway()
  class Gateway {
    @SubscribeMessage('a')
    @Access(admins)
    a(): string {
      return 'secret'
    }
  }
  const provided = 'gateway'
  @Module({ providers: [{ provide: provided, useClass: Gateway }] })
  class AsNow {}
  @Module({ providers: [{ provide: provided, useClass: Gateway }] })
  class AsBefore {
    constructor(@Inject(ModulesContainer) modules: ModulesContainer) {
      for (const { providers, injectables } of modules.values())
        if (providers.has(provided)) injectables.delete(EntraGuard)
    }
  }

  it('keeps an application from starting where Nest has not registered its guard', async () => {
    await expect(start({ imports: [AsBefore] }, { guard })).rejects.toThrow(`Gateway: ${unregistered}`)
  })

  it('is fine where it has', async () => {
    await expect(compile({ imports: [AsNow] }, { guard })).resolves.toBeDefined()
  })
})

describe.each(modes)('a class that is decorated too late, %s', (guard) => {
  it('keeps an application from starting', async () => {
    @Controller()
    class Late {
      @Get()
      list(): string {
        return 'secret'
      }
    }
    @Module({ controllers: [Late] })
    class TooLate {
      constructor() {
        const { prototype } = Late
        Access(admins)(prototype, 'list', Object.getOwnPropertyDescriptor(prototype, 'list') ?? {})
      }
    }
    await expect(start({ imports: [TooLate] }, { guard })).rejects.toThrow(`Late: ${unregistered}`)
  })
})
