import type { Access, IdentityFor, Verifier } from '@entraguard/core'
import { headers } from 'next/headers.js'
import { connection } from 'next/server.js'

import { afterResponse } from './after-response.ts'

/** Where {@link getIdentity} takes the token from. */
export interface GetIdentityOptions {
  /**
   * An access token for this API, from the application's own session. Where this member is present, the request's
   * header is not looked at: a session without a token is `token_missing`.
   */
  readonly token?: string | null | undefined
}

/**
 * Who calls, in a server component or a server action. The token comes from the application's own session or, without
 * the option, from the request's `Authorization` header.
 *
 * A page that calls it is rendered for each request. It proves that the token is good, not that the user meant the
 * action: protection against forged requests (CSRF) is the session's.
 *
 * @throws {EntraGuardError} when there is no good token, or the access does not admit its caller: send the user to
 * the sign-in, or show `error.tsx`. Next tells the browser neither code nor message.
 * @throws {TypeError} on a page with `dynamic = 'force-static'`, which would show one caller's page to all.
 *
 * @example
 * ```ts
 * const session = await readSession()
 * const user = await getIdentity(verifier, { scopes: ['Orders.Read'] }, { token: session.accessToken })
 * ```
 */
export async function getIdentity<const A extends Access>(
  verifier: Verifier,
  access: A,
  options: GetIdentityOptions = {},
): Promise<IdentityFor<A>> {
  // Ends prerendering, and is refused inside 'use cache', private caches included.
  await connection()
  const received = await headers()
  // A real request has a Host; with 'force-static' there is no request, and what is rendered is kept for everyone.
  if (received.keys().next().done === true) {
    throw new TypeError(
      'getIdentity: a page behind an access token cannot be static; remove dynamic = "force-static"',
    )
  }
  const authorization = 'token' in options ? bearer(options.token) : received.get('authorization')
  return await verifier.authenticate(authorization, access, afterResponse)
}

function bearer(token: string | null | undefined): string | undefined {
  return token === undefined || token === null || token === '' ? undefined : `Bearer ${token}`
}
