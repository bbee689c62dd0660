import 'reflect-metadata'
import { createVerifier, type AppIdentity, type UserIdentity, type VerifierEvent } from '@entraguard/core'
import { createEmulator } from '@entraguard/emulator'
import {
  Access,
  CurrentIdentity,
  CurrentUser,
  EntraGuard,
  EntraGuardException,
  identityOf,
  Public,
} from '@entraguard/nestjs'
import {
  Catch,
  Injectable,
  Module,
  Scope,
  UseFilters,
  UseGuards,
  UseInterceptors,
  type ArgumentsHost,
  type CanActivate,
  type CallHandler,
  type ExceptionFilter,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common'
import { APP_GUARD, LazyModuleLoader } from '@nestjs/core'
import {
  createUnionType,
  Directive,
  Field,
  GqlExecutionContext,
  ID,
  ObjectType,
  Parent,
  Query,
  ResolveField,
  ResolveReference,
  Resolver,
  Subscription,
  type Enhancer,
} from '@nestjs/graphql'
import { describe, expect, it } from 'vitest'

import type { start } from './app.ts'
import { apollo, apolloFederation, ask, codesOf, connect, mercurius, serve } from './graphql-app.ts'

const reads = { scopes: ['Orders.Read'] } as const
type Prepare = NonNullable<NonNullable<Parameters<typeof start>[1]>['prepare']>
const enhancers: ReadonlyArray<Enhancer[]> = [[], ['guards']]
let ran: string[] = []
const note = (name: string): string => {
  ran.push(name)
  return name
}

describe('the type of an object', () => {
  const typeDefs = `
    extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key"])
    interface Item @key(fields: "id") { id: ID! }
    type Tea implements Item @key(fields: "id") { id: ID! }
    type Milk { fat: Int }
    union Drink = Tea | Milk
    type Query { drink: Drink milk: Milk item: Item }
  `
  @Resolver('Query')
  class Queries {
    @Query('drink')
    @Public()
    drink(): object {
      return { id: '1' }
    }
    @Query('item')
    @Public()
    item(): object {
      return { id: '1' }
    }
  }
  @Resolver('Drink')
  @Access(reads)
  class Drinks {
    @ResolveField('__resolveType')
    kind(): string {
      return note('Tea')
    }
  }
  @Resolver('Item')
  class Items {
    @ResolveField()
    @Access(reads)
    // oxlint-disable-next-line no-underscore-dangle -- the name that graphql-tools asks for
    __resolveType({ id }: { id: string }, _context: unknown, info: { fieldName: string }): string {
      note(`${info.fieldName} ${id}`)
      return 'Tea'
    }
  }
  const providers = [Queries, Drinks, Items]

  it.each([
    ['of a union', '{ drink { ... on Tea { id } } }', 'Tea'],
    ['of an interface', '{ item { id } }', 'item 1'],
    // Whoever sends this chooses the object, too: no other resolver ran before.
    [
      'of a reference',
      '{ _entities(representations: [{ __typename: "Item", id: "7" }]) { ... on Tea { id } } }',
      '_entities 7',
    ],
  ])('%s is found for callers that its resolver admits', async (_, query, done) => {
    ran = []
    for (const fieldResolverEnhancers of enhancers) {
      const graphql = apolloFederation({ autoSchemaFile: false, typeDefs, fieldResolverEnhancers })
      const { url, entra } = await serve(graphql, { providers })
      expect(codesOf(await ask(url, query))).toStrictEqual(['UNAUTHENTICATED'])
      const other = await entra.issueUserToken({ scopes: ['Orders.Write'] })
      expect(codesOf(await ask(url, query, other))).toStrictEqual(['FORBIDDEN'])
      expect(ran).toStrictEqual([])
      const reader = await entra.issueUserToken({ scopes: ['Orders.Read'] })
      expect((await ask(url, query, reader)).errors).toBeUndefined()
      expect(ran).toStrictEqual([done])
      ran = []
    }
  })

  it('is found by isTypeOf for them, too', async () => {
    @Resolver('Milk')
    @Access(reads)
    class Milks {
      @ResolveField('__isTypeOf')
      isMilk(): boolean {
        return note('Milk') === 'Milk'
      }
    }
    @Resolver('Query')
    class Dairy {
      @Query('milk')
      @Public()
      milk(): object {
        return { fat: 3 }
      }
    }
    ran = []
    const graphql = apolloFederation({ autoSchemaFile: false, typeDefs })
    const { url, entra } = await serve(graphql, { providers: [Milks, Dairy] })
    expect(codesOf(await ask(url, '{ milk { fat } }'))).toStrictEqual(['UNAUTHENTICATED'])
    expect(ran).toStrictEqual([])
    const reader = await entra.issueUserToken({ scopes: ['Orders.Read'] })
    expect(await ask(url, '{ milk { fat } }', reader)).toStrictEqual({ data: { milk: { fat: 3 } } })
  })
})

@ObjectType()
@Directive('@key(fields: "id")')
class Order {
  @Field(() => ID) id!: string
}

@Resolver(() => Order)
@Access(reads)
class Orders {
  @Query(() => Order)
  @Public()
  open(): Order {
    return { id: '1' }
  }
  @Query(() => [Order])
  orders(): Order[] {
    return Array.from({ length: 50 }, (_, index) => ({ id: String(index) }))
  }
  @Query(() => String)
  query(@CurrentUser() user: UserIdentity): string {
    return note(user.kind)
  }
  @ResolveField(() => String)
  owner(@CurrentUser() user: UserIdentity): string {
    return note(user.kind)
  }
  @ResolveReference()
  reference(@Parent() { id }: Order, @CurrentUser() user: UserIdentity): Order {
    note(user.kind)
    return { id }
  }
}

const entity = '{ _entities(representations: [{ __typename: "Order", id: "7" }]) { ... on Order { id } } }'
const everything = ['{ query }', '{ open { owner } }', entity]

@Resolver(() => Order)
class OpenOrders {
  @Query(() => Order)
  @Public()
  open(): Order {
    return { id: '1' }
  }
  @Query(() => Order)
  guarded(): Order {
    return { id: '1' }
  }
}
@Resolver(() => Order)
class Owners {
  @ResolveField(() => String)
  owner(@CurrentUser() user: UserIdentity): string {
    return user.kind
  }
}

describe('a resolver that Nest has not made itself', () => {
  it.each([
    ['a factory made', { provide: Orders, useFactory: () => new Orders() }],
    ['is a value', { provide: Orders, useValue: new Orders() }],
    ['has a token of its own', { provide: 'orders', useClass: Orders }],
    ['a factory made under another token', { provide: 'orders', useFactory: () => new Orders() }],
  ])('that %s is guarded in both modes', async (_, provider) => {
    for (const guard of ['global', 'manual'] as const) {
      ran = []
      const { url, entra } = await serve(apolloFederation(), { providers: [provider] }, { guard })
      const reader = await entra.issueUserToken({ scopes: ['Orders.Read'] })
      const other = await entra.issueUserToken({ scopes: ['Orders.Write'] })
      for (const query of everything) {
        expect(codesOf(await ask(url, query))).toStrictEqual(['UNAUTHENTICATED'])
        expect(codesOf(await ask(url, query, other))).toStrictEqual(['FORBIDDEN'])
      }
      expect(ran).toStrictEqual([])
      for (const query of everything) expect((await ask(url, query, reader)).errors).toBeUndefined()
      expect(ran).toStrictEqual(['user', 'user', 'user'])
    }
  })
})

describe('a query or a mutation', () => {
  it('is guarded whatever the name of its method', async () => {
    @Resolver()
    @Access(reads)
    class Odd {
      @Query(() => String, { name: 'odd' })
      // oxlint-disable-next-line no-underscore-dangle -- Nest asks no guard for a method of this name
      __resolveType(): string {
        return note('odd')
      }
    }
    ran = []
    for (const guard of ['global', 'manual'] as const) {
      const { url, entra } = await serve(apollo(), { providers: [Odd] }, { guard })
      expect(codesOf(await ask(url, '{ odd }'))).toStrictEqual(['UNAUTHENTICATED'])
      expect(ran).toStrictEqual([])
      const reader = await entra.issueUserToken({ scopes: ['Orders.Read'] })
      expect(await ask(url, '{ odd }', reader)).toStrictEqual({ data: { odd: 'odd' } })
      ran = []
    }
  })
})

describe('a resolver of a lazily loaded module', () => {
  it('is called by nobody', async () => {
    @Resolver()
    class Late {
      @Query(() => String)
      late(): string {
        return note('late')
      }
    }
    @Module({ providers: [Late] })
    class LateModule {}
    @Module({ imports: [apollo({ path: '/late' })], providers: [Late] })
    class LateServer {}
    ran = []
    const { url, app } = await serve(apollo(), { providers: [Orders] })
    const loader = app.get(LazyModuleLoader)
    await loader.load(() => LateModule)
    await loader.load(() => LateServer)
    expect((await ask(url, '{ late }')).errors).toMatchObject([
      { message: expect.stringContaining('Cannot query field') as string },
    ])
    expect((await fetch(`${url}/late?query={late}`)).status).toBe(404)
    expect(ran).toStrictEqual([])
  })
})

describe('a middleware of a field', () => {
  it('runs after the guard of the resolver, which gets its caller all the same', async () => {
    ran = []
    const fieldMiddleware = [
      async (_: unknown, next: () => Promise<unknown>) => {
        note('middleware')
        return next()
      },
    ]
    for (const fieldResolverEnhancers of enhancers) {
      const graphql = apolloFederation({ buildSchemaOptions: { fieldMiddleware }, fieldResolverEnhancers })
      const { url, entra } = await serve(graphql, { providers: [Orders] })
      for (const query of everything)
        expect(codesOf(await ask(url, query))).toStrictEqual(['UNAUTHENTICATED'])
      expect(ran).toStrictEqual([])
      const reader = await entra.issueUserToken({ scopes: ['Orders.Read'] })
      for (const query of everything) expect((await ask(url, query, reader)).errors).toBeUndefined()
      // Queries have none, and the id of the reference is a field too.
      expect(ran).toStrictEqual(['user', 'middleware', 'user', 'middleware', 'user', 'middleware'])
      ran = []
    }
  })
})

describe('a field', () => {
  it('is asked for once in an execution, however many objects have it', async () => {
    const entra = await createEmulator()
    let checks = 0
    const verifier = createVerifier({ ...entra.verifierOptions(), check: () => void (checks += 1) })
    const { url } = await serve(apollo(), { providers: [Orders] }, { verifier })
    const reader = await entra.issueUserToken({ scopes: ['Orders.Read'] })
    const { data } = await ask(url, '{ orders { owner } }', reader)
    expect(data?.['orders']).toHaveLength(50)
    expect(checks).toBe(2)
    await ask(url, '{ orders { owner } }', reader)
    expect(checks).toBe(4)
  })
})

describe('without rules a resolver', () => {
  @Resolver(() => Order)
  class Plain {
    @Query(() => Order)
    @Public()
    open(): Order {
      return { id: '1' }
    }
    @ResolveField(() => String)
    note(): string {
      return 'noted'
    }
    @ResolveField(() => String)
    owner(@CurrentUser() user: UserIdentity): string {
      return user.kind
    }
    @ResolveField(() => String)
    @Public()
    price(): string {
      return '1'
    }
    @ResolveReference()
    reference({ id }: Order): Order {
      return { id }
    }
  }

  it("is for everybody with a token, where the guard is global, and for all with guard: 'manual'", async () => {
    const { url, entra } = await serve(apolloFederation(), { providers: [Plain] })
    expect(codesOf(await ask(url, '{ open { note } }'))).toStrictEqual(['UNAUTHENTICATED'])
    expect(codesOf(await ask(url, entity))).toStrictEqual(['UNAUTHENTICATED'])
    const token = await entra.issueUserToken()
    expect(await ask(url, '{ open { note } }', token)).toStrictEqual({ data: { open: { note: 'noted' } } })
    expect(await ask(url, entity, token)).toStrictEqual({ data: { _entities: [{ id: '7' }] } })
    expect(await ask(url, '{ open { price } }')).toStrictEqual({ data: { open: { price: '1' } } })

    const manual = await serve(apolloFederation(), { providers: [Plain] }, { guard: 'manual' })
    expect(await ask(manual.url, '{ open { note } }')).toStrictEqual({ data: { open: { note: 'noted' } } })
    expect(await ask(manual.url, entity)).toStrictEqual({ data: { _entities: [{ id: '7' }] } })
  })

  it('is guarded in both modes where it takes the caller', async () => {
    for (const guard of ['global', 'manual'] as const) {
      const { url, entra } = await serve(apolloFederation(), { providers: [Plain] }, { guard })
      expect(codesOf(await ask(url, '{ open { owner } }'))).toStrictEqual(['UNAUTHENTICATED'])
      const answer = await ask(url, '{ open { owner } }', await entra.issueUserToken())
      expect(answer).toStrictEqual({ data: { open: { owner: 'user' } } })
      const app = await entra.issueAppToken()
      expect(codesOf(await ask(url, '{ open { owner } }', app))).toStrictEqual(['FORBIDDEN'])
    }
  })
})

const guardEverything: Prepare = (app) => app.useGlobalGuards(app.get(EntraGuard))

describe('a field of a query that is public', () => {
  @Resolver(() => Order)
  class Fields {
    @Query(() => Order)
    @Public()
    open(): Order {
      return { id: '1' }
    }
    @ResolveField(() => String)
    plain(): string {
      return note('plain')
    }
    @ResolveField(() => String)
    @UseGuards(EntraGuard)
    guarded(): string {
      return note('guarded')
    }
    @ResolveField(() => String)
    caller(@CurrentIdentity() caller: UserIdentity | AppIdentity): string {
      return note(caller.kind)
    }
  }

  it("is guarded with guard: 'manual' by @UseGuards(EntraGuard), and where it takes any caller", async () => {
    ran = []
    const { url, entra } = await serve(apollo(), { providers: [Fields] }, { guard: 'manual' })
    for (const field of ['guarded', 'caller'])
      expect(codesOf(await ask(url, `{ open { ${field} } }`))).toStrictEqual(['UNAUTHENTICATED'])
    expect(ran).toStrictEqual([])
    const { data } = await ask(url, '{ open { plain guarded caller } }', await entra.issueAppToken())
    expect(data).toStrictEqual({ open: { plain: 'plain', guarded: 'guarded', caller: 'app' } })
    expect(await ask(url, '{ open { plain } }')).toStrictEqual({ data: { open: { plain: 'plain' } } })
  })

  it('is guarded by EntraGuard where the application registers that for everything itself', async () => {
    ran = []
    const own = { guard: 'manual', prepare: guardEverything } as const
    const { url } = await serve(apollo(), { providers: [Fields] }, own)
    expect(codesOf(await ask(url, '{ open { plain } }'))).toStrictEqual(['UNAUTHENTICATED'])
    expect(ran).toStrictEqual([])
  })
})

describe('a refusal', () => {
  it('of a field is told to onEvent once, however many objects have it', async () => {
    const events: VerifierEvent[] = []
    const entra = await createEmulator()
    const verifier = createVerifier({ ...entra.verifierOptions(), onEvent: (event) => events.push(event) })
    @Resolver(() => Order)
    class Lists {
      @Query(() => [Order])
      @Public()
      list(): Order[] {
        return Array.from({ length: 50 }, (_, index) => ({ id: String(index) }))
      }
    }
    const { url } = await serve(apollo(), { providers: [Lists, Owners] }, { verifier })
    expect((await ask(url, '{ list { owner } }')).errors).not.toHaveLength(0)
    expect(events.filter(({ type }) => type === 'token_refused')).toHaveLength(1)
  })

  it('that a filter answers with a value stays one, for objects of the field that come later too', async () => {
    @Catch(EntraGuardException)
    class Hides implements ExceptionFilter<EntraGuardException> {
      catch(): string {
        return 'hidden'
      }
    }
    let release!: () => void
    const released = new Promise<void>((resolve) => (release = resolve))
    @Resolver(() => Order)
    class Lists {
      @Query(() => Order)
      @Public()
      now(): Order {
        return { id: '1' }
      }
      @Query(() => Order)
      @Public()
      async later(): Promise<Order> {
        await released
        return { id: '2' }
      }
      @ResolveField(() => String)
      @Access(reads)
      owner(): string {
        return note('owner')
      }
      @Query(() => String)
      @Public()
      async end(): Promise<string> {
        // By now the field of the other query has been answered.
        await new Promise((resolve) => setImmediate(resolve))
        release()
        return 'end'
      }
    }
    ran = []
    const prepare: Prepare = (app) => app.useGlobalFilters(new Hides())
    const graphql = apollo({ fieldResolverEnhancers: ['filters'] })
    const { url } = await serve(graphql, { providers: [Lists] }, { prepare })
    const answer = await ask(url, '{ now { owner } later { owner } end }')
    expect(ran).toStrictEqual([])
    expect(answer.data).toMatchObject({ now: { owner: 'hidden' }, later: { owner: 'hidden' } })
  })

  it('comes to a filter that stands on the method alone, as a refusal in GraphQL', async () => {
    @Catch(EntraGuardException)
    class Tells implements ExceptionFilter<EntraGuardException> {
      catch({ cause }: EntraGuardException, host: ArgumentsHost): string {
        return `${host.getType<string>()} ${cause.code}`
      }
    }
    @Resolver()
    class Told {
      @Query(() => String)
      @Access(reads)
      @UseFilters(Tells)
      told(): string {
        return note('told')
      }
    }
    ran = []
    const { url } = await serve(apollo(), { providers: [Told] })
    expect(await ask(url, '{ told }')).toStrictEqual({ data: { told: 'graphql token_missing' } })
    expect(ran).toStrictEqual([])
  })

  it('has its challenge in the header, whichever resolver refused', async () => {
    for (const platform of ['express', 'fastify'] as const) {
      const { get } = await serve(apollo(), { providers: [Orders] }, { platform })
      const headers = { 'apollo-require-preflight': 'true' }
      for (const query of ['{query}', '{open{owner}}']) {
        const response = await get(`/graphql?query=${query}`, undefined, { headers })
        expect(response.headers.get('www-authenticate')).toMatch(/^Bearer /)
      }
    }
  })

  it('asks guards and interceptors of your own no more often because filters may answer it', async () => {
    class Own implements CanActivate {
      canActivate(): boolean {
        note('guard')
        return true
      }
    }
    class Around implements NestInterceptor {
      intercept(_: ExecutionContext, next: CallHandler): ReturnType<NestInterceptor['intercept']> {
        note('interceptor')
        return next.handle()
      }
    }
    @Resolver()
    @UseGuards(Own)
    @UseInterceptors(Around)
    class Bounded {
      @Query(() => String)
      around(): string {
        return note('around')
      }
    }
    ran = []
    const { url, entra } = await serve(apollo(), { providers: [Bounded] })
    await ask(url, '{ around }', await entra.issueUserToken())
    expect(ran).toStrictEqual(['guard', 'interceptor', 'around'])
  })

  it('comes to filters where Nest asks them, and what they make of it is the answer', async () => {
    const seen: string[] = []
    @Catch(EntraGuardException)
    class Log implements ExceptionFilter<EntraGuardException> {
      catch(exception: EntraGuardException): unknown {
        seen.push(exception.cause.code)
        return new Error('no')
      }
    }
    const prepare: Prepare = (app) => app.useGlobalFilters(new Log())
    ran = []
    for (const guard of ['global', 'manual'] as const) {
      const graphql = apolloFederation({ fieldResolverEnhancers: ['filters'] })
      const { url } = await serve(graphql, { providers: [Orders] }, { guard, prepare })
      for (const query of everything)
        expect((await ask(url, query)).errors).toMatchObject([{ message: 'no' }])
      expect(seen.splice(0)).toStrictEqual(['token_missing', 'token_missing', 'token_missing'])
    }
    const { url } = await serve(apolloFederation(), { providers: [Orders] }, { prepare })
    for (const query of everything) await ask(url, query)
    expect(seen).toStrictEqual(['token_missing'])
    expect(ran).toStrictEqual([])
  })
})

it('interceptors see the caller of each resolver, in their own context and in that of GraphQL', async () => {
  const seen: unknown[] = []
  class Callers implements NestInterceptor {
    intercept(context: ExecutionContext, next: CallHandler): ReturnType<NestInterceptor['intercept']> {
      seen.push(identityOf(context)?.kind, identityOf(GqlExecutionContext.create(context))?.kind)
      return next.handle()
    }
  }
  const prepare: Prepare = (app) => app.useGlobalInterceptors(new Callers())
  const graphql = apolloFederation({ fieldResolverEnhancers: ['interceptors'] })
  const { url, entra } = await serve(graphql, { providers: [Orders] }, { prepare })
  const reader = await entra.issueUserToken({ scopes: ['Orders.Read'] })
  for (const query of everything) await ask(url, query, reader)
  // The query in the middle is public.
  expect(seen).toStrictEqual(['user', 'user', undefined, undefined, 'user', 'user', 'user', 'user'])
})

describe('a subscription', () => {
  it('gives its events without a question; the fields of their objects are asked for each time', async () => {
    const entra = await createEmulator()
    let open!: () => void
    @ObjectType()
    class Shipment {
      @Field(() => ID) id!: string
    }
    @Resolver(() => Shipment)
    @Access(reads)
    class Shipments {
      @Query(() => String)
      some(): string {
        return ''
      }
      @Subscription(() => Shipment)
      async *shipment(): AsyncGenerator<{ shipment: Shipment }> {
        yield { shipment: { id: '1' } }
        await new Promise<void>((resolve) => (open = resolve))
        yield { shipment: { id: '2' } }
      }
      @ResolveField(() => String, { nullable: true })
      receiver(@CurrentUser() user: UserIdentity): string {
        return user.kind
      }
    }
    const verifier = createVerifier(entra.verifierOptions())
    const { url } = await serve(apollo(), { providers: [Shipments] }, { verifier })
    const client = await connect(url, await entra.issueUserToken({ scopes: ['Orders.Read'] }))
    const first = await client.ask('subscription { shipment { id receiver } }')
    expect(first).toStrictEqual({ data: { shipment: { id: '1', receiver: 'user' } } })
    entra.advance(7200)
    const next = client.next()
    open()
    const second = await next
    expect(second.data).toStrictEqual({ shipment: { id: '2', receiver: null } })
    expect(codesOf(second)).toStrictEqual(['UNAUTHENTICATED'])
  })
})

describe('a field without a resolver', () => {
  it('is for whoever its object is for', async () => {
    const { url } = await serve(apollo(), { providers: [Orders] })
    expect(await ask(url, '{ open { id } }')).toStrictEqual({ data: { open: { id: '1' } } })
    expect(codesOf(await ask(url, '{ orders { id } }'))).toStrictEqual(['UNAUTHENTICATED'])
  })
})

describe('a reference', () => {
  it('is asked for whoever names it, and each type by its own rules', async () => {
    @ObjectType()
    @Directive('@key(fields: "id")')
    class Price {
      @Field(() => ID) id!: string
    }
    @Resolver(() => Price)
    class Prices {
      @Query(() => Price)
      @Public()
      price(): Price {
        return { id: '1' }
      }
      @ResolveReference()
      @Public()
      reference({ id }: Price): Price {
        return { id: `price ${id}` }
      }
    }
    ran = []
    const { url, entra } = await serve(apolloFederation(), { providers: [Orders, Prices] })
    const both = `{ _entities(representations: [{ __typename: "Order", id: "7" }, { __typename: "Price", id: "8" }]) {
      ... on Order { id } ... on Price { id } } }`
    const refused = await ask(url, both)
    expect(refused.data).toStrictEqual({ _entities: [null, { id: 'price 8' }] })
    expect(codesOf(refused)).toStrictEqual(['UNAUTHENTICATED'])
    expect(ran).toStrictEqual([])
    const answer = await ask(url, both, await entra.issueUserToken({ scopes: ['Orders.Read'] }))
    expect(answer).toStrictEqual({ data: { _entities: [{ id: '7' }, { id: 'price 8' }] } })
  })
})

describe('an entity without a reference resolver', () => {
  it('is what the client sends, and its fields are guarded', async () => {
    @ObjectType()
    @Directive('@key(fields: "id")')
    class Parcel {
      @Field(() => ID) id!: string
    }
    @Resolver(() => Parcel)
    class Parcels {
      @Query(() => Parcel)
      parcel(): Parcel {
        return { id: '1' }
      }
      @ResolveField(() => String)
      contents(@Parent() { id }: Parcel): string {
        return note(`contents of ${id}`)
      }
    }
    ran = []
    const { url, entra } = await serve(apolloFederation(), { providers: [Parcels] })
    const [id, contents] = ['id', 'contents'].map(
      (field) =>
        `{ _entities(representations: [{ __typename: "Parcel", id: "7" }]) { ... on Parcel { ${field} } } }`,
    ) as [string, string]
    expect(await ask(url, id)).toStrictEqual({ data: { _entities: [{ id: '7' }] } })
    expect(codesOf(await ask(url, contents))).toStrictEqual(['UNAUTHENTICATED'])
    expect(ran).toStrictEqual([])
    const answer = await ask(url, contents, await entra.issueUserToken())
    expect(answer).toStrictEqual({ data: { _entities: [{ contents: 'contents of 7' }] } })
  })
})

describe('a resolver that is made for each request', () => {
  it('is guarded before it is made', async () => {
    @Injectable({ scope: Scope.REQUEST })
    @Resolver(() => Order)
    @Access(reads)
    class Made {
      constructor() {
        note('made')
      }
      @Query(() => String)
      some(): string {
        return 'some'
      }
      @ResolveReference()
      reference({ id }: Order): Order {
        return { id }
      }
    }
    ran = []
    const { url, entra } = await serve(apolloFederation(), { providers: [Made, OpenOrders] })
    for (const query of ['{ some }', entity])
      expect(codesOf(await ask(url, query))).toStrictEqual(['UNAUTHENTICATED'])
    expect(ran).toStrictEqual([])
    const reader = await entra.issueUserToken({ scopes: ['Orders.Read'] })
    for (const query of ['{ some }', entity]) expect((await ask(url, query, reader)).errors).toBeUndefined()
    expect(ran).toStrictEqual(['made', 'made'])
  })
})

describe('a function in the options', () => {
  it('is no method that Nest calls: nobody asks for a token', async () => {
    const ofField = apollo({ resolvers: { Order: { id: () => 'from the options' } } })
    const first = await serve(ofField, { providers: [Orders] })
    expect(await ask(first.url, '{ open { id } }')).toStrictEqual({
      data: { open: { id: 'from the options' } },
    })

    const loaders = { Order: { id: async (all: unknown[]) => all.map(() => 'from a loader') } }
    const ofLoader = mercurius({ loaders })
    const second = await serve(ofLoader, { providers: [Orders] }, { platform: 'fastify' })
    expect(await ask(second.url, '{ open { id } }')).toStrictEqual({
      data: { open: { id: 'from a loader' } },
    })
  })

  it('that finds the type of an object is none either', async () => {
    const Found = createUnionType({
      name: 'Found',
      types: () => [Order] as const,
      resolveType: () => note('Order'),
    })
    @Resolver()
    class Search {
      @Query(() => Found)
      @Public()
      search(): object {
        return { id: '1' }
      }
    }
    ran = []
    const { url } = await serve(apollo(), { providers: [Search] })
    const query = '{ search { ... on Order { id } } }'
    expect(await ask(url, query)).toStrictEqual({ data: { search: { id: '1' } } })
    expect(ran).toStrictEqual(['Order'])
  })
})

describe('the schema', () => {
  it('is told to everybody, by introspection and to a gateway', async () => {
    const { url } = await serve(apolloFederation({ introspection: true }), { providers: [Orders] })
    const told = await ask(url, '{ __schema { queryType { name } } _service { sdl } }')
    expect(told.data).toMatchObject({
      __schema: { queryType: { name: 'Query' } },
      _service: { sdl: expect.stringContaining('type Order') as string },
    })
  })
})

describe('a guard of your own', () => {
  it('is asked after EntraGuard, and for fields only with fieldResolverEnhancers', async () => {
    class Own implements CanActivate {
      canActivate(context: ExecutionContext): boolean {
        note(`${context.getHandler().name} for ${identityOf(context)?.kind}`)
        return true
      }
    }
    for (const fieldResolverEnhancers of enhancers) {
      ran = []
      const own = { provide: APP_GUARD, useClass: Own }
      const { url, entra } = await serve(apollo({ fieldResolverEnhancers }), {
        providers: [OpenOrders, Owners, own],
      })
      await ask(url, '{ guarded { owner } }')
      expect(ran).toStrictEqual([])
      await ask(url, '{ guarded { owner } }', await entra.issueUserToken())
      const ofField = fieldResolverEnhancers.length === 0 ? [] : ['owner for user']
      expect(ran).toStrictEqual(['guarded for user', ...ofField])
    }
  })
})
