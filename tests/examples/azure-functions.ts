// #region app
import { app, type HttpHandler } from '@azure/functions'
import { withEntraGuard } from '@entraguard/azure-functions'
import type { Verifier } from '@entraguard/core'

export const readOrders = (verifier: Verifier): HttpHandler =>
  withEntraGuard(verifier, { scopes: ['Orders.Read'] }, (_request, user, context) => {
    context.log('orders were read') // user is a UserIdentity: the function admits users with this scope only
    return { jsonBody: { of: user.key } }
  })

/** `anonymous` is about function keys: the token is what is asked for. */
export function register(verifier: Verifier): void {
  app.http('orders', { methods: ['GET'], authLevel: 'anonymous', handler: readOrders(verifier) })
}
// #endregion
