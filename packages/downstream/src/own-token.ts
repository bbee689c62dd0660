import type { TokenRequest } from './token-endpoint.ts'

/**
 * Checks that the token passed to Entra ID belongs to this identity. A handler that mixes up two requests would
 * otherwise call the other API as someone else.
 *
 * @throws {TypeError}
 */
export function requireOwnToken({ assertion, user }: TokenRequest): void {
  if (assertion === undefined || user === undefined) return
  const claims = claimsOf(assertion)
  if (claims['tid'] !== user.tenantId || claims['oid'] !== user.objectId || claims['sub'] !== user.subject)
    throw new TypeError('tokenFor: this Authorization header is not the one that the identity came from')
}

/** Of a text that is no token: no claims. What `JSON.parse` says of it would quote the credential. */
function claimsOf(assertion: string): Readonly<Record<string, unknown>> {
  const [, payload = ''] = assertion.split('.')
  try {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- compared, not trusted
    return Object(JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'))) as Record<string, unknown>
  } catch {
    return {}
  }
}
