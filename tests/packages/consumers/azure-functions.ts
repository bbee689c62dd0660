import { app, type HttpRequest, type InvocationContext } from '@azure/functions'
import { withEntraGuard } from '@entraguard/azure-functions'
import type { UserIdentity, Verifier } from '@entraguard/core'

import { expectType } from './expect-type.js'

export function register(verifier: Verifier): void {
  app.http('orders', {
    authLevel: 'anonymous',
    handler: withEntraGuard(verifier, { scopes: ['Orders.Read'] }, (request, user, context) => {
      expectType<HttpRequest>()(request)
      expectType<UserIdentity>()(user)
      expectType<InvocationContext>()(context)
      return { jsonBody: { of: user.key } }
    }),
  })
  // @ts-expect-error a function says what it asks, or undefined
  withEntraGuard(verifier, () => ({}))
}
