import { createVerifier } from '@entraguard/core'
import { createEmulator } from '@entraguard/emulator'
import {
  Access,
  EntraGuard,
  EntraGuardModule,
  getVerifierToken,
  Public,
  UseVerifier,
} from '@entraguard/nestjs'
import { GuardedGateway } from '@entraguard/nestjs/ws'
import { Controller, Get, Global, Module, UseGuards, type DynamicModule } from '@nestjs/common'
import { Query, Resolver } from '@nestjs/graphql'
import { MessagePattern } from '@nestjs/microservices'
import { WebSocketGateway } from '@nestjs/websockets'
import { describe, expect, it } from 'vitest'

import { apollo, serve } from './graphql-app.ts'
import { start, statusOf } from './app.ts'

const reads = { scopes: ['Orders.Read'] } as const

async function partners(): Promise<DynamicModule> {
  const entra = await createEmulator()
  return EntraGuardModule.forRoot({ name: 'partners', guard: 'manual', ...entra.verifierOptions() })
}

@Controller('method')
class OnMethod {
  @Get()
  @UseVerifier('partners')
  list(): string {
    return 'secret'
  }
}
@Controller('class')
@UseVerifier('partners')
class OnClass {
  @Get()
  list(): string {
    return 'secret'
  }
}
@Controller()
@UseVerifier('partners')
class OnMessages {
  @MessagePattern('a')
  list(): string {
    return 'secret'
  }
}
@Resolver()
@UseVerifier('partners')
class OnResolver {
  @Query(() => String)
  list(): string {
    return 'secret'
  }
}

describe("with guard: 'manual', an application does not start where a verifier is named and no guard asks it", () => {
  const problem = /\.list: it has @UseVerifier\(\) and no guard, so everybody could call it: put @Access\(\)/
  it.each([
    ['on a method', OnMethod],
    ['on a class', OnClass],
    ['on a class with messages', OnMessages],
  ])('%s', async (_, controller) => {
    const starting = start({ imports: [await partners()], controllers: [controller] }, { guard: 'manual' })
    await expect(starting).rejects.toThrow(problem)
    await expect(starting).rejects.toBeInstanceOf(TypeError)
  })

  it('on a resolver', async () => {
    const imports = [await partners()]
    await expect(serve(apollo(), { imports, providers: [OnResolver] }, { guard: 'manual' })).rejects.toThrow(
      problem,
    )
  })

  it('but it does where a guard is on the method, the class or the application', async () => {
    @Controller('a')
    @UseVerifier('partners')
    class Mixed {
      @Get('access')
      @Access(reads)
      access(): string {
        return 'listed'
      }
      @Get('guard')
      @UseGuards(EntraGuard)
      guard(): string {
        return 'listed'
      }
      @Get('open')
      @Public()
      open(): string {
        return 'open'
      }
      helper(): string {
        return 'no route'
      }
    }
    const { get } = await start({ imports: [await partners()], controllers: [Mixed] }, { guard: 'manual' })
    expect(await statusOf(get('/a/access'))).toBe(401)
    expect(await statusOf(get('/a/guard'))).toBe(401)
    expect(await statusOf(get('/a/open'))).toBe(200)

    const inMain = await start(
      { imports: [await partners()], controllers: [OnMethod, OnClass] },
      { guard: 'manual', prepare: (app) => void app.useGlobalGuards(app.get(EntraGuard)) },
    )
    expect(await statusOf(inMain.get('/method'))).toBe(401)
    expect(await statusOf(inMain.get('/class'))).toBe(401)
  })
})

describe('where every EntraGuardModule has a name', () => {
  @Controller()
  class Unnamed {
    @Get()
    list(): string {
      return 'listed'
    }
  }
  @Controller()
  @Access(reads)
  class UnnamedAccess {
    @Get()
    list(): string {
      return 'listed'
    }
  }
  @WebSocketGateway()
  @GuardedGateway()
  class UnnamedGateway {
    handleConnection(): void {}
  }
  const problem = 'it names no verifier, and every EntraGuardModule has a name: put @UseVerifier()'

  it('an application does not start with a route that names no verifier', async () => {
    for (const guard of ['global', 'manual'] as const)
      await expect(start({ controllers: [UnnamedAccess] }, { name: 'partners', guard })).rejects.toThrow(
        `UnnamedAccess.list: ${problem}`,
      )
    await expect(start({ controllers: [Unnamed] }, { name: 'partners' })).rejects.toThrow(
      `Unnamed.list: ${problem}`,
    )
    await expect(start({ providers: [UnnamedGateway] }, { name: 'partners' })).rejects.toThrow(
      `UnnamedGateway: ${problem}`,
    )
  })

  it('routes that nobody asks for a token need none', async () => {
    const manual = await start({ controllers: [Unnamed] }, { name: 'partners', guard: 'manual' })
    expect(await statusOf(manual.get('/'))).toBe(200)
    @Controller()
    @Public()
    class Open extends Unnamed {}
    const { get } = await start({ controllers: [Open] }, { name: 'partners' })
    expect(await statusOf(get('/'))).toBe(200)
  })

  it('the application itself may provide the verifier without a name', async () => {
    const entra = await createEmulator()
    const token = getVerifierToken()
    @Global()
    @Module({
      providers: [{ provide: token, useValue: createVerifier(entra.verifierOptions()) }],
      exports: [token],
    })
    class OwnVerifier {}
    const { get } = await start({ imports: [OwnVerifier], controllers: [Unnamed] }, { name: 'partners' })
    expect(await statusOf(get('/', await entra.issueUserToken()))).toBe(200)
    expect(await statusOf(get('/'))).toBe(401)
  })
})
