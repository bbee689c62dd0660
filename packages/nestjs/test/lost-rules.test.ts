import { createVerifier } from '@entraguard/core'
import { createEmulator } from '@entraguard/emulator'
import { Access, EntraGuard, EntraGuardModule, Public } from '@entraguard/nestjs'
import {
  Controller,
  Get,
  HttpCode,
  Module,
  Scope,
  UseGuards,
  type INestApplication,
  type Type,
} from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import {
  ClientProxyFactory,
  MessagePattern,
  Transport,
  type MicroserviceOptions,
} from '@nestjs/microservices'
import { firstValueFrom } from 'rxjs'
import { describe, expect, it, onTestFinished } from 'vitest'

import { freePort } from '../../../scripts/free-port.mjs'
import { compile, platforms, silent, start, statusOf } from './app.ts'

const modes = ['global', 'manual'] as const
const admins = { scopes: ['Orders.Admin'] } as const
const inPlace = 'a function of its own in place of this method'

/** As the helpers for JavaScript do it that keep `this`. */
function bindAll(object: object): void {
  for (const name of Object.getOwnPropertyNames(object.constructor.prototype)) {
    const method: unknown = Reflect.get(object, name)
    if (name !== 'constructor' && typeof method === 'function')
      Reflect.set(object, name, method.bind(object) as unknown)
  }
}

@Controller()
class BoundAccess {
  constructor() {
    this.list = this.list.bind(this)
  }
  @Get('orders')
  @Access(admins)
  list(): string {
    return 'secret'
  }
}
@Controller()
class BoundGuard {
  constructor() {
    this.list = this.list.bind(this)
  }
  @Get('orders')
  @UseGuards(EntraGuard)
  list(): string {
    return 'secret'
  }
}
@Controller()
class AllBound {
  constructor() {
    bindAll(this)
  }
  @Get('orders')
  @Access(admins)
  list(): string {
    return 'secret'
  }
}
@Controller()
class Swapped {
  constructor() {
    // oxlint-disable-next-line typescript/unbound-method -- what it is about
    this.list = this.other
  }
  @Get('orders')
  @Access(admins)
  list(): string {
    return 'secret'
  }
  @Get('other')
  @Public()
  other(): string {
    return 'open'
  }
}
@Controller()
class OtherObject {
  constructor() {
    // oxlint-disable-next-line no-constructor-return -- what it is about
    return new Plain()
  }
  @Get('orders')
  @Access(admins)
  list(): string {
    return 'secret'
  }
}
class Plain {
  list(): string {
    return 'secret'
  }
}
@Controller()
class BoundMessage {
  constructor() {
    this.list = this.list.bind(this)
  }
  @MessagePattern('orders')
  @Access(admins)
  list(): string {
    return 'secret'
  }
}

describe.each(modes)('a controller that binds its methods, %s', (guard) => {
  it.each([
    ['keeps the application from starting: with @Access', BoundAccess, 'BoundAccess.list'],
    ['with @UseGuards(EntraGuard)', BoundGuard, 'BoundGuard.list'],
    ['by a helper that binds all of them', AllBound, 'AllBound.list'],
    ['or puts another one of its own in their place', Swapped, 'Swapped.list'],
    ['of messages', BoundMessage, 'BoundMessage.list'],
  ])('%s', async (_, controller, method) => {
    for (const platform of platforms) {
      const starting = start({ controllers: [controller] }, { guard, platform })
      await expect(starting).rejects.toThrow(`${method}: the object has ${inPlace}`)
      await expect(starting).rejects.toBeInstanceOf(TypeError)
    }
  })

  it('nor does one start whose constructor returns an object of another class', async () => {
    await expect(start({ controllers: [OtherObject] }, { guard })).rejects.toThrow(
      /^OtherObject: its constructor or instrument\.instanceDecorator returns an object of another class/,
    )
  })

  it('nor one that instrument.instanceDecorator wraps in a Proxy', async () => {
    @Controller()
    class Instrumented {
      @Get()
      @Access(admins)
      list(): string {
        return 'secret'
      }
    }
    const app = await instrumented(Instrumented, guard, wrapMethods)
    await expect(app.init()).rejects.toThrow(`Instrumented.list: the object has ${inPlace}`)
  })

  it('nor one whose Proxy also replaces the class, on which the rules are', async () => {
    @Controller()
    @Access(admins)
    class Instrumented {
      @Get()
      list(): string {
        return 'secret'
      }
    }
    const app = await instrumented(Instrumented, guard, wrapAll)
    await expect(app.init()).rejects.toThrow(
      /^Instrumented: its constructor or instrument\.instanceDecorator returns an object of another class/,
    )
  })
})

/** An application that wraps the objects of a controller, as tools for tracing do. */
async function instrumented(
  controller: Type,
  guard: 'global' | 'manual',
  get: typeof wrapAll,
): Promise<INestApplication> {
  const entra = await createEmulator()
  @Module({
    imports: [EntraGuardModule.forRoot({ verifier: createVerifier(entra.verifierOptions()), guard })],
    controllers: [controller],
  })
  class AppModule {}
  const instanceDecorator = (made: unknown): unknown =>
    made instanceof controller ? new Proxy(made, { get }) : made
  return NestFactory.create(AppModule, {
    logger: silent,
    abortOnError: false,
    instrument: { instanceDecorator },
  })
}

function wrapAll(target: object, key: string | symbol): unknown {
  const value: unknown = Reflect.get(target, key)
  return typeof value === 'function'
    ? (...args: unknown[]): unknown => Reflect.apply(value, target, args)
    : value
}

const wrapMethods: typeof wrapAll = (target, key) =>
  key === 'constructor' ? Reflect.get(target, key) : wrapAll(target, key)

describe.each(modes)('a controller made for each request that binds them, %s', (guard) => {
  @Controller({ scope: Scope.REQUEST })
  class Bound {
    constructor() {
      this.list = this.list.bind(this)
      this.guarded = this.guarded.bind(this)
    }
    @Get('orders')
    @Access(admins)
    list(): string {
      return 'secret'
    }
    @Get('guarded')
    @UseGuards(EntraGuard)
    guarded(): string {
      return 'secret'
    }
    @Get('fine')
    @Access(admins)
    fine(): string {
      return 'fine'
    }
    @Get('open')
    @Public()
    open(): string {
      return 'open'
    }
  }
  it.each(platforms)(
    'answers no call whose rules it has lost, and every other one, on %s',
    async (platform) => {
      const { get, entra } = await start({ controllers: [Bound] }, { guard, platform })
      const reader = await entra.issueUserToken({ scopes: ['Orders.Read'] })
      const admin = await entra.issueUserToken({ scopes: ['Orders.Admin'] })
      for (const path of ['/orders', '/guarded'])
        for (const token of [undefined, reader, admin])
          expect(await statusOf(get(path, token))).toBeOneOf([401, 500])
      expect(await statusOf(get('/fine', reader))).toBe(403)
      expect(await statusOf(get('/fine', admin))).toBe(200)
      expect(await statusOf(get('/open'))).toBe(200)
    },
  )
})

type Way = 'createMicroservice' | 'inherits' | 'inherits nothing'
const ways: readonly Way[] = ['createMicroservice', 'inherits', 'inherits nothing']

async function answerTo(controller: Type, way: Way, guard: 'global' | 'manual'): Promise<unknown> {
  const { module } = await compile({ controllers: [controller] }, { guard })
  const options = {
    transport: Transport.TCP,
    options: { host: '127.0.0.1', port: await freePort() },
  } as const
  if (way === 'createMicroservice') {
    const service = module.createNestMicroservice<MicroserviceOptions>({ ...options, logger: silent })
    onTestFinished(async () => service.close())
    await service.listen()
  } else {
    const app = module.createNestApplication({ logger: silent })
    onTestFinished(async () => app.close())
    app.connectMicroservice<MicroserviceOptions>(options, { inheritAppConfig: way === 'inherits' })
    // The application itself may never be initialised.
    await app.startAllMicroservices()
  }
  const client = ClientProxyFactory.create(options)
  onTestFinished(() => void client.close())
  return firstValueFrom(client.send('orders', {})).catch((error: unknown) => error)
}

describe.each(modes)('a message whose handler the object replaces is not answered, %s', (guard) => {
  @Controller({ scope: Scope.REQUEST })
  class BoundForEach {
    constructor() {
      this.list = this.list.bind(this)
    }
    @MessagePattern('orders')
    @Access(admins)
    list(): string {
      return 'secret'
    }
  }
  it.each(ways)('of an object that is made for each message, by a service that %s', async (way) => {
    expect(await answerTo(BoundForEach, way, guard)).not.toBe('secret')
  })

  it.each(ways)('of a controller, by a service that %s', async (way) => {
    const answer = answerTo(BoundMessage, way, guard).catch((error: unknown) => error)
    expect(await answer).not.toBe('secret')
  })
})

const copies: MethodDecorator = (_target, _key, descriptor: PropertyDescriptor) => {
  const before: object = descriptor.value
  descriptor.value = (): string => 'secret'
  for (const key of Reflect.getMetadataKeys(before))
    Reflect.defineMetadata(key, Reflect.getMetadata(key, before), descriptor.value)
}
const wraps: MethodDecorator = (_target, _key, descriptor: PropertyDescriptor) => {
  descriptor.value = () => 'secret'
}

describe.each(modes)('a decorator that replaces the method, %s', (guard) => {
  it('keeps an application from starting, even between two rules', async () => {
    @Controller()
    class Twice {
      @Get()
      @Access({ scopes: ['Orders.Read'] })
      @wraps
      @Access(admins)
      list(): string {
        return 'secret'
      }
    }
    await expect(compile({ controllers: [Twice] }, { guard })).rejects.toThrow(
      /^Twice\.list: a decorator above @Access\(\) replaced the method/,
    )
  })

  it('is fine if it copies what the method has', async () => {
    @Controller()
    class Copied {
      @Get()
      @Access({ scopes: ['Orders.Read'] })
      @copies
      @Access(admins)
      list(): string {
        return 'secret'
      }
    }
    const { get, entra } = await start({ controllers: [Copied] }, { guard })
    expect(await statusOf(get('/', await entra.issueUserToken({ scopes: ['Orders.Read'] })))).toBe(403)
  })
})

describe.each(modes)('a method that overrides a guarded one, %s', (guard) => {
  abstract class Root {
    @Get()
    @Access(admins)
    list(): string {
      return 'root'
    }
  }
  it('needs rules of its own, also if a class in between overrides it and says nothing', async () => {
    abstract class Between extends Root {
      @HttpCode(200)
      override list(): string {
        return 'between'
      }
    }
    @Controller()
    class Leaf extends Between {
      @Get()
      override list(): string {
        return 'secret'
      }
    }
    await expect(compile({ controllers: [Leaf] }, { guard })).rejects.toThrow(
      /^Leaf\.list: it overrides a method with @Access\(\)/,
    )
  })

  it('needs none if a class in between has opened it', async () => {
    abstract class Between extends Root {
      @Public()
      override list(): string {
        return 'between'
      }
    }
    @Controller()
    class Leaf extends Between {
      @Get()
      override list(): string {
        return 'leaf'
      }
    }
    const { get } = await start({ controllers: [Leaf] }, { guard })
    expect(await statusOf(get('/'))).toBe(guard === 'global' ? 401 : 200)
  })
})
