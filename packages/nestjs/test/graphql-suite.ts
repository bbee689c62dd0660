import 'reflect-metadata'
import type { UserIdentity } from '@entraguard/core'
import type { Emulator } from '@entraguard/emulator'
import { Access, CurrentUser, Public } from '@entraguard/nestjs'
import { Injectable, Scope, type DynamicModule, type Type } from '@nestjs/common'
import {
  Directive,
  Field,
  ID,
  InterfaceType,
  Mutation,
  ObjectType,
  Parent,
  Query,
  ResolveField,
  ResolveReference,
  Resolver,
  Subscription,
} from '@nestjs/graphql'
import { describe, expect, it } from 'vitest'

import type { Platform } from './app.ts'
import { ask, codesOf, connect, serve, type Answer } from './graphql-app.ts'

const reads = { scopes: ['Orders.Read'] } as const

/** Which resolvers ran, with whom. */
let ran: string[] = []
const run = (name: string, user?: UserIdentity): string => {
  ran.push(name)
  return user === undefined ? name : user.key
}

@InterfaceType()
abstract class Item {
  @Field(() => ID) id!: string
}
@ObjectType({ implements: () => Item })
@Directive('@key(fields: "id")')
class Order implements Item {
  @Field(() => ID) id!: string
}
@ObjectType({ implements: () => Item })
@Directive('@key(fields: "id")')
class Invoice implements Item {
  @Field(() => ID) id!: string
}

/** Nest calls a resolver that is made for each call in another way than one that is there once. */
const scopes = { singleton: Scope.DEFAULT, 'request-scoped': Scope.REQUEST } as const

function resolversOf(scope: Scope): Type[] {
  @Injectable({ scope })
  @Resolver(() => Order)
  @Access(reads)
  class Orders {
    @Query(() => Order)
    @Public()
    order(): Order {
      return { id: '1' }
    }
    @Query(() => String)
    query(@CurrentUser() user: UserIdentity): string {
      return run('query', user)
    }
    @Mutation(() => String)
    mutation(@CurrentUser() user: UserIdentity): string {
      return run('mutation', user)
    }
    @ResolveField(() => String)
    field(@Parent() { id }: Order, @CurrentUser() user: UserIdentity): string {
      return `${id} ${run('field', user)}`
    }
    // Without a decorated parameter Nest calls the method itself.
    @ResolveField(() => String)
    plain(): string {
      return run('plain')
    }
    @ResolveReference()
    reference({ id }: Order): Order {
      return { id: `${run('reference')} ${id}` }
    }
  }
  @Injectable({ scope })
  @Resolver(() => Invoice)
  class Invoices {
    @Query(() => Invoice)
    @Public()
    invoice(): Invoice {
      return { id: '1' }
    }
    @ResolveReference()
    @Access(reads)
    ofCaller(@Parent() { id }: Invoice, @CurrentUser() user: UserIdentity): Invoice {
      return { id: `${id} ${run('ofCaller', user)}` }
    }
  }
  @Injectable({ scope })
  @Resolver(() => Item)
  class Items {
    @ResolveField(() => String)
    @Access(reads)
    ofInterface(@CurrentUser() user: UserIdentity): string {
      return run('ofInterface', user)
    }
  }
  // Nest warns of a subscription in a request-scoped class.
  @Injectable({ scope })
  @Resolver()
  @Access(reads)
  class Ticks {
    @Subscription(() => String)
    async *subscription(@CurrentUser() user: UserIdentity): AsyncGenerator<{ subscription: string }> {
      yield { subscription: run('subscription', user) }
    }
    @Subscription(() => String, { filter: () => true, resolve: ({ value }: { value: string }) => value })
    async *filtered(@CurrentUser() user: UserIdentity): AsyncGenerator<{ value: string }> {
      yield { value: run('filtered', user) }
    }
  }
  return [Orders, Invoices, Items, Ticks]
}

const entity = (type: string): string =>
  `{ _entities(representations: [{ __typename: "${type}", id: "7" }]) { ... on ${type} { id } } }`

type Row = readonly [name: string, query: string, value: (answer: Answer) => unknown]
const rows: readonly Row[] = [
  ['query', '{ query }', ({ data }) => data?.['query']],
  ['mutation', 'mutation { mutation }', ({ data }) => data?.['mutation']],
  ['subscription', 'subscription { subscription }', ({ data }) => data?.['subscription']],
  ['filtered', 'subscription { filtered }', ({ data }) => data?.['filtered']],
  ['field', '{ order { field } }', ({ data }) => (data?.['order'] as { field?: unknown } | null)?.field],
  ['plain', '{ order { plain } }', ({ data }) => (data?.['order'] as { plain?: unknown } | null)?.plain],
  [
    'ofInterface',
    '{ order { ofInterface } }',
    ({ data }) => (data?.['order'] as { ofInterface?: unknown } | null)?.ofInterface,
  ],
]
const firstEntity = ({ data }: Answer): unknown =>
  (data?.['_entities'] as Array<{ id?: unknown } | null> | undefined)?.[0]?.id
const references: readonly Row[] = [
  ['reference', entity('Order'), firstEntity],
  ['ofCaller', entity('Invoice'), firstEntity],
]

const send = async (url: string, query: string, token?: string): Promise<Answer> =>
  query.startsWith('subscription') ? (await connect(url, token)).ask(query) : ask(url, query, token)

async function expectGuarded(url: string, entra: Emulator, [name, query, valueOf]: Row): Promise<void> {
  ran = []
  expect([name, codesOf(await send(url, query))]).toStrictEqual([name, ['UNAUTHENTICATED']])
  const other = await entra.issueUserToken({ scopes: ['Orders.Write'] })
  expect([name, codesOf(await send(url, query, other))]).toStrictEqual([name, ['FORBIDDEN']])
  expect(ran).toStrictEqual([])
  const answer = await send(url, query, await entra.issueUserToken({ scopes: ['Orders.Read'] }))
  expect([name, answer.errors]).toStrictEqual([name, undefined])
  const isOfCaller = !['plain', 'reference'].includes(name)
  expect(valueOf(answer)).toContain(isOfCaller ? entra.directory.firstTenant.id : name)
  expect(ran).toStrictEqual([name])
}

export interface Server {
  readonly driver: (options: object) => DynamicModule
  readonly platform: Platform
}

interface Way {
  readonly guard: 'global' | 'manual'
  readonly fieldResolverEnhancers: readonly string[]
}
export const everyWay: readonly Way[] = [
  { guard: 'global', fieldResolverEnhancers: [] },
  { guard: 'manual', fieldResolverEnhancers: ['guards', 'filters', 'interceptors'] },
  { guard: 'manual', fieldResolverEnhancers: [] },
  { guard: 'global', fieldResolverEnhancers: ['guards'] },
]

/** What Nest calls for a query. */
export function describeResolvers(
  name: string,
  { driver, platform }: Server,
  { isSubgraph = false, ways = everyWay.slice(0, 2) }: { isSubgraph?: boolean; ways?: readonly Way[] } = {},
): void {
  const asked = isSubgraph ? [...rows, ...references] : rows
  describe.each(ways)(`${name}: $guard guard, enhancers of fields $fieldResolverEnhancers`, (way) => {
    it.each(Object.keys(scopes) as Array<keyof typeof scopes>)(
      'guards whatever Nest calls of a %s resolver',
      async (scope) => {
        const { guard, fieldResolverEnhancers } = way
        const providers = resolversOf(scopes[scope])
        const { url, entra } = await serve(
          driver({ fieldResolverEnhancers }),
          { providers },
          { platform, guard },
        )
        for (const row of asked) await expectGuarded(url, entra, row)
      },
    )
  })
}
