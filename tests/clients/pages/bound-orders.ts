// #region page
import {
  AuthenticationScheme,
  InteractionRequiredAuthError,
  type AuthenticationResult,
  type PublicClientApplication,
} from '@azure/msal-browser'

const scopes = ['api://22222222-2222-4222-8222-222222222222/Orders.Read']

/** Calls the API with a token that is bound to a key of this browser, and a proof for this one request. */
export async function callApi(app: PublicClientApplication, url: string, method = 'GET'): Promise<Response> {
  // Before each request: the token comes out of MSAL's cache, the proof is a new one.
  const { tokenType, accessToken, dpopProof = '' } = await proveFor(app, url, method)
  return await fetch(url, {
    method,
    headers: { authorization: `${tokenType} ${accessToken}`, dpop: dpopProof },
  })
}

async function proveFor(
  app: PublicClientApplication,
  url: string,
  method: string,
): Promise<AuthenticationResult> {
  const request = {
    scopes,
    authenticationScheme: AuthenticationScheme.DPOP,
    resourceRequestMethod: method,
    resourceRequestUri: url, // https, on localhost too
  }
  try {
    if (app.getActiveAccount() === null) await app.loginRedirect(request)
    return await app.acquireTokenSilent(request)
  } catch (error) {
    if (error instanceof InteractionRequiredAuthError) await app.acquireTokenRedirect(request)
    throw error
  }
}
// #endregion

export { start } from './orders.ts'
