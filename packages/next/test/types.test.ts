import { anyOf, createVerifier, type AppIdentity, type UserIdentity } from '@entraguard/core'
import { createEmulator } from '@entraguard/emulator'
import type { NextApiHandler } from 'next'
import type { NextRequest } from 'next/server.js'
import { expectTypeOf, it } from 'vitest'

import {
  getIdentity,
  withEntraGuard,
  withEntraGuardApi,
  type EntraGuardOptions,
  type GetIdentityOptions,
} from '../src/index.ts'

const entra = await createEmulator()
const verifier = createVerifier(entra.verifierOptions())
const scopes = ['Orders.Read'] as const
const appPermissions = ['Orders.Read.All'] as const

const answer = (): Response => new Response()

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

it('says undefined where a token is optional, and only there', () => {
  const maybe: EntraGuardOptions = { optional: true }
  withEntraGuard(
    verifier,
    { scopes },
    (_request, identity) => {
      expectTypeOf(identity).toEqualTypeOf<UserIdentity | undefined>()
      return answer()
    },
    { optional: true },
  )
  withEntraGuard(
    verifier,
    { scopes },
    (_request, identity) => {
      expectTypeOf(identity).toEqualTypeOf<UserIdentity | undefined>()
      return answer()
    },
    maybe,
  )
  withEntraGuard(
    verifier,
    { scopes },
    (_request, identity) => {
      expectTypeOf(identity).toEqualTypeOf<UserIdentity>()
      return answer()
    },
    { optional: false },
  )
  withEntraGuard(
    verifier,
    { scopes },
    (_request, identity) => {
      expectTypeOf(identity).toEqualTypeOf<UserIdentity>()
      return answer()
    },
    {},
  )
  withEntraGuardApi(
    verifier,
    { appPermissions },
    (_req, _res, identity) => {
      expectTypeOf(identity).toEqualTypeOf<AppIdentity | undefined>()
    },
    { optional: true },
  )
  const token = process.env['SOME_TOKEN']
  const withToken = () => getIdentity(verifier, { scopes }, { token })
  expectTypeOf(withToken).returns.resolves.toEqualTypeOf<UserIdentity>()
  const optional = () => getIdentity(verifier, { scopes }, { token, optional: true })
  expectTypeOf(optional).returns.resolves.toEqualTypeOf<UserIdentity | undefined>()
  const undecided = () => getIdentity(verifier, { scopes }, maybe)
  expectTypeOf(undecided).returns.resolves.toEqualTypeOf<UserIdentity | undefined>()
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
  // @ts-expect-error -- an option that does not exist
  withEntraGuard(verifier, { scopes }, () => new Response(), { optinal: true })
  // @ts-expect-error -- text is neither true nor false
  withEntraGuardApi(verifier, { scopes }, () => {}, { optional: 'false' })
}

it('does not take an access without a list, a handler without an answer, or a number for a token', () => {
  expectTypeOf(wronglyTyped).toBeFunction()
})

it('takes the token of a session, which may have none', () => {
  expectTypeOf<{ token: string | null | undefined }>().toExtend<Parameters<typeof getIdentity>[2]>()
  expectTypeOf<GetIdentityOptions['token']>().toEqualTypeOf<string | null | undefined>()
})
