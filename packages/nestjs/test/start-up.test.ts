import {
  anyOf,
  createVerifier,
  type AppIdentity,
  type Identity,
  type UserIdentity,
  type Verifier,
} from '@entraguard/core'
import { createEmulator } from '@entraguard/emulator'
import {
  Access,
  CurrentApp,
  CurrentIdentity,
  CurrentUser,
  EntraGuard,
  EntraGuardModule,
  getVerifierToken,
  InjectVerifier,
  Public,
  UseVerifier,
  type EntraGuardModuleOptions,
} from '@entraguard/nestjs'
import { GuardedGateway } from '@entraguard/nestjs/ws'
import { Controller, Get, Injectable, Module, UseGuards } from '@nestjs/common'
import { Test } from '@nestjs/testing'
import { SubscribeMessage, WebSocketGateway } from '@nestjs/websockets'
import { describe, expect, it } from 'vitest'

import { compile, listen, silent, start, statusOf } from './app.ts'

const reads = { scopes: ['Orders.Read'] } as const
const both = { scopes: ['Orders.Read'], appPermissions: ['Orders.Read.All'] } as const

@Controller()
class UserTakesBoth {
  @Get()
  @Access(both)
  list(@CurrentUser() _user: UserIdentity): void {}
}
@Controller()
@Access(anyOf(reads, { callers: ['app'] }))
class AppTakesBoth {
  @Get()
  list(@CurrentApp() _app: AppIdentity): void {}
}
@Controller()
@Access(reads)
class UsersAndApps {
  @Get()
  @Access({ appPermissions: ['Orders.Read.All'] })
  list(): void {}
}
@Controller()
class UserAndApp {
  @Get()
  list(@CurrentUser() _user: UserIdentity, @CurrentApp() _app: AppIdentity): void {}
}
@Controller()
class AppTakesUsers {
  @Get()
  @Access(reads)
  list(@CurrentApp() _app: AppIdentity): void {}
}
@Controller()
class UserTakesApps {
  @Get()
  @Access({ appPermissions: ['Orders.Read.All'] })
  list(@CurrentUser() _user: UserIdentity): void {}
}
@Controller()
class PublicAccess {
  @Get()
  @Public()
  @Access(reads)
  list(): void {}
}
@Controller()
@Public()
class PublicCaller {
  @Get()
  list(@CurrentIdentity() _caller: Identity): void {}
}
@Controller()
class Nameless {
  @Get()
  @UseVerifier('nobody')
  list(): void {}
}
const wraps: MethodDecorator = (_target, _key, descriptor: PropertyDescriptor) => {
  descriptor.value = () => 'wrapped'
}
@Controller()
class Wrapped {
  @Get()
  @wraps
  @Access(reads)
  list(): void {}
}
@Controller()
class Fine {
  @Get()
  @Access(reads)
  list(@CurrentUser() _user: UserIdentity): void {}
}

@WebSocketGateway()
class OpenGateway {
  @SubscribeMessage('a')
  a(): void {}
}
@WebSocketGateway()
@UseGuards(EntraGuard)
class OnlyMessagesGuarded {}
@WebSocketGateway()
@Public()
@GuardedGateway()
class PublicAndGuarded {}
@WebSocketGateway()
@Public()
@Access(reads)
class PublicGatewayWithAccess {
  handleConnection(): void {}
}
@WebSocketGateway()
@Public()
class PublicWithAccess {
  @SubscribeMessage('a')
  @Access(reads)
  a(): void {}
}
@WebSocketGateway()
@GuardedGateway()
class VerifierOfMessage {
  @SubscribeMessage('a')
  @UseVerifier('default')
  a(): void {}
  @SubscribeMessage('b')
  @UseVerifier('partners')
  b(): void {}
}
@WebSocketGateway()
@GuardedGateway()
class Guarded {
  afterInit(): void {}
}
class ChildOfGuarded extends Guarded {
  override afterInit(): void {}
}

const starts = async (...given: Parameters<typeof compile>): Promise<string> =>
  compile(...given).then(() => 'it starts')

const wrong = async (options: unknown): Promise<unknown> =>
  Test.createTestingModule({ imports: [EntraGuardModule.forRoot(options as EntraGuardModuleOptions)] })
    .setLogger(silent)
    .compile()

describe('options of a class', async () => {
  const entra = await createEmulator()
  class WithCheck {
    constructor() {
      Object.assign(this, entra.verifierOptions())
    }
    check(): void {
      throw new Error('nobody')
    }
  }
  class WithGetter {
    constructor() {
      Object.assign(this, entra.verifierOptions())
    }
    get guests(): string {
      return 'refuse'
    }
  }
  const inherited = Object.create(
    { guests: 'refuse' },
    Object.getOwnPropertyDescriptors(entra.verifierOptions()),
  ) as object

  it.each([
    ['method', 'check', new WithCheck()],
    ['getter', 'guests', new WithGetter()],
    ['prototype', 'guests', inherited],
  ])('are not taken without the rule that is a %s', async (_, name, options) => {
    const message = `EntraGuardModule: option "${name}" is inherited: pass a plain object`
    expect(() => EntraGuardModule.forRoot(options as EntraGuardModuleOptions)).toThrow(new TypeError(message))
    const later = EntraGuardModule.forRootAsync({ useFactory: () => options as EntraGuardModuleOptions })
    await expect(Test.createTestingModule({ imports: [later] }).compile()).rejects.toThrow(message)
  })
})

describe('an application does not start when', () => {
  it.each([
    [
      '@CurrentUser takes what @Access admits as an app',
      UserTakesBoth,
      /^UserTakesBoth\.list: it takes @CurrentUser\(\), so every app that @Access\(\) admits would get 403: remove "appPermissions" and callers "app" from @Access\(\), or use @CurrentIdentity\(\) instead$/,
    ],
    [
      '@CurrentApp takes what @Access of the class admits as a user',
      AppTakesBoth,
      /^AppTakesBoth\.list: it takes @CurrentApp\(\), so every user .* remove "scopes"/,
    ],
    [
      'class and method admit nobody together',
      UsersAndApps,
      /no caller can pass: of the @Access\(\) on class and method, one admits only users/,
    ],
    [
      'a method takes a user and an app',
      UserAndApp,
      /no caller can pass: it takes @CurrentUser\(\) and @CurrentApp/,
    ],
    [
      'a method takes an app where @Access admits users',
      AppTakesUsers,
      /no caller can pass: @Access\(\) admits only users, and it takes @CurrentApp/,
    ],
    [
      'a method takes a user where @Access admits apps',
      UserTakesApps,
      /no caller can pass: @Access\(\) admits only apps, and it takes @CurrentUser/,
    ],
    ['a method is public and has an access', PublicAccess, /@Public/],
    ['a public method takes a caller', PublicCaller, /@Public/],
    ['a route names a verifier that nobody registered', Nameless, /"nobody"/],
    ['a decorator has thrown the access away', Wrapped, /@Access\(\) on top/],
  ])('%s', async (_, controller, message) => {
    await expect(starts({ controllers: [controller] })).rejects.toThrow(message)
    await expect(starts({ controllers: [controller] })).rejects.toBeInstanceOf(TypeError)
    await expect(starts({ controllers: [controller] }, { guard: 'manual' })).rejects.toThrow(message)
  })

  it.each([
    ['a gateway is neither guarded nor public', OpenGateway],
    ['only the messages of a gateway are guarded', OnlyMessagesGuarded],
    ['a gateway is both guarded and public', PublicAndGuarded],
    ['a public gateway asks for an access', PublicGatewayWithAccess],
    ['a public gateway has a message that asks for an access', PublicWithAccess],
    ['a gateway replaces what its guarded parent does', ChildOfGuarded],
  ])('%s', async (_, gateway) => {
    await expect(starts({ providers: [gateway] })).rejects.toThrow(TypeError)
  })

  it('a message of a gateway names another verifier than the one that checks its handshakes', async () => {
    const entra = await createEmulator()
    const imports = [EntraGuardModule.forRoot({ name: 'partners', ...entra.verifierOptions() })]
    await expect(starts({ imports, providers: [VerifierOfMessage] })).rejects.toThrow(
      /^VerifierOfMessage\.b: a socket has one verifier/,
    )
  })

  it('two modules have the same name', async () => {
    const entra = await createEmulator()
    const imports = [EntraGuardModule.forRoot(entra.verifierOptions())]
    await expect(starts({ imports })).rejects.toThrow(/same name/)
  })

  it('options are wrong, or come beside a verifier', async () => {
    const options = (await createEmulator()).verifierOptions()
    await expect(wrong({ ...options, algorithms: ['HS256'] })).rejects.toThrow(TypeError)
    await expect(wrong({ tenants: options.tenants })).rejects.toThrow(TypeError)
    await expect(wrong({})).rejects.toThrow(TypeError)
    await expect(wrong({ verifier: undefined })).rejects.toThrow(TypeError)
    await expect(wrong({ ...options, verifier: createVerifier(options) })).rejects.toThrow(/not both$/)
    for (const verifier of [undefined, null, {}, options])
      await expect(wrong({ verifier })).rejects.toThrow(/^EntraGuardModule: option verifier must come/)
    for (const none of [undefined, null, 5, []])
      await expect(wrong(none)).rejects.toThrow(/^EntraGuardModule: options must be an object$/)
    await expect(wrong({ ...options, verifier: createVerifier(options) })).rejects.toThrow(TypeError)
  })
})

it('a wrong access throws where it is written', () => {
  expect(() => Access({ scopes: [] as never })).toThrow(TypeError)
  expect(() => Access({ roles: ['Orders.Admin'] })).toThrow(TypeError)
})

it('what fits together starts', async () => {
  await expect(starts({ controllers: [Fine], providers: [Guarded] })).resolves.toBe('it starts')
})

@Controller()
class Manual {
  @Get('open')
  open(): string {
    return 'ok'
  }
  @Get('guarded')
  @UseGuards(EntraGuard)
  guarded(): string {
    return 'ok'
  }
  @Get('access')
  @Access(reads)
  access(): string {
    return 'ok'
  }
  @Get('forgotten')
  forgotten(@CurrentUser() _user: UserIdentity): string {
    return 'ok'
  }
}

it('an application starts with a controller that inherits from nothing, Object included', async () => {
  @Controller()
  class Bare {
    @Get()
    @Access(reads)
    list(): string {
      return 'listed'
    }
  }
  Object.setPrototypeOf(Bare.prototype, null)
  const { get, entra } = await start({ controllers: [Bare] })
  expect(await statusOf(get('/'))).toBe(401)
  expect(await (await get('/', await entra.issueUserToken({ scopes: ['Orders.Read'] }))).text()).toBe(
    'listed',
  )
})

describe("guard: 'manual'", () => {
  it('guards what has @UseGuards(EntraGuard) or @Access, and hands out no caller elsewhere', async () => {
    const { get, entra } = await start({ controllers: [Manual] }, { guard: 'manual' })
    expect(await statusOf(get('/open'))).toBe(200)
    expect(await statusOf(get('/guarded'))).toBe(401)
    expect(await statusOf(get('/access'))).toBe(401)
    const token = await entra.issueUserToken()
    expect(await statusOf(get('/guarded', token))).toBe(200)
    expect(await statusOf(get('/access', token))).toBe(200)
    expect(await statusOf(get('/forgotten', token))).toBe(500)
  })

  it('a word that is not "manual" guards everything', async () => {
    const { get } = await start({ controllers: [Manual] }, { guard: 'Manual' as 'manual' })
    expect(await statusOf(get('/open'))).toBe(401)
  })
})

it('@Access refuses where nobody imported the module, and the log names what is missing', async () => {
  @Controller()
  class Lonely {
    @Get()
    @Access(reads)
    list(): string {
      return 'ok'
    }
  }
  const errors: unknown[] = []
  const module = await Test.createTestingModule({ controllers: [Lonely] })
    .setLogger({ ...silent, error: (...said: unknown[]) => errors.push(...said) })
    .compile()
  const { url } = await listen(module)
  expect((await fetch(url)).status).toBe(500)
  expect(errors.map(String).join(' ')).toContain('EntraGuardVerifier:default')
})

describe('several verifiers in one application', () => {
  @Controller('partners')
  @UseVerifier('partners')
  class Partners {
    @Get()
    list(@CurrentIdentity() caller: UserIdentity | AppIdentity): { tenant: string } {
      return { tenant: caller.tenantId }
    }
    @Get('own')
    @UseVerifier('default')
    own(): string {
      return 'ok'
    }
  }
  @Controller('own')
  class Own {
    @InjectVerifier() private readonly verifier!: Verifier
    @InjectVerifier('partners') private readonly partners!: Verifier
    @Get()
    list(): { different: boolean } {
      return { different: this.verifier !== this.partners }
    }
  }

  it('each route goes by its own', async () => {
    const other = await createEmulator()
    const tenantId = other.directory.tenants[1]?.id ?? ''
    const partners = EntraGuardModule.forRoot({
      ...other.verifierOptions(),
      tenants: tenantId,
      name: 'partners',
    })
    const { get, entra } = await start({ imports: [partners], controllers: [Partners, Own] })
    const own = await entra.issueUserToken()
    const theirs = await other.issueUserToken({ tenantId })
    expect(await statusOf(get('/partners', theirs))).toBe(200)
    expect(await statusOf(get('/partners', own))).toBe(401)
    expect(await statusOf(get('/partners/own', own))).toBe(200)
    expect(await statusOf(get('/partners/own', theirs))).toBe(401)
    expect(await (await get('/own', own)).json()).toStrictEqual({ different: true })
    expect(await statusOf(get('/own', theirs))).toBe(401)
  })
})

describe('forRootAsync', () => {
  @Injectable()
  class Settings {
    readonly entra = createEmulator()
    async create(): Promise<EntraGuardModuleOptions> {
      return (await this.entra).verifierOptions()
    }
  }
  @Module({ providers: [Settings], exports: [Settings] })
  class SettingsModule {}

  it.each([
    ['useClass', { useClass: Settings }],
    ['useExisting', { imports: [SettingsModule], useExisting: Settings }],
    [
      'useFactory',
      {
        imports: [SettingsModule],
        inject: [Settings],
        useFactory: async (settings: Settings) => settings.create(),
      },
    ],
  ])('%s makes the verifier, and every route is guarded', async (_, options) => {
    const module = await Test.createTestingModule({
      imports: [EntraGuardModule.forRootAsync(options)],
      controllers: [Manual],
    })
      .setLogger(silent)
      .compile()
    const { url } = await listen(module)
    const entra = await module.get(Settings, { strict: false }).entra
    const token = await entra.issueUserToken()
    expect((await fetch(`${url}/open`)).status).toBe(401)
    expect((await fetch(`${url}/open`, { headers: { authorization: `Bearer ${token}` } })).status).toBe(200)
  })

  @Controller()
  class Unguarded {
    @Get('open')
    open(): string {
      return 'ok'
    }
  }
  it('takes name and guard beside the factory', async () => {
    const entra = await createEmulator()
    const module = await Test.createTestingModule({
      imports: [
        EntraGuardModule.forRootAsync({
          name: 'named',
          guard: 'manual',
          useFactory: () => entra.verifierOptions(),
        }),
      ],
      controllers: [Unguarded],
    }).compile()
    expect(module.get<Verifier>(getVerifierToken('named'))).toHaveProperty('authenticate')
    const { url } = await listen(module)
    expect((await fetch(`${url}/open`)).status).toBe(200)
  })
})

it('a test overrides the verifier in one line', async () => {
  @Module({
    imports: [
      EntraGuardModule.forRoot({
        tenants: '12345678-1234-4234-8234-123456789012',
        audience: ['api://12345678-1234-4234-8234-123456789013'],
      }),
    ],
    controllers: [Fine],
  })
  class AppModule {}
  const entra = await createEmulator()
  const module = await Test.createTestingModule({ imports: [AppModule] })
    .overrideProvider(getVerifierToken())
    .useValue(createVerifier(entra.verifierOptions()))
    .compile()
  const { url } = await listen(module)
  const headers = { authorization: `Bearer ${await entra.issueUserToken({ scopes: ['Orders.Read'] })}` }
  expect((await fetch(url, { headers })).status).toBe(200)
  expect((await fetch(url)).status).toBe(401)
})
