import 'reflect-metadata'
import { createEmulator } from '@entraguard/emulator'
import { Access, EntraGuard, EntraGuardModule, Public } from '@entraguard/nestjs'
import { ApolloDriver, type ApolloDriverConfig } from '@nestjs/apollo'
import { Module, Scope, UseGuards, type DynamicModule } from '@nestjs/common'
import { APP_GUARD } from '@nestjs/core'
import { Field, GraphQLModule, ID, ObjectType, Query, ResolveField, Resolver } from '@nestjs/graphql'
import { Test } from '@nestjs/testing'
import { of } from 'rxjs'
import { describe, expect, it } from 'vitest'

import { listen, silent, start } from './app.ts'
import { apollo, ask, codesOf, serve } from './graphql-app.ts'

@Resolver()
@Access({ scopes: ['Orders.Read'] })
class Orders {
  @Query(() => String)
  orders(): string {
    return 'orders'
  }
}

@ObjectType()
class Item {
  @Field(() => ID) id!: string
}

const wraps: MethodDecorator = (_target, _key, descriptor: PropertyDescriptor) => {
  descriptor.value = () => 'secret'
}

const starts = async (...imports: DynamicModule[]): Promise<string> => {
  const module = await Test.createTestingModule({ imports, providers: [Orders] })
    .setLogger(silent)
    .compile()
  return (await listen(module)).url
}
const guard = async (): Promise<DynamicModule> =>
  EntraGuardModule.forRoot((await createEmulator()).verifierOptions())

const later = (options: object): DynamicModule =>
  GraphQLModule.forRootAsync<ApolloDriverConfig>({
    driver: ApolloDriver,
    useFactory: async () => ({ autoSchemaFile: true, playground: false, ...options }),
  })

describe('a GraphQL application does not start when', () => {
  it('its resolvers ask for an access, and nobody imported the module: fields would be open', async () => {
    const starting = starts(apollo())
    await expect(starting).rejects.toThrow(/EntraGuardModule/)
    await expect(starting).rejects.toBeInstanceOf(TypeError)
  })

  it('GraphQLModule has made its schema before', async () => {
    await expect(starts({ ...apollo(), global: true }, await guard())).rejects.toThrow(
      /import it after EntraGuardModule/,
    )
  })

  it.each<[string, unknown[]]>([
    ['nothing here knows', []],
    ['has nothing where those may be', [null, undefined, 'text']],
    ['has no driver', [{ filterResolvers() {} }]],
    ['finds its resolvers in another way', [{ mergeDefaultOptions() {} }]],
    ['has only something of those names', [{ filterResolvers: true }, { mergeDefaultOptions: true }]],
    ['has a driver in name only', [{ filterResolvers() {} }, { mergeDefaultOptions: true }]],
    ['finds its resolvers in name only', [{ filterResolvers: true }, { mergeDefaultOptions() {} }]],
  ])('its GraphQLModule is one that %s', async (_, values) => {
    @Module({})
    class OtherGraphqlModule {}
    const known = values.map((useValue, index) => ({ provide: `known ${index}`, useValue }))
    const options = { provide: 'GqlModuleOptions', useValue: {} }
    const other = { module: OtherGraphqlModule, providers: [options, ...known] }
    await expect(starts(await guard(), other)).rejects.toThrow(/version of @nestjs\/graphql is not supported/)
  })

  it('a guard that extends EntraGuard stands on a field, or is made for each request, and Nest would not ask it', async () => {
    class OwnGuard extends EntraGuard {}
    @Resolver(() => Item)
    class Items {
      @Query(() => Item)
      item(): Item {
        return { id: '1' }
      }
      @ResolveField(() => String)
      @UseGuards(OwnGuard)
      price(): string {
        return '1'
      }
    }
    const enhanced = apollo({ fieldResolverEnhancers: ['guards'] })
    const byRequest = { provide: APP_GUARD, useClass: EntraGuard, scope: Scope.REQUEST }
    const manual = { guard: 'manual' } as const
    const asksNest = /^Items\.price: Nest runs its guard only with fieldResolverEnhancers/
    await expect(serve(apollo(), { providers: [Items] }, manual)).rejects.toThrow(asksNest)
    await expect(serve(apollo(), { providers: [Items, byRequest] }, manual)).rejects.toThrow(asksNest)
    const made = { provide: Items, useFactory: () => new Items() }
    await expect(serve(enhanced, { providers: [made] }, manual)).rejects.toThrow(
      /^Items\.price: .* is the provider/,
    )
    // Another class of the module has such a guard, which Nest therefore makes.
    @Resolver()
    class Others {
      @Query(() => String)
      @UseGuards(OwnGuard)
      other(): string {
        return 'other'
      }
    }
    const named = { provide: 'items', useClass: Items }
    await expect(serve(enhanced, { providers: [Others, named] }, manual)).rejects.toThrow(
      /^Items\.price: .* is the provider/,
    )
    const { url, entra } = await serve(enhanced, { providers: [Items, OwnGuard] }, manual)
    expect(codesOf(await ask(url, '{ item { price } }'))).toStrictEqual(['UNAUTHENTICATED'])
    const answer = await ask(url, '{ item { price } }', await entra.issueUserToken())
    expect(answer).toStrictEqual({ data: { item: { price: '1' } } })
  })

  it.each(['global', 'manual'] as const)(
    'a factory makes a resolver whose rules are lost, %s: no module knows its class',
    async (mode) => {
      const access = { scopes: ['Orders.Admin'] } as const
      @Resolver()
      class Wrapped {
        @Query(() => String)
        @wraps
        @Access(access)
        secret(): string {
          return 'secret'
        }
      }
      abstract class Base {
        @Query(() => String)
        @Access(access)
        secret(): string {
          return 'secret'
        }
      }
      @Resolver()
      class Overriding extends Base {
        @Query(() => String)
        override secret(): string {
          return 'secret'
        }
      }
      class Helper {
        help(): void {}
      }
      @Resolver()
      @Access(access)
      class Mixed {
        @Query(() => String)
        secret(): string {
          return 'secret'
        }
      }
      Object.defineProperty(Mixed.prototype, 'constructor', { value: Helper })
      for (const [made, message] of [
        [Wrapped, /^Wrapped\.secret: a decorator above @Access\(\) replaced the method/],
        [Overriding, /^Overriding\.secret: it overrides a method with @Access\(\)/],
        [Mixed, /^Helper: its prototype belongs to another class of this name/],
      ] as const) {
        const provider = { provide: 'made', useFactory: () => new made() }
        const starting = serve(apollo(), { providers: [provider] }, { guard: mode })
        await expect(starting).rejects.toThrow(message)
        await expect(starting).rejects.toBeInstanceOf(TypeError)
      }
    },
  )

  it('such a guard stands on what finds the type of an object, for which Nest asks none', async () => {
    class OwnGuard extends EntraGuard {}
    @Resolver()
    class Odd {
      @Query(() => String, { name: 'odd' })
      @UseGuards(OwnGuard)
      // oxlint-disable-next-line no-underscore-dangle -- the name by which Nest knows it
      __resolveType(): string {
        return 'odd'
      }
    }
    const enhanced = apollo({ fieldResolverEnhancers: ['guards'] })
    await expect(serve(enhanced, { providers: [Odd, OwnGuard] }, { guard: 'manual' })).rejects.toThrow(
      /^Odd\.__resolveType: Nest runs its guard only with/,
    )
  })

  it('but does where such a guard is an object, which Nest asks whoever made the resolver', async () => {
    let isOpen = true
    class OwnGuard extends EntraGuard {
      override canActivate(): boolean {
        return isOpen
      }
    }
    @Resolver()
    class Items {
      @Query(() => String)
      @UseGuards(new OwnGuard())
      item(): string {
        return 'item'
      }
    }
    for (const provider of [Items, { provide: Items, useFactory: () => new Items() }]) {
      const { url } = await serve(apollo(), { providers: [provider] }, { guard: 'manual' })
      for (isOpen of [true, false])
        expect((await ask(url, '{ item }')).data).toStrictEqual(isOpen ? { item: 'item' } : null)
    }
  })

  it('but does where such a guard stands on a class and the field is @Public()', async () => {
    class OwnGuard extends EntraGuard {}
    @Resolver(() => Item)
    @UseGuards(OwnGuard)
    class Items {
      @Query(() => Item)
      @Public()
      item(): Item {
        return { id: '1' }
      }
      @ResolveField(() => String)
      @Public()
      price(): string {
        return '1'
      }
    }
    const { url } = await serve(apollo(), { providers: [Items, OwnGuard] }, { guard: 'manual' })
    expect(await ask(url, '{ item { price } }')).toStrictEqual({ data: { item: { price: '1' } } })
  })

  it('but does where a guard that extends EntraGuard stands on a query, which Nest asks', async () => {
    class OwnGuard extends EntraGuard {}
    @Resolver()
    class Items {
      @Query(() => String)
      @UseGuards(OwnGuard)
      item(): string {
        return 'item'
      }
    }
    const { url, entra } = await serve(apollo(), { providers: [Items, OwnGuard] }, { guard: 'manual' })
    expect(codesOf(await ask(url, '{ item }'))).toStrictEqual(['UNAUTHENTICATED'])
    expect(await ask(url, '{ item }', await entra.issueUserToken())).toStrictEqual({ data: { item: 'item' } })
  })

  it('a factory gives a context with a request for all calls', async () => {
    const context = { req: { headers: {} } }
    await expect(starts(await guard(), later({ context }))).rejects.toThrow(/"context" of GraphQLModule/)
    const subscriptions = { 'graphql-ws': { context } }
    await expect(starts(await guard(), later({ subscriptions }))).rejects.toThrow(
      /"context" of GraphQLModule/,
    )
  })
})

describe('it is guarded', () => {
  it('wherever the module is imported', async () => {
    for (const imports of [
      [apollo(), await guard()],
      [await guard(), { ...apollo(), global: true }],
      [later({ context: {} }), await guard()],
    ])
      expect(codesOf(await ask(await starts(...imports), '{ orders }'))).toStrictEqual(['UNAUTHENTICATED'])
  })

  it('with several modules, by the verifier of each, at every path', async () => {
    const entra = await createEmulator()
    const partners = EntraGuardModule.forRoot({ ...entra.verifierOptions(), name: 'partners' })
    const { url, entra: own } = await start({
      imports: [partners, apollo(), apollo({ path: '/second', subscriptions: {} })],
      providers: [Orders],
    })
    const token = await own.issueUserToken({ scopes: ['Orders.Read'] })
    expect(codesOf(await ask(url, '{ orders }'))).toStrictEqual(['UNAUTHENTICATED'])
    expect(await ask(url, '{ orders }', token)).toStrictEqual({ data: { orders: 'orders' } })
    const headers = { 'apollo-require-preflight': 'true' }
    expect(await (await fetch(`${url}/second?query={orders}`, { headers })).json()).toMatchObject({
      errors: [{}],
    })
  })

  it('by what a test has put in the place of the guard', async () => {
    @Resolver(() => Item)
    @Access({ scopes: ['Orders.Read'] })
    class Items {
      @Query(() => Item)
      item(): Item {
        return { id: '1' }
      }
      @ResolveField(() => String)
      price(): string {
        return '1'
      }
    }
    for (const mode of ['global', 'manual'] as const)
      for (const isOpen of [true, false]) {
        const options = (await createEmulator()).verifierOptions()
        const imports = [EntraGuardModule.forRoot({ ...options, guard: mode }), apollo()]
        const module = await Test.createTestingModule({ imports, providers: [Items] })
          .overrideGuard(EntraGuard)
          .useValue({ canActivate: () => of(isOpen) })
          .setLogger(silent)
          .compile()
        const answer = await ask((await listen(module)).url, '{ item { price } }')
        expect(answer.data).toStrictEqual(isOpen ? { item: { price: '1' } } : null)
        // As Nest says it.
        const messages = answer.errors?.map(({ message }) => message)
        expect(messages).toStrictEqual(isOpen ? undefined : ['Forbidden resource'])
      }
  })
})
