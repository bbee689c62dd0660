// #region log
import { errorCatalogue, type VerifierEvent } from '@entraguard/core'

/** An `onEvent` that logs what somebody has to look at: outages as errors, refusals as warnings. */
export function logEvents(event: VerifierEvent): void {
  // While no known key is left, every token is refused with 503.
  if (event.type === 'refresh_failed') console.error('entra', event)
  // A 401 is every-day: no token, or one that has expired.
  if (event.type === 'token_refused' && errorCatalogue[event.code].status !== 401)
    console.warn('entra', event)
  if (event.type === 'caller_refused' || event.type === 'store_failed') console.warn('entra', event)
}
// #endregion
