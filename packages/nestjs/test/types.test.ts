import 'reflect-metadata'
import {
  anyOf,
  createVerifier,
  type AppIdentity,
  type EntraGuardError,
  type UserIdentity,
  type Verifier,
} from '@entraguard/core'
import {
  Access,
  CurrentIdentity,
  CurrentUser,
  EntraGuardException,
  EntraGuardModule,
  identityOf,
  InjectVerifier,
  Public,
  UseVerifier,
  type OptionalRouteDecorator,
} from '@entraguard/nestjs'
import { applyDecorators, Get, type DynamicModule } from '@nestjs/common'
import { describe, expect, expectTypeOf, it } from 'vitest'

const options = { tenants: '11111111-1111-4111-8111-111111111111', audience: ['api://orders'] }

const OrdersReader = (): MethodDecorator =>
  applyDecorators(Get(), Access({ scopes: ['Orders.Read'] }), UseVerifier('partners'))

describe('the types', () => {
  it('of forRoot take options or a verifier, not both, and no options without an audience', () => {
    expectTypeOf(EntraGuardModule.forRoot(options)).toEqualTypeOf<DynamicModule>()
    expectTypeOf(
      EntraGuardModule.forRoot({ verifier: createVerifier(options), name: 'a' }),
    ).toEqualTypeOf<DynamicModule>()
    // @ts-expect-error an API without an audience accepts the tokens of every other one
    EntraGuardModule.forRoot({ tenants: options.tenants })
    // @ts-expect-error the options would be ignored
    EntraGuardModule.forRoot({ ...options, verifier: createVerifier(options) })
    // @ts-expect-error RS256 only
    EntraGuardModule.forRoot({ ...options, algorithms: ['RS256'] })
    // @ts-expect-error a misspelt word
    EntraGuardModule.forRoot({ ...options, guard: 'Manual' })
  })

  it('of forRootAsync hold for what the factory returns', () => {
    expectTypeOf(
      EntraGuardModule.forRootAsync({ useFactory: async () => options, guard: 'manual' }),
    ).toEqualTypeOf<DynamicModule>()
    // @ts-expect-error no audience
    EntraGuardModule.forRootAsync({ useFactory: () => ({ tenants: options.tenants }) })
    class Settings {
      create(): typeof options {
        return options
      }
    }
    EntraGuardModule.forRootAsync({ useClass: Settings })
    // @ts-expect-error it has no method create
    EntraGuardModule.forRootAsync({ useClass: Date })
  })

  it('of @Access refuse what admits nobody on sight', () => {
    Access({ scopes: ['Orders.Read'] })
    Access(anyOf({ scopes: ['a'] }, { callers: ['app'] }))
    // @ts-expect-error an empty list
    expect(() => Access({ scopes: [] })).toThrow(TypeError)
    // @ts-expect-error an unknown key
    expect(() => Access({ scope: ['Orders.Read'] })).toThrow(TypeError)
    // @ts-expect-error no access at all
    expect(() => Access()).toThrow(TypeError)
  })

  it('of an optional token ask for parameters that may be undefined', () => {
    const optional = { optional: true } as const
    const Featured = (): MethodDecorator => applyDecorators(Get(), Access({ scopes: ['a'] }, optional))
    @Access({ scopes: ['a'] }, optional)
    class Controller {
      @Access({ scopes: ['a'] }, optional)
      one(@CurrentUser() _user: UserIdentity | undefined, _id: string, _any: never): void {}
      @Featured()
      other(_request: unknown, @CurrentIdentity() _caller?: UserIdentity | AppIdentity): void {}
      // @ts-expect-error without a token it is undefined
      @Access({ scopes: ['a'] }, optional)
      forgets(_id: string, @CurrentUser() _user: UserIdentity): void {}
      // @ts-expect-error as that of the other kinds
      @Access({ scopes: ['a'] }, { optional: true })
      forgetsToo(@CurrentIdentity() _caller: UserIdentity | AppIdentity): void {}
      @Access({ scopes: ['a'] }, { optional: false })
      known(@CurrentUser() _user: UserIdentity): void {}
    }
    expectTypeOf(Access({ scopes: ['a'] }, optional)).toEqualTypeOf<OptionalRouteDecorator>()
    // @ts-expect-error a misspelt option
    expect(() => Access({ scopes: ['a'] }, { optinal: true })).toThrow(TypeError)
    // @ts-expect-error a variable of the environment is text
    expect(() => Access({ scopes: ['a'] }, { optional: 'false' })).toThrow(TypeError)
    expect(Controller).toBeDefined()
  })

  it('of the decorators let them stand on classes, methods and inside others', () => {
    @Access({ callers: ['user'] })
    class Controller {
      @InjectVerifier() readonly verifier!: Verifier
      @OrdersReader()
      list(@CurrentUser() _user: unknown): void {}
      @Public()
      open(): void {}
    }
    // @ts-expect-error it stands on parameters
    expect(() => CurrentUser()(Controller)).toThrow(TypeError)
    expect(Controller).toBeDefined()
  })

  it('of what comes out are narrow', () => {
    expectTypeOf<ReturnType<typeof identityOf>>().toExtend<{ readonly kind: 'user' | 'app' } | undefined>()
    expectTypeOf<EntraGuardException['cause']>().toEqualTypeOf<EntraGuardError>()
    expectTypeOf<EntraGuardException['challenge']['status']>().toEqualTypeOf<400 | 401 | 403 | 503>()
  })
})
