import { createVerifier, type AppIdentity, type Identity, type UserIdentity } from '@entraguard/core'
import { createEmulator } from '@entraguard/emulator'
import express, { Router, type Request, type RequestHandler, type Response } from 'express'
import express4 from 'express4'
import { describe, expect, expectTypeOf, it } from 'vitest'

import { entraGuard, requireAccess, type EntraGuardMiddleware } from '../src/index.ts'

const entra = await createEmulator()
const verifier = createVerifier(entra.verifierOptions())
const access = { scopes: ['Orders.Read'] } as const

describe('the type of response.locals.identity', () => {
  it('is what the access of the route admits', () => {
    const app = express()
    app.get('/any', entraGuard(verifier), (_request, { locals }) => {
      expectTypeOf(locals.identity).toEqualTypeOf<Identity>()
    })
    app.get('/user', entraGuard(verifier, access), (_request, { locals }) => {
      expectTypeOf(locals.identity).toExtend<UserIdentity>()
      expectTypeOf(locals.identity.kind).toEqualTypeOf<'user'>()
    })
    app.get(
      '/app',
      entraGuard(verifier),
      requireAccess({ appPermissions: ['All'] }),
      (_request, { locals }) => {
        expectTypeOf(locals.identity).toExtend<AppIdentity>()
      },
    )
    app.get(
      '/either',
      requireAccess({ scopes: ['Orders.Read'], appPermissions: ['All'] }),
      (_request, { locals }) => {
        expectTypeOf(locals.identity.kind).toEqualTypeOf<'user' | 'app'>()
      },
    )
    expect(app).toBeTypeOf('function')
  })

  it('may be undefined where the guard is optional', () => {
    express().get('/', entraGuard(verifier, access, { optional: true }), (_request, { locals }) => {
      expectTypeOf(locals.identity).toEqualTypeOf<UserIdentity | undefined>()
    })
  })

  it('holds in routers, for paths of any kind, and with promises', () => {
    const router = Router({ mergeParams: true })
    router.use(entraGuard(verifier))
    router.get('/orders/:id', requireAccess(access), async (request, { locals }) => {
      expectTypeOf(request.params.id).toEqualTypeOf<string>()
      expectTypeOf(locals.identity.kind).toEqualTypeOf<'user'>()
    })
    // Express tries the types of handlers that know nothing of locals first here: locals are theirs.
    router.route('/orders/:id').get(requireAccess(access), (request, { locals }) => {
      expectTypeOf(request.params.id).toEqualTypeOf<string>()
      expectTypeOf(locals['identity']).toBeAny()
    })
    router.all([/^\/a/, '/b'], requireAccess(access), (_request, { locals }) => {
      expectTypeOf(locals.identity.kind).toEqualTypeOf<'user'>()
    })
    express().use('/api/:tenant', entraGuard(verifier), router)
  })
})

const forOrders = (): EntraGuardMiddleware<UserIdentity> => entraGuard(verifier, access)
const handler: RequestHandler = (_request, response) => void response.end()
const controller = (_request: Request, response: Response): void => void response.end()

it('has a name for functions that give a middleware', () => {
  express().get('/', forOrders(), (_request, { locals }) => {
    expectTypeOf(locals.identity).toExtend<UserIdentity>()
  })
})

describe('what Express itself types', () => {
  it('stays as it is without the guard: body, query and parameters', () => {
    const app = express()
    app.get('/orders/:id', requireAccess(access), (request) => {
      expectTypeOf(request.params).toEqualTypeOf<{ id: string }>()
      expectTypeOf(request.body).toBeAny()
      // @ts-expect-error -- no such parameter
      expect(request.params.other).toBeUndefined()
    })
    app.post<{ id: string }, { of: string }, { item: string }>(
      '/orders/:id',
      entraGuard(verifier, access),
      (request, response) => {
        expectTypeOf(request.body.item).toEqualTypeOf<string>()
        // @ts-expect-error -- not what the route answers
        response.json({ from: request.params.id })
      },
    )
  })

  it('fits handlers that were written elsewhere', () => {
    const app = express().get('/a', requireAccess(access), handler)
    expect(app.get('/a/:id', requireAccess(access), controller)).toBeTypeOf('function')
  })

  it('is the same on Express 4', () => {
    const app = express4()
    app.use('/api', entraGuard(verifier))
    app.get('/api/orders/:id', requireAccess(access), (request, { locals }) => {
      expectTypeOf(request.params).toEqualTypeOf<{ id: string }>()
      expectTypeOf(locals.identity.kind).toEqualTypeOf<'user'>()
    })
  })
})
