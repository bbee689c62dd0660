/* oxlint-disable vitest/expect-expect -- the type check is the test */
import { describe, expectTypeOf, it } from 'vitest'

import {
  allOf,
  anyOf,
  authorize,
  type Access,
  type AccessRule,
  type AppIdentity,
  type Identity,
  type IdentityFor,
  type NonEmptyList,
  type ObjectId,
  type TenantId,
  type UserIdentity,
  type Verifier,
} from '../../src/index.ts'

/*
 * The type check is the test: nothing here runs. A mistake that must not compile stands under `@ts-expect-error`.
 */
declare const identity: Identity
declare const verifier: Verifier

const forUser = (user: UserIdentity): string => user.key
const forTenant = (tenantId: TenantId): string => tenantId

/** Type checks what it is given and never calls it. */
function compiled(_code: () => unknown): void {}

describe('what a route asks decides what it gets', () => {
  it('scopes give a user', () => {
    compiled(() =>
      expectTypeOf(authorize(identity, { scopes: ['Orders.Read'] })).toEqualTypeOf<UserIdentity>(),
    )
    compiled(() =>
      expectTypeOf(authorize(identity, { scopes: allOf('a', 'b'), mfa: true })).toEqualTypeOf<UserIdentity>(),
    )
  })

  it('appPermissions give an app', () => {
    compiled(() =>
      expectTypeOf(authorize(identity, { appPermissions: ['Orders.Read.All'] })).toEqualTypeOf<AppIdentity>(),
    )
  })

  it('both give the union, which kind takes apart', () => {
    compiled(() => {
      const caller = authorize(identity, { scopes: ['a'], appPermissions: ['b'] })
      expectTypeOf(caller).toEqualTypeOf<UserIdentity | AppIdentity>()
      if (caller.kind === 'user') expectTypeOf(caller).toEqualTypeOf<UserIdentity>()
      else expectTypeOf(caller).toEqualTypeOf<AppIdentity>()
    })
  })

  it('callers give the kinds that they name', () => {
    compiled(() => expectTypeOf(authorize(identity, { callers: ['user'] })).toEqualTypeOf<UserIdentity>())
    compiled(() => expectTypeOf(authorize(identity, { callers: ['app'] })).toEqualTypeOf<AppIdentity>())
    compiled(() =>
      expectTypeOf(authorize(identity, { callers: ['user', 'app'] })).toEqualTypeOf<
        UserIdentity | AppIdentity
      >(),
    )
    compiled(() =>
      expectTypeOf(authorize(identity, { scopes: ['a'], callers: ['app'] })).toEqualTypeOf<
        UserIdentity | AppIdentity
      >(),
    )
  })

  it('alternatives give the union of what each gives', () => {
    compiled(() =>
      expectTypeOf(
        authorize(identity, anyOf({ scopes: ['a'], roles: ['Admin'] }, { scopes: ['b'] })),
      ).toEqualTypeOf<UserIdentity>(),
    )
    compiled(() =>
      expectTypeOf(
        authorize(identity, anyOf({ scopes: ['a'] }, { appPermissions: ['b'], clients: ['c'] })),
      ).toEqualTypeOf<UserIdentity | AppIdentity>(),
    )
  })

  it('an access that only its type is known of gives what it may hold', () => {
    expectTypeOf<IdentityFor<Access>>().toEqualTypeOf<UserIdentity | AppIdentity>()
    expectTypeOf<IdentityFor<AccessRule>>().toEqualTypeOf<UserIdentity | AppIdentity>()
    expectTypeOf<IdentityFor<AccessRule & { readonly scopes: NonEmptyList }>>().toEqualTypeOf<
      UserIdentity | AppIdentity
    >()
  })

  it('authenticate narrows in the same way, and without an access gives a user or an app', () => {
    compiled(async () => {
      expectTypeOf(await verifier.authenticate('', { scopes: ['a'] })).toEqualTypeOf<UserIdentity>()
      expectTypeOf(await verifier.authenticate('')).toEqualTypeOf<UserIdentity | AppIdentity>()
      expectTypeOf(await verifier.verify('')).toEqualTypeOf<Identity>()
    })
  })

  it('a user and an app have an object id and a key, an identity may have none', () => {
    expectTypeOf<UserIdentity['objectId']>().toEqualTypeOf<ObjectId>()
    expectTypeOf<AppIdentity['key']>().toEqualTypeOf<string>()
    expectTypeOf<Identity['objectId']>().toEqualTypeOf<ObjectId | undefined>()
  })
})

describe('mistakes that do not compile', () => {
  it('empty lists', () => {
    // @ts-expect-error -- an empty list would admit nobody, or everybody in a library that fails open
    compiled(() => authorize(identity, { scopes: [] }))
    // @ts-expect-error
    compiled(() => authorize(identity, { appPermissions: [] }))
    // @ts-expect-error
    compiled(() => authorize(identity, { scopes: ['a'], roles: [] }))
    // @ts-expect-error
    compiled(() => authorize(identity, { callers: [] }))
    // @ts-expect-error
    compiled(() => authorize(identity, { scopes: ['a'], groups: [] }))
    // @ts-expect-error
    compiled(() => authorize(identity, { scopes: ['a'], clients: [] }))
    // @ts-expect-error -- nothing to choose from
    compiled(() => authorize(identity, anyOf()))
    // @ts-expect-error -- all of nothing
    compiled(() => authorize(identity, { scopes: allOf() }))
  })

  it('a list whose length only the run will show', () => {
    const scopes: string[] = ['a']
    // @ts-expect-error -- it may be empty
    compiled(() => authorize(identity, { scopes }))
  })

  it('a string for a list, an unknown key, an unknown kind', () => {
    // @ts-expect-error -- one string is no list
    compiled(() => authorize(identity, { scopes: 'Orders.Read' }))
    // @ts-expect-error -- the key is called scopes
    compiled(() => authorize(identity, { scope: ['Orders.Read'] }))
    // @ts-expect-error -- nothing admits what cannot be told apart
    compiled(() => authorize(identity, { callers: ['unknown'] }))
    // @ts-expect-error -- leave mfa out instead
    compiled(() => authorize(identity, { scopes: ['a'], mfa: false }))
    // @ts-expect-error -- guests can only be refused
    compiled(() => authorize(identity, { scopes: ['a'], guests: 'allow' }))
    // @ts-expect-error -- not a way to authenticate
    compiled(() => authorize(identity, { scopes: ['a'], clientAuthentication: 'password' }))
  })

  it('alternatives inside alternatives, or mixed into a rule', () => {
    // @ts-expect-error -- one level is enough
    compiled(() => authorize(identity, anyOf(anyOf({ scopes: ['a'] }))))
  })

  it('an identity that nobody authorized where a user is needed', () => {
    // @ts-expect-error -- it may be an app, or unknown
    compiled(() => forUser(identity))
    // @ts-expect-error -- an app is no user
    compiled(() => forUser(authorize(identity, { appPermissions: ['a'] })))
  })

  it('an object id where a tenant id is needed', () => {
    compiled(() => forTenant(identity.tenantId))
    // @ts-expect-error -- both are GUIDs, and mixing them up has let people in
    compiled(() => forTenant(authorize(identity, { scopes: ['a'] }).objectId))
  })

  it('text for people where a string decides', () => {
    compiled(() => {
      if (identity.authority === 'b2c') return false
      const { email } = identity.claims
      // @ts-expect-error -- an address can be changed by its owner or another directory: it is no key
      const key: string | undefined = email
      // @ts-expect-error -- and nothing to decide on
      return email === 'admin@contoso.com' && key
    })
  })

  it('changing what an identity says', () => {
    compiled(() => {
      // @ts-expect-error -- readonly
      identity.scopes.push('Orders.Write')
      // @ts-expect-error -- readonly
      identity.kind = 'app'
    })
  })

  it('an ID token without nonce or client id', () => {
    // @ts-expect-error -- without the nonce anybody's sign-in would do
    compiled(() => verifier.verifyIdToken('', { clientId: 'a' }))
    // @ts-expect-error
    compiled(() => verifier.verifyIdToken('', { nonce: 'a' }))
  })
})
