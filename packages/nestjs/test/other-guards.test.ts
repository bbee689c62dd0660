import 'reflect-metadata'
import { createVerifier, type AppIdentity, type UserIdentity } from '@entraguard/core'
import { createEmulator, type Emulator } from '@entraguard/emulator'
import {
  Access,
  calledBy,
  CurrentIdentity,
  CurrentUser,
  EntraGuard,
  EntraGuardModule,
  identityOf,
} from '@entraguard/nestjs'
import {
  Controller,
  Get,
  Injectable,
  Module,
  Scope,
  UseGuards,
  type CanActivate,
  type ExecutionContext,
  type ModuleMetadata,
  type Provider,
} from '@nestjs/common'
import { APP_GUARD } from '@nestjs/core'
import { Test, type TestingModuleBuilder } from '@nestjs/testing'
import { of } from 'rxjs'
import { beforeEach, describe, expect, it, vi } from 'vitest'

import { listen, platforms, silent, start, statusOf } from './app.ts'

let seen: unknown[] = []
beforeEach(() => {
  seen = []
})

@Injectable()
class OwnGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    seen.push(identityOf(context)?.kind)
    return true
  }
}
const asAppGuard: Provider = { provide: APP_GUARD, useClass: OwnGuard }
const forEachRequest: Provider = { ...asAppGuard, scope: Scope.REQUEST }

@Controller()
class Orders {
  @Get()
  list(): string {
    return 'list'
  }
  @Get('access')
  @Access({ scopes: ['Orders.Read'] })
  access(): string {
    return 'access'
  }
  @Get('guards')
  @UseGuards(EntraGuard)
  guards(): string {
    return 'guards'
  }
  @Get('user')
  user(@CurrentUser() user: UserIdentity): string {
    return user.key
  }
  @Get('own')
  @UseGuards(OwnGuard)
  own(): string {
    return 'own'
  }
}

@Controller('visits')
class Visits {
  @Get()
  @Access({ callers: ['user', 'app'] }, { optional: true })
  visit(@CurrentIdentity() caller: UserIdentity | AppIdentity | undefined): string {
    return caller?.kind ?? 'nobody'
  }
  @Get('write')
  @Access({ scopes: ['Orders.Write'] })
  write(@CurrentUser() user: UserIdentity): string {
    return user.key
  }
}

@Module({ providers: [asAppGuard] })
class OwnGuardModule {
  readonly has = OwnGuard
}

describe.each(platforms)('guards of your own, on %s,', (platform) => {
  it('run before EntraGuard and know no caller where the application registers itself what is asked first', async () => {
    const providers = [asAppGuard, { provide: APP_GUARD, useExisting: EntraGuard }]
    const { get, entra } = await start({ controllers: [Orders], providers }, { platform, guard: 'manual' })
    expect(await statusOf(get('/'))).toBe(401)
    expect(await statusOf(get('/', await entra.issueUserToken()))).toBe(200)
    expect(seen).toStrictEqual([undefined, undefined])
  })

  it.each<[string, ModuleMetadata, 'global' | 'manual']>([
    ['AppModule', { providers: [asAppGuard] }, 'global'],
    ['AppModule, as one that is made for each request', { providers: [forEachRequest] }, 'global'],
    ['a module that is imported after EntraGuardModule', { imports: [OwnGuardModule] }, 'global'],
    [
      'AppModule after EntraGuard, which the application registers itself',
      { providers: [{ provide: APP_GUARD, useExisting: EntraGuard }, asAppGuard] },
      'manual',
    ],
  ])('know the caller where they are registered by %s', async (_, metadata, guard) => {
    const { get, entra } = await start({ controllers: [Orders], ...metadata }, { platform, guard })
    expect(await statusOf(get('/'))).toBe(401)
    expect(seen).toStrictEqual([])
    expect(await statusOf(get('/', await entra.issueAppToken()))).toBe(200)
    expect(await statusOf(get('/', await entra.issueUserToken()))).toBe(200)
    expect(seen).toStrictEqual(['app', 'user'])
  })

  it('know the caller where main.ts registers them, and where they come before EntraGuardModule', async () => {
    const entra = await createEmulator()
    const imports = [OwnGuardModule, EntraGuardModule.forRoot(entra.verifierOptions())]
    const builder = Test.createTestingModule({ imports, controllers: [Orders] }).setLogger(silent)
    const { url } = await listen(await builder.compile(), platform, (app) => {
      app.useGlobalGuards(new OwnGuard())
    })
    expect((await fetch(url)).status).toBe(401)
    const headers = { authorization: `Bearer ${await entra.issueUserToken()}` }
    expect((await fetch(url, { headers })).status).toBe(200)
    expect(seen).toStrictEqual(['user', 'user'])
  })

  it('know the caller where they stand on a class or method', async () => {
    const { get, entra } = await start({ controllers: [Orders] }, { platform })
    expect(await statusOf(get('/own'))).toBe(401)
    expect(await statusOf(get('/own', await entra.issueUserToken()))).toBe(200)
    expect(seen).toStrictEqual(['user'])
  })
})

const opens: CanActivate = { canActivate: () => true }

describe.each(platforms)('a test that replaces EntraGuard, on %s,', (platform) => {
  const statuses = async (
    guard: 'global' | 'manual',
    override: (builder: TestingModuleBuilder) => TestingModuleBuilder,
  ): Promise<Record<string, number>> => {
    const options = { tenants: '11111111-1111-4111-8111-111111111111', audience: ['api://orders'] }
    @Module({ imports: [EntraGuardModule.forRoot({ ...options, guard })], controllers: [Orders] })
    class AppModule {
      readonly isRoot = true
    }
    const builder = Test.createTestingModule({ imports: [AppModule] }).setLogger(silent)
    const { url } = await listen(await override(builder).compile(), platform)
    const routes = ['', 'access', 'guards', 'user']
    const answers = await Promise.all(routes.map(async (route) => statusOf(fetch(`${url}/${route}`))))
    return Object.fromEntries(routes.map((route, n) => [route, answers[n] ?? 0]))
  }

  it.each(['global', 'manual'] as const)(
    "opens every route by overrideGuard, with guard: '%s'; who takes a caller has none",
    async (guard) => {
      const everywhere = { '': 200, access: 200, guards: 200, user: 500 }
      expect(await statuses(guard, (app) => app.overrideGuard(EntraGuard).useValue(opens))).toStrictEqual(
        everywhere,
      )
      @Injectable()
      class Opens implements CanActivate {
        canActivate(): boolean {
          return true
        }
      }
      expect(await statuses(guard, (app) => app.overrideGuard(EntraGuard).useClass(Opens))).toStrictEqual(
        everywhere,
      )
      const factory = { factory: () => opens }
      expect(await statuses(guard, (app) => app.overrideGuard(EntraGuard).useFactory(factory))).toStrictEqual(
        everywhere,
      )
    },
  )

  it.each(['global', 'manual'] as const)(
    "opens every route by overrideProvider, too, with guard: '%s', whatever kind of answer it gives",
    async (guard) => {
      const everywhere = { '': 200, access: 200, guards: 200, user: 500 }
      const answers: CanActivate[] = [
        opens,
        { canActivate: async () => true },
        { canActivate: () => of(true) },
      ]
      for (const answer of answers) {
        const replaced = await statuses(guard, (app) => app.overrideProvider(EntraGuard).useValue(answer))
        expect(replaced).toStrictEqual(everywhere)
      }
      const closed = await statuses(guard, (app) =>
        app.overrideProvider(EntraGuard).useValue({ canActivate: () => of(false) }),
      )
      expect(closed).toMatchObject({ access: 403, guards: 403 })
    },
  )

  it('opens every route by one that extends EntraGuard, too, also where no route names a guard', async () => {
    class Opens extends EntraGuard {
      override canActivate(): boolean {
        return true
      }
    }
    @Controller()
    class Plain {
      @Get()
      list(): string {
        return 'list'
      }
    }
    const options = (await createEmulator()).verifierOptions()
    const builder = Test.createTestingModule({
      imports: [EntraGuardModule.forRoot(options)],
      controllers: [Plain],
    })
    const replaced = builder.overrideGuard(EntraGuard).useClass(Opens).setLogger(silent)
    const { url } = await listen(await replaced.compile(), platform)
    expect(await statusOf(fetch(url))).toBe(200)
  })

  it('closes every route with one that says no', async () => {
    const closes: CanActivate = { canActivate: () => false }
    const closed = await statuses('global', (app) => app.overrideGuard(EntraGuard).useValue(closes))
    expect(closed).toStrictEqual({ '': 403, access: 403, guards: 403, user: 403 })
  })

  it('not at all, gets 401', async () => {
    expect(await statuses('global', (app) => app)).toStrictEqual({
      '': 401,
      access: 401,
      guards: 401,
      user: 401,
    })
  })
})

const identityOfToken = async (entra: Emulator, token: string): Promise<UserIdentity | AppIdentity> =>
  createVerifier(entra.verifierOptions()).authenticate(`Bearer ${token}`)

describe.each(platforms)('a test that says who calls, on %s,', (platform) => {
  const startAs = async (
    who: (entra: Emulator) => Promise<UserIdentity | AppIdentity | undefined>,
    guard: 'global' | 'manual',
  ): Promise<(path: string) => Promise<Response>> => {
    const entra = await createEmulator()
    // No verifier of a test: what is asked is the caller alone.
    const settings = { tenants: '12345678-1234-4234-8234-123456789012', audience: 'api://orders', guard }
    const module = await Test.createTestingModule({
      imports: [EntraGuardModule.forRoot(settings)],
      controllers: [Orders, Visits],
    })
      .overrideGuard(EntraGuard)
      .useValue(calledBy(await who(entra)))
      .setLogger(silent)
      .compile()
    const { url } = await listen(module, platform)
    return async (path) => fetch(`${url}/${path}`)
  }

  it.each(['global', 'manual'] as const)(
    "asks what the routes ask, and hands the caller out, with guard: '%s'",
    async (guard) => {
      const ada = await startAs(
        async (entra) => identityOfToken(entra, await entra.issueUserToken({ scopes: ['Orders.Write'] })),
        guard,
      )
      expect((await ada('access')).status).toBe(403)
      expect((await ada('visits/write')).status).toBe(200)
      expect(await (await ada('visits')).text()).toBe('user')
      const app = await startAs(async (entra) => identityOfToken(entra, await entra.issueAppToken()), guard)
      expect((await app('visits/write')).status).toBe(403)
      expect(await (await app('visits')).text()).toBe('app')
    },
  )

  it('or that nobody does: what needs a caller is refused, what may have one is not', async () => {
    const get = await startAs(async () => undefined, 'global')
    expect((await get('access')).status).toBe(401)
    expect((await get('')).status).toBe(401)
    expect(await (await get('visits')).text()).toBe('nobody')
  })
})

it('nobody says who calls in production', () => {
  vi.stubEnv('NODE_ENV', 'production')
  expect(() => calledBy(undefined)).toThrow('calledBy() is for tests')
  vi.unstubAllEnvs()
})
