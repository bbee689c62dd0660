// #region page
import {
  InteractionRequiredAuthError,
  PublicClientApplication,
  type BrowserAuthOptions,
} from '@azure/msal-browser'

/** In full: a short name is one of Microsoft Graph's. */
const scopes = ['api://22222222-2222-4222-8222-222222222222/Orders.Read']

/** Once, when the page loads. */
export async function start(auth: BrowserAuthOptions): Promise<PublicClientApplication> {
  const app = new PublicClientApplication({ auth: { ...auth, redirectUri: `${location.origin}/` } })
  await app.initialize()
  const answer = await app.handleRedirectPromise() // of a sign-in that this page began
  app.setActiveAccount(answer?.account ?? app.getAllAccounts()[0] ?? null)
  return app
}

/** Calls the API for the user; where that needs a sign-in the browser leaves the page. */
export async function callApi(app: PublicClientApplication, url: string): Promise<Response> {
  return await fetch(url, { headers: { authorization: `Bearer ${await tokenOf(app)}` } })
}

async function tokenOf(app: PublicClientApplication): Promise<string> {
  try {
    if (app.getActiveAccount() === null) await app.loginRedirect({ scopes })
    return (await app.acquireTokenSilent({ scopes })).accessToken
  } catch (error) {
    if (error instanceof InteractionRequiredAuthError) await app.acquireTokenRedirect({ scopes })
    throw error
  }
}
// #endregion

Object.assign(globalThis, { orders: { start, callApi } })
