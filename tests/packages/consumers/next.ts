import type { AppIdentity, UserIdentity, Verifier } from '@entraguard/core'
import { getIdentity, withEntraGuard, withEntraGuardApi } from '@entraguard/next'
import type { NextApiRequest } from 'next'
import type { NextRequest } from 'next/server.js'

import { expectType } from './expect-type.js'

interface Context {
  readonly params: Promise<{ readonly id: string }>
}

export const create = (verifier: Verifier) => ({
  GET: withEntraGuard(verifier, { scopes: ['Orders.Read'] }, async (request, user, context: Context) => {
    expectType<NextRequest>()(request)
    expectType<UserIdentity>()(user)
    return new Response(JSON.stringify({ id: (await context.params).id, user: user.objectId }))
  }),
  POST: withEntraGuard(verifier, { callers: ['user', 'app'] }, (_request, caller) => {
    expectType<UserIdentity | AppIdentity>()(caller)
    return new Response(JSON.stringify({ caller: caller.kind }))
  }),
  api: withEntraGuardApi(verifier, { appPermissions: ['Orders.Read.All'] }, (req, res, app) => {
    expectType<NextApiRequest>()(req)
    expectType<AppIdentity>()(app)
    res.status(200).json({ app: app.clientId })
  }),
})

export async function page(verifier: Verifier): Promise<string> {
  expectType<UserIdentity>()(await getIdentity(verifier, { scopes: ['Orders.Read'] }))
  // @ts-expect-error a server component says what it asks, like a route
  await getIdentity(verifier)
  // @ts-expect-error a handler answers
  withEntraGuard(verifier, { scopes: ['Orders.Read'] }, () => 'no response')
  return (await getIdentity(verifier, { scopes: ['Orders.Read'] }, { token: null })).key
}
