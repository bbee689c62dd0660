import { compileAccess, type Access, type IdentityFor, type Verifier } from '@entraguard/core'
import { headers } from 'next/headers.js'
import { connection } from 'next/server.js'

import { afterResponse } from './after-response.ts'
import { callerOf } from './caller-of.ts'
import { checkedOptions, type Anonymous, type EntraGuardOptions } from './guard-options.ts'

/** Options of {@link getIdentity}. */
export interface GetIdentityOptions extends EntraGuardOptions {
  /**
   * An access token for this API, from the application's own session. If this member is present, even as `undefined`,
   * the request header is ignored: a session without a token is `token_missing`.
   */
  readonly token?: string | null | undefined
}

/**
 * Returns the caller, in a server component or a server action. The token comes from the option `token`, which is for
 * the application's own session, or else from the `Authorization` header of the request.
 *
 * A page that calls it is rendered for each request. It proves that the token is valid, not that the user intended the
 * action: protection against forged requests (CSRF) is up to the session.
 *
 * With `optional`, the result is `undefined` if there is no token. A token that is there must be valid all the same.
 *
 * @throws {EntraGuardError} if there is no valid token, or if the access does not admit its caller. Send the user to
 * the sign-in, or show `error.tsx`. Next tells the browser neither code nor message.
 * @throws {TypeError} for an access that admits nobody, is malformed or missing, and on a page with `dynamic = 'force-static'`, which would show one caller's page to everybody.
 *
 * @example
 * ```ts
 * const session = await readSession()
 * const user = await getIdentity(verifier, { scopes: ['Orders.Read'] }, { token: session.accessToken })
 * ```
 */
export async function getIdentity<
  const A extends Access,
  const O extends GetIdentityOptions = { optional: false },
>(verifier: Verifier, access: A, options?: O): Promise<IdentityFor<A> | Anonymous<O>> {
  const checked = checkedOptions<GetIdentityOptions>('getIdentity', options ?? {}, ['token', 'optional'])
  // Without an access every caller would be admitted, and a misspelt name in a table of accesses gives none.
  compileAccess(access)
  // Ends prerendering, and is refused inside 'use cache', private caches included.
  await connection()
  const received = await headers()
  // A real request has a Host; with 'force-static' there is no request, and what is rendered is kept for everyone.
  if (received.keys().next().done === true) {
    throw new TypeError(
      'getIdentity: a page that needs an access token cannot be static; remove dynamic = "force-static"',
    )
  }
  const authorization = 'token' in checked ? bearer(checked.token) : received.get('authorization')
  const identity = await callerOf(verifier, authorization, access, checked, afterResponse)
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- undefined only where O says so
  return identity as IdentityFor<A> | Anonymous<O>
}

function bearer(token: string | null | undefined): string | undefined {
  return token === undefined || token === null || token === '' ? undefined : `Bearer ${token}`
}
