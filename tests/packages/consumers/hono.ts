import type { AppIdentity, Identity, UserIdentity, Verifier } from '@entraguard/core'
import { entraGuard, requireAccess } from '@entraguard/hono'
import { Hono } from 'hono'

import { expectType } from './expect-type.js'

export const create = (verifier: Verifier): Hono => {
  const app = new Hono()
  app
    .use('/api/*', entraGuard(verifier))
    .get('/api/me', (c) => {
      expectType<Identity>()(c.var.identity)
      return c.text('me')
    })
    .get('/api/orders', requireAccess({ scopes: ['Orders.Read'] }), (c) => {
      expectType<UserIdentity>()(c.var.identity)
      return c.text(c.var.identity.objectId)
    })
    .get('/api/all', requireAccess({ appPermissions: ['Orders.Read.All'] }), (c) => {
      expectType<AppIdentity>()(c.var.identity)
      return c.text('all')
    })
  app.get('/shop', entraGuard(verifier, undefined, { optional: true }), (c) => {
    expectType<Identity | undefined>()(c.var.identity)
    return c.text('shop')
  })

  // @ts-expect-error where no middleware ran there is no identity
  app.get('/open', (c) => c.json(c.var.identity))
  // @ts-expect-error an adapter takes a verifier, not its options
  entraGuard({ tenants: 'organizations', audience: 'api://orders' })
  // @ts-expect-error a misspelt key of an access
  requireAccess({ scope: ['Orders.Read'] })
  return app
}
