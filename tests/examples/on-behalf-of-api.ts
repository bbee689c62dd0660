// #region api
import { InteractionRequiredAuthError } from '@azure/msal-node'
import {
  claimsChallenge,
  EntraGuardError,
  readBearerToken,
  readClaimsChallenge,
  toResponse,
  type UserIdentity,
  type Verifier,
} from '@entraguard/core'

/** What `createMiddleTier(…)` makes: a token for another API, in the name of the same user. */
type Acquire = (userToken: string, scopes: string[], claims?: string) => Promise<string>

export const createHandler =
  (verifier: Verifier, acquire: Acquire, invoicesOf: (token: string) => Promise<Response>) =>
  async (request: Request): Promise<Response> => {
    const authorization = request.headers.get('authorization')
    try {
      const user = await verifier.authenticate(authorization, { scopes: ['Orders.Read'] }) // first of all
      const acquireToken = acquireFor(user, readBearerToken(authorization), acquire)
      const invoices = await invoicesOf(await acquireToken())
      // 401 with a claims challenge: a token with these claims is another one, ask once more with it.
      const claims = readClaimsChallenge(invoices)
      return claims === undefined ? invoices : await invoicesOf(await acquireToken(claims))
    } catch (error) {
      if (EntraGuardError.is(error)) return toResponse(error, verifier.challenge)
      throw error
    }
  }

const acquireFor =
  (user: UserIdentity, userToken: string, acquire: Acquire) =>
  async (claims?: string): Promise<string> => {
    try {
      return await acquire(userToken, ['api://invoices/Invoices.Read'], claims)
    } catch (error) {
      // The other API asks for more (MFA, a device that complies). Only the client can give that: pass it on.
      if (error instanceof InteractionRequiredAuthError && error.claims !== '')
        throw claimsChallenge(error.claims, user)
      throw error
    }
  }
// #endregion
