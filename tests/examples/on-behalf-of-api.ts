// #region api
import { InteractionRequiredAuthError } from '@azure/msal-node'
import {
  claimsChallenge,
  EntraGuardError,
  readBearerToken,
  toResponse,
  type UserIdentity,
  type Verifier,
} from '@entraguard/core'

/** What `createMiddleTier(…)` makes: a token for another API, in the name of the same user. */
type Acquire = (userToken: string, scopes: string[]) => Promise<string>

export const createHandler =
  (verifier: Verifier, acquire: Acquire, invoicesOf: (token: string) => Promise<Response>) =>
  async (request: Request): Promise<Response> => {
    const authorization = request.headers.get('authorization')
    try {
      const user = await verifier.authenticate(authorization, { scopes: ['Orders.Read'] }) // first of all
      const token = await acquireFor(user, readBearerToken(authorization), acquire)
      return await invoicesOf(token)
    } catch (error) {
      if (EntraGuardError.is(error)) return toResponse(error, verifier.challenge)
      throw error
    }
  }

async function acquireFor(user: UserIdentity, userToken: string, acquire: Acquire): Promise<string> {
  try {
    return await acquire(userToken, ['api://invoices/Invoices.Read'])
  } catch (error) {
    // The other API asks for more (MFA, a device that complies). Only the client can give that: pass it on.
    if (error instanceof InteractionRequiredAuthError && error.claims !== '')
      throw claimsChallenge(error.claims, user)
    throw error
  }
}
// #endregion
