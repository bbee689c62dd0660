// #region session
import type { AuthConfig } from '@auth/core'
import { getToken } from '@auth/core/jwt'

/** Of the provider. With a scope of the API the access token is for the API, without one for Microsoft Graph. */
export const authorization = {
  params: {
    scope: 'openid profile email offline_access api://22222222-2222-4222-8222-222222222222/Orders.Read',
  },
}

/** Keeps it in the cookie, which Auth.js encrypts, and out of the session that the page may read. */
export const callbacks: NonNullable<AuthConfig['callbacks']> = {
  jwt: ({ token, account }) => (account ? { ...token, accessToken: account.access_token } : token),
}

/** The `token` for `getIdentity`. `headers` are those of the request. */
export async function tokenOfSession(headers: Headers, secret: string): Promise<string | undefined> {
  const session = await getToken({
    req: { headers },
    secret,
    secureCookie: process.env.NODE_ENV === 'production',
  })
  return typeof session?.accessToken === 'string' ? session.accessToken : undefined
}
// #endregion
