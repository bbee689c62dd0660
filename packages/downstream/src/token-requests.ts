import { readBearerToken, type Identity } from '@entraguard/core'

import type { Authorization } from './acquire-options.ts'
import { isTenant, readScopes } from './option-values.ts'
import type { Settings } from './options.ts'
import type { TokenRequest } from './token-endpoint.ts'

export function userRequest(
  identity: Identity,
  authorization: Authorization,
  scopes: readonly string[],
  claims: string | undefined,
): TokenRequest {
  if (identity.kind !== 'user')
    throw new TypeError(
      'tokenFor needs a user: for an app, which has none, use tokenForApp(tenantId, scopes)',
    )
  if (identity.authority === 'b2c') throw new TypeError('Azure AD B2C has no on-behalf-of flow')
  const { loginHost, tenantId } = identity
  return {
    loginHost,
    tenantId,
    scopes: readScopes('scopes', scopes),
    user: identity,
    assertion: readBearerToken(identity.bound === undefined ? authorization : asBearer(authorization)),
    claims,
  }
}

/**
 * A token of one tenant is exchanged in that tenant only. Azure SDKs read another one from the challenge of a service.
 *
 * @throws {TypeError}
 */
export function requireTenant(asked: unknown, { tenantId }: TokenRequest): void {
  if (asked === undefined || (typeof asked === 'string' && asked.toLowerCase() === tenantId)) return
  throw new TypeError(
    `getToken: tenantId must be that of the user, ${tenantId}: on behalf of the user there are tokens of that tenant only`,
  )
}

export function appRequest(
  { loginHost }: Settings,
  tenantId: string,
  scopes: readonly string[],
  claims: string | undefined,
): TokenRequest {
  if (!isTenant(tenantId))
    throw new TypeError('tokenForApp: tenantId must be a tenant id (GUID) or a domain name of the tenant')
  const list = readScopes('scopes', scopes)
  if (list.length !== 1 || list[0]?.endsWith('/.default') !== true)
    throw new TypeError(
      'tokenForApp: scopes must be a single "<Application ID URI>/.default", because an app gets all permissions that it was granted',
    )
  return { loginHost, tenantId: tenantId.toLowerCase(), scopes: list, claims }
}

/** A token whose key was proved came in a scheme of its own, and is handed over as it is. */
function asBearer(authorization: Authorization): Authorization {
  // The verifier takes a list of one header, too.
  return typeof authorization === 'string' ? renameScheme(authorization) : authorization?.map(renameScheme)
}

/** With blanks in front, as the verifier reads it. */
function renameScheme(header: string): string {
  return header.replace(/^[ \t]*(?:dpop|mtls_pop)(?= )/i, 'Bearer')
}
