// #region header
import type { HttpHandler } from '@azure/functions'

/** Static Web Apps overwrites `Authorization`: clients send the token in a header of their own. */
export const fromOwnHeader =
  (guarded: HttpHandler): HttpHandler =>
  (request, context) => {
    request.headers.set('authorization', request.headers.get('x-access-token') ?? '')
    return guarded(request, context)
  }
// #endregion
