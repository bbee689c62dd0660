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

describe.each(kinds)('%s', (_, make) => {
  describe.each(modes)('%s', (guard) => {
    it.each([
      ['a mixin copies "constructor"', mix(Helper), 'Helper'],
      ['a mixin copies "constructor" of a @Public() class', mix(OpenHelper), 'OpenHelper'],
      ['a decorator returns a Proxy of the class', proxy, 'Wrapped'],
      ['a decorator returns a function with the prototype of the class', replace, 'Wrapped'],
    ])('does not start if %s', async (__, wrap, named) => {
      const starting = compile(metadataOf(make(wrap)), { guard })
      await expect(starting).rejects.toThrow(
        `its prototype belongs to the class ${named}, and the rules of one`,
      )
      await expect(starting).rejects.toBeInstanceOf(TypeError)
    })

    it('starts if a decorator returns a class that extends it', async () => {
      await expect(compile(metadataOf(make(extend)), { guard })).resolves.toBeDefined()
    })
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

describe.each(modes)('Nest has not registered the guard, %s', (guard) => {
  const unregistered = 'Nest has not registered its guard, and would not run it'

  @WebSocketGateway()
  @GuardedGateway()
  class Gateway {
    @SubscribeMessage('a')
    @Access(admins)
    a(): string {
      return 'secret'
    }
  }
  @Controller()
  class Late {
    @Get()
    list(): string {
      return 'secret'
    }
  }

  it('of a gateway, as older Nest does not with useClass', async () => {
    const provided = 'gateway'
    @Module({ providers: [{ provide: provided, useClass: Gateway }] })
    class AsBefore {
      constructor(@Inject(ModulesContainer) modules: ModulesContainer) {
        for (const { providers, injectables } of modules.values())
          if (providers.has(provided)) injectables.delete(EntraGuard)
      }
    }
    await expect(start({ imports: [AsBefore] }, { guard })).rejects.toThrow(`Gateway: ${unregistered}`)
  })

  it('of a controller that is decorated when the application is there', async () => {
    @Module({ controllers: [Late] })
    class TooLate {
      constructor() {
        const { prototype } = Late
        Access(admins)(prototype, 'list', Object.getOwnPropertyDescriptor(prototype, 'list') ?? {})
      }
    }
    await expect(start({ imports: [TooLate] }, { guard })).rejects.toThrow(`Late: ${unregistered}`)
  })

  it('but of a gateway that is provided with useClass, this Nest has', async () => {
    await expect(
      compile({ providers: [{ provide: 'gateway', useClass: Gateway }] }, { guard }),
    ).resolves.toBeDefined()
  })
})
