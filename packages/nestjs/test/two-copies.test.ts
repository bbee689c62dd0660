import { Access, Public } from '@entraguard/nestjs'
import { Query, ResolveField, Resolver, ObjectType, Field } from '@nestjs/graphql'
import { SubscribeMessage, WebSocketGateway } from '@nestjs/websockets'
import { beforeAll, describe, expect, it, vi } from 'vitest'

import { start } from './app.ts'
import { apollo, mercurius, serve } from './graphql-app.ts'

/** As pnpm installs a package twice whose peers have two versions. */
let other: typeof import('@entraguard/nestjs')
let otherSockets: typeof import('@entraguard/nestjs/ws')
beforeAll(async () => {
  vi.resetModules()
  other = await import('@entraguard/nestjs')
  otherSockets = await import('@entraguard/nestjs/ws')
  vi.resetModules()
})

const admins = { scopes: ['Orders.Admin'] } as const

describe.each(['global', 'manual'] as const)('with two copies of the package, %s', (guard) => {
  it.each([
    ['Apollo', apollo, 'express'],
    ['Mercurius', mercurius, 'fastify'],
  ] as const)(
    'an application does not start whose fields are guarded by the copy without a module, %s',
    async (_, graphql, platform) => {
      @ObjectType()
      class Order {
        @Field()
        id: string = '1'
      }
      @Resolver(() => Order)
      class Orders {
        @Query(() => Order)
        @Access({ scopes: ['Orders.Read'] })
        order(): Order {
          return new Order()
        }
        @ResolveField(() => String)
        @other.Access(admins)
        secret(): string {
          return 'secret'
        }
      }
      const starting = serve(graphql(), { providers: [Orders] }, { guard, platform })
      await expect(starting).rejects.toThrow(/the same copy of @entraguard\/nestjs, and there are two/)
      await expect(starting).rejects.toBeInstanceOf(TypeError)
    },
  )

  it('an application does not start with a gateway that one opens and the other guards', async () => {
    @WebSocketGateway()
    @otherSockets.GuardedGateway()
    @Public()
    class Orders {
      @SubscribeMessage('a')
      a(): string {
        return 'secret'
      }
    }
    await expect(start({ providers: [Orders] }, { guard })).rejects.toThrow(
      /^Orders: it is guarded by another copy of @entraguard\/nestjs/,
    )
  })
})
