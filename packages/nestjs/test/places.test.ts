import { Access, CurrentApp, CurrentIdentity, CurrentUser, Public, UseVerifier } from '@entraguard/nestjs'
import { Field, InputType, InterfaceType, Int, ObjectType, Query, Resolver } from '@nestjs/graphql'
import { describe, expect, it } from 'vitest'

import { apollo, serve } from './graphql-app.ts'

const admins = { scopes: ['Orders.Admin'] } as const
const decorators = [
  ['@Access()', Access(admins)],
  ['@Public()', Public()],
  ['@UseVerifier()', UseVerifier('partners')],
] as const

describe.each(decorators)('%s throws where it would do nothing', (text, decorate) => {
  const refused = (place: string): string => `${place}: ${text} is for classes and their methods`
  // What the compiler refuses.
  const anywhere = decorate as (...place: unknown[]) => void

  it('on a property', () => {
    expect(() => {
      class Order {
        @anywhere
        salary = 42
      }
      return Order
    }).toThrow(refused('Order.salary'))
  })

  it('on an accessor', () => {
    expect(() => {
      class Order {
        @decorate
        get salary(): number {
          return 42
        }
      }
      return Order
    }).toThrow(refused('Order.salary'))
  })

  it('on a static method, which Nest never calls', () => {
    expect(() => {
      class Order {
        @decorate
        static list(): void {}
        get(): void {}
      }
      return Order
    }).toThrow(refused('Order.list'))
  })

  it('on a parameter of a method or constructor', () => {
    expect(() => {
      class Order {
        list(@anywhere _id: string): void {}
      }
      return Order
    }).toThrow(refused('Order.list'))
    expect(() => {
      class Order {
        constructor(@anywhere _id: string) {}
        get(): void {}
      }
      return Order
    }).toThrow(refused('Order'))
  })

  it('by hand, without the descriptor of the method', () => {
    class Order {
      list(): void {}
    }
    expect(() => anywhere(Order.prototype, 'list')).toThrow(TypeError)
  })

  it('does not compile on a property', () => {
    expect(() => {
      class Order {
        // @ts-expect-error -- a property has no descriptor
        @decorate
        salary = 42
      }
      return Order
    }).toThrow(TypeError)
  })
})

it.each([
  ['@CurrentIdentity()', CurrentIdentity()],
  ['@CurrentUser()', CurrentUser()],
  ['@CurrentApp()', CurrentApp()],
])('%s throws on what Nest does not call for a request', (_, decorate) => {
  expect(() => {
    class Order {
      constructor(@decorate _caller: unknown) {}
      get(): void {}
    }
    return Order
  }).toThrow(/^Order: the caller is for parameters of methods that Nest calls/)
  expect(() => {
    class Order {
      static list(@decorate _caller: unknown): void {}
      get(): void {}
    }
    return Order
  }).toThrow(/^Order\.list: /)
})

describe('a GraphQL application does not start with a rule on a type of its schema:', () => {
  @Resolver()
  class Orders {
    @Query(() => String)
    @Access(admins)
    order(): string {
      return 'secret'
    }
  }
  it.each([
    [
      'an object',
      () => {
        @Access(admins)
        @ObjectType()
        class Order {
          @Field()
          id: string = '1'
        }
        return Order
      },
    ],
    [
      'an object, below its decorator',
      () => {
        @ObjectType()
        @Access(admins)
        class Order {
          @Field()
          id: string = '1'
        }
        return Order
      },
    ],
    [
      'a method of an object',
      () => {
        @ObjectType()
        class Order {
          @Field(() => Int)
          @Access(admins)
          salary(): number {
            return 42
          }
        }
        return Order
      },
    ],
    [
      'an interface',
      () => {
        @InterfaceType()
        @Public()
        class Order {
          @Field()
          id: string = '1'
        }
        return Order
      },
    ],
    [
      'what clients send',
      () => {
        @InputType()
        @Access(admins)
        class Order {
          @Field()
          id!: string
        }
        return Order
      },
    ],
  ])('%s', async (_, define) => {
    const forget = define()
    try {
      await expect(serve(apollo(), { providers: [Orders] })).rejects.toThrow(
        /^Order: @Access\(\), @Public\(\) and @UseVerifier\(\) do nothing on a type of GraphQL/,
      )
    } finally {
      // Other applications of this process have nothing to do with it.
      Reflect.deleteMetadata('graphql:class_type', forget)
    }
  })
})
