import { anyOf, createVerifier, type AppIdentity, type UserIdentity } from '@entraguard/core'
import { createEmulator } from '@entraguard/emulator'
import type { NextApiHandler } from 'next'
import type { NextRequest } from 'next/server.js'
import { expectTypeOf, it } from 'vitest'

import { getIdentity, withEntraGuard, withEntraGuardApi, type GetIdentityOptions } from '../src/index.ts'

const entra = await createEmulator()
const verifier = createVerifier(entra.verifierOptions())
const scopes = ['Orders.Read'] as const
const appPermissions = ['Orders.Read.All'] as const

it('gives a handler the kind of caller that its access admits', () => {
  withEntraGuard(verifier, { scopes }, (request, identity) => {
    expectTypeOf(request).toEqualTypeOf<NextRequest>()
    expectTypeOf(identity).toEqualTypeOf<UserIdentity>()
    return new Response()
  })
  withEntraGuard(verifier, { scopes: ['Orders.Read'] }, (_request, identity) => {
    expectTypeOf(identity).toEqualTypeOf<UserIdentity>()
    return new Response()
  })
  withEntraGuard(verifier, { scopes, appPermissions }, (_request, identity) => {
    expectTypeOf(identity).toEqualTypeOf<UserIdentity | AppIdentity>()
    return new Response()
  })
  withEntraGuardApi(verifier, { appPermissions }, (_req, _res, identity) => {
    expectTypeOf(identity).toEqualTypeOf<AppIdentity>()
  })
  withEntraGuardApi(verifier, anyOf({ scopes }, { callers: ['app'] }), (_req, _res, identity) => {
    expectTypeOf(identity).toEqualTypeOf<UserIdentity | AppIdentity>()
  })
  const identityOf = () => getIdentity(verifier, { scopes })
  expectTypeOf(identityOf).returns.resolves.toEqualTypeOf<UserIdentity>()
})

it('carries the context of the route through', () => {
  interface Context {
    readonly params: Promise<{ readonly id: string }>
  }
  const GET = withEntraGuard(verifier, { scopes }, async (_request, _user, { params }: Context) =>
    Response.json(await params),
  )
  expectTypeOf(GET).toEqualTypeOf<(request: NextRequest, context: Context) => Promise<Response>>()
})

it('makes what Next takes as an API route', () => {
  const typed = withEntraGuardApi<{ scopes: ['Orders.Read'] }, { id: string }>(
    verifier,
    { scopes: ['Orders.Read'] },
    (_req, res) => res.json({ id: '7' }),
  )
  expectTypeOf(typed).toExtend<NextApiHandler<{ id: string }>>()
})

function wronglyTyped(): void {
  // @ts-expect-error -- an empty list asks for nothing
  withEntraGuard(verifier, { scopes: [] }, () => new Response())
  // @ts-expect-error -- a route handler has to answer
  withEntraGuard(verifier, { scopes }, () => {})
  // @ts-expect-error -- a token is a string
  void getIdentity(verifier, { scopes }, { token: 7 })
}

it('does not take an access without a list, a handler without an answer, or a number for a token', () => {
  expectTypeOf(wronglyTyped).toBeFunction()
})

it('takes the token of a session, which may have none', () => {
  expectTypeOf<Parameters<typeof getIdentity>[2]>().toEqualTypeOf<GetIdentityOptions | undefined>()
  expectTypeOf<GetIdentityOptions['token']>().toEqualTypeOf<string | null | undefined>()
})
