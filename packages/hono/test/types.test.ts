import { anyOf, createVerifier, type AppIdentity, type Identity, type UserIdentity } from '@entraguard/core'
import { createEmulator } from '@entraguard/emulator'
import { Hono, type Context } from 'hono'
import { hc } from 'hono/client'
import { describe, expect, expectTypeOf, it } from 'vitest'

import { entraGuard, requireAccess } from '../src/index.ts'

const entra = await createEmulator()
const verifier = createVerifier(entra.verifierOptions())

describe('the type of c.var.identity', () => {
  it('is what the access of the route admits', () => {
    const app = new Hono()
      .use('/api/*', entraGuard(verifier))
      .get('/api/any', (c) => {
        expectTypeOf(c.var.identity).toEqualTypeOf<Identity>()
        return c.text('')
      })
      .get('/api/user', requireAccess({ scopes: ['Orders.Read'] }), (c) => {
        expectTypeOf(c.var.identity).toExtend<UserIdentity>()
        expectTypeOf(c.var.identity.kind).toEqualTypeOf<'user'>()
        expectTypeOf(c.get('identity').key).toEqualTypeOf<string>()
        return c.text('')
      })
      .get('/api/app', requireAccess({ appPermissions: ['Orders.Read.All'] }), (c) => {
        expectTypeOf(c.var.identity.kind).toEqualTypeOf<'app'>()
        return c.text('')
      })
      .get(
        '/api/either',
        requireAccess(anyOf({ scopes: ['Orders.Read'] }, { appPermissions: ['Orders.Read.All'] })),
        (c) => {
          expectTypeOf(c.var.identity.kind).toEqualTypeOf<'user' | 'app'>()
          return c.text('')
        },
      )
    expect(app.routes.length).toBeGreaterThan(0)
  })

  it('comes from the guard itself when it has the access', () => {
    new Hono().get('/alone', entraGuard(verifier, { appPermissions: ['Orders.Read.All'] }), (c) => {
      expectTypeOf(c.var.identity).toEqualTypeOf<AppIdentity>()
      return c.text('')
    })
  })

  it('may be undefined where the guard is optional', () => {
    const options: { optional: boolean } = { optional: true }
    new Hono()
      .get('/a', entraGuard(verifier, undefined, { optional: true }), (c) => {
        expectTypeOf(c.var.identity).toEqualTypeOf<Identity | undefined>()
        return c.text('')
      })
      .get('/b', entraGuard(verifier, { scopes: ['Orders.Read'] }, options), (c) => {
        expectTypeOf(c.var.identity).toEqualTypeOf<UserIdentity | undefined>()
        return c.text('')
      })
      .get('/c', entraGuard(verifier, undefined, { realm: 'orders' }), (c) => {
        expectTypeOf(c.var.identity).toEqualTypeOf<Identity>()
        return c.text('')
      })
      .get('/c2', entraGuard(verifier, undefined, {}), (c) => {
        expectTypeOf(c.var.identity).toEqualTypeOf<Identity>()
        return c.text('')
      })
      .get(
        '/d',
        entraGuard(verifier, undefined, { optional: true }),
        requireAccess({ scopes: ['a'] }),
        (c) => {
          expectTypeOf(c.var.identity.kind).toEqualTypeOf<'user'>()
          return c.text('')
        },
      )
  })

  it('goes through app.route and leaves the RPC client its types', () => {
    const orders = new Hono().get('/', requireAccess({ scopes: ['Orders.Read'] }), (c) =>
      c.json({ key: c.var.identity.key }),
    )
    const app = new Hono().use(entraGuard(verifier)).route('/orders', orders)
    const client = hc<typeof app>('http://api.test')
    type Answer = Awaited<ReturnType<Awaited<ReturnType<typeof client.orders.$get>>['json']>>
    expectTypeOf<Answer>().toEqualTypeOf<{ key: string }>()
  })

  it('lets a factory read the bindings, with their types where they are named', () => {
    interface Bindings {
      readonly TENANT: string
    }
    new Hono<{ Bindings: Bindings }>()
      .use(
        '/api/*',
        entraGuard((c: Context<{ Bindings: Bindings }>) => {
          expectTypeOf(c.env.TENANT).toEqualTypeOf<string>()
          return createVerifier({ tenants: c.env.TENANT, audience: 'api' })
        }),
      )
      .get('/api/x', requireAccess({ scopes: ['a'] }), (c) => {
        expectTypeOf(c.env.TENANT).toEqualTypeOf<string>()
        expectTypeOf(c.var.identity.kind).toEqualTypeOf<'user'>()
        return c.text('')
      })
    entraGuard((c) => createVerifier({ tenants: String(c.env.TENANT), audience: 'api' }))
  })
})

describe('what must not compile', () => {
  it('is reading an identity where nothing checked the token', () => {
    const app = new Hono()
      // @ts-expect-error -- there is no global type that promises an identity
      .get('/', (c) => c.text(String(c.get('identity'))))
    expect(app.routes).toHaveLength(1)
  })

  it('is an access that admits nobody, or an unknown key', () => {
    // @ts-expect-error -- a list of scopes has at least one
    expect(() => requireAccess({ scopes: [] })).toThrow(TypeError)
    // @ts-expect-error -- a misspelt key
    expect(() => requireAccess({ scope: ['Orders.Read'] })).toThrow(TypeError)
    // @ts-expect-error -- options are no verifier
    expect(() => entraGuard({ tenants: 'a', audience: 'b' })).toThrow(TypeError)
    // @ts-expect-error -- an option that does not exist
    expect(() => entraGuard(verifier, undefined, { required: false })).toThrow(TypeError)
  })
})
