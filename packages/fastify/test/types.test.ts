import type { AppIdentity, UserIdentity } from '@entraguard/core'
import Fastify from 'fastify'
import { expect, expectTypeOf, it } from 'vitest'

import { identityOf, type AdmittedBy, type RouteAccess } from '../src/index.ts'

it('identityOf is of the type that the access of the route admits', () => {
  const app = Fastify()
  app.get('/user', { config: { access: { scopes: ['Orders.Read'] } } }, (request) => {
    expectTypeOf(identityOf(request)).toExtend<UserIdentity>()
    expectTypeOf(identityOf(request).kind).toEqualTypeOf<'user'>()
    return ''
  })
  app.get('/app', { config: { access: { appPermissions: ['All'] } } }, (request) => {
    expectTypeOf(identityOf(request).kind).toEqualTypeOf<'app'>()
    return ''
  })
  app.get('/either', { config: { access: { scopes: ['a'], appPermissions: ['All'] } } }, (request) => {
    expectTypeOf(identityOf(request).kind).toEqualTypeOf<'user' | 'app'>()
    return ''
  })
  app.get('/any', (request) => {
    expectTypeOf(identityOf(request)).toEqualTypeOf<UserIdentity | AppIdentity>()
    return ''
  })
  app.get('/public', { config: { access: 'public' } }, (request) => {
    expectTypeOf(identityOf(request)).toBeNever()
    return ''
  })
  app.get<{ Params: { id: string } }>('/p/:id', (request) => {
    expectTypeOf(request.params.id).toEqualTypeOf<string>()
    expectTypeOf(identityOf(request)).toEqualTypeOf<UserIdentity | AppIdentity>()
    return ''
  })
  app.route({
    method: 'GET',
    url: '/route',
    config: { access: { scopes: ['Orders.Read'] } },
    handler: (request) => identityOf(request).kind satisfies 'user',
  })
  expect(app).toBeDefined()
})

it('has names for what a route asks and whom it admits', () => {
  const access = { scopes: ['Orders.Read'] } as const satisfies RouteAccess
  expectTypeOf<AdmittedBy<{ access: typeof access }>>().toExtend<UserIdentity>()
  expect(access.scopes).toEqual(['Orders.Read'])
})
