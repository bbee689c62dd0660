import { issueAppToken, issueUserToken, audienceOf } from '../access-token.ts'
import { PERSONAL_TENANT_ID } from '../clouds.ts'
import { issueIdToken } from '../id-token.ts'
import { toBase64url } from '../encoding.ts'
import { microsoftGraph } from '../registrations.ts'
import { json } from '../responses.ts'
import { isRecord } from '../shape.ts'
import type { World } from '../world.ts'
import type { Client } from './client-authentication.ts'
import { newCode, REFRESH_LIFETIME, type Grant } from './grants.ts'
import { applicationPermissions, delegatedPermissions, type RequestedScopes } from './requested-scopes.ts'

/** What a `claims` parameter asks for: the capabilities of the client, and authentication contexts. */
export interface ClaimsRequest {
  readonly capabilities: readonly string[]
  readonly authenticationContexts: readonly string[]
}

function requestedValues(request: unknown): readonly string[] {
  if (!isRecord(request)) return []
  const { value, values } = request
  return [value, ...(Array.isArray(values) ? values : [])].filter((one) => typeof one === 'string')
}

/** OpenID Connect Core §5.5; a claims challenge comes back to Entra in this parameter. */
export function readClaimsRequest(form: URLSearchParams): ClaimsRequest {
  const text = form.get('claims') ?? '{}'
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch {
    parsed = {}
  }
  const accessToken = isRecord(parsed) ? parsed['access_token'] : undefined
  const members = isRecord(accessToken) ? accessToken : {}
  return {
    capabilities: requestedValues(members['xms_cc']),
    authenticationContexts: requestedValues(members['acrs']),
  }
}

const between = (least: number, most: number): number =>
  least + ((crypto.getRandomValues(new Uint32Array(1))[0] ?? 0) % (most - least + 1))

/** Seconds: 60 to 90 minutes at random, or 20 to 28 hours for a client that understands revocation (`cp1`). */
export function tokenLifetime(capabilities: readonly string[]): number {
  const revocable = capabilities.some((one) => one.toLowerCase() === 'cp1')
  return revocable ? between(20 * 3600, 28 * 3600) : between(3600, 5400)
}

/** A v1.0 token for Graph, or for an API that is named by another of its names, repeats that name. */
const audienceFor = ({ resource, resourceName }: RequestedScopes): string =>
  resource === microsoftGraph ? resourceName : audienceOf(resource, resource.tokenVersion)

/** The answer of the client credentials flow. */
export async function appTokenResponse(
  world: World,
  client: Client,
  tenantId: string,
  requested: RequestedScopes,
  claims: ClaimsRequest,
): Promise<Response> {
  const lifetime = tokenLifetime(claims.capabilities)
  const token = await issueAppToken(world, {
    tenantId,
    audience: audienceFor(requested),
    clientId: client.app.clientId,
    clientAuthentication: client.authentication,
    roles: applicationPermissions(client.app, requested.resource),
    capabilities: claims.capabilities,
    expiresIn: lifetime,
  })
  return json({ token_type: 'Bearer', expires_in: lifetime, ext_expires_in: lifetime, access_token: token })
}

/** The answer of every flow with a user. */
export async function userTokenResponse(
  world: World,
  client: Client,
  grant: Grant,
  requested: RequestedScopes,
  claims: ClaimsRequest,
): Promise<Response> {
  const { user } = grant
  const lifetime = tokenLifetime(claims.capabilities)
  const scopes = delegatedPermissions(client.app, requested)
  const token = await issueUserToken(world, {
    tenantId: user.tenantId,
    personalAccount: user.tenantId === PERSONAL_TENANT_ID,
    user: user.id,
    audience: audienceFor(requested),
    clientId: client.app.clientId,
    clientAuthentication: client.authentication,
    scopes,
    capabilities: claims.capabilities,
    authenticationContexts: claims.authenticationContexts,
    expiresIn: lifetime,
  })
  const idToken = requested.openId.includes('openid')
    ? await issueIdToken(world, {
        tenantId: user.tenantId,
        user: user.id,
        audience: client.app.clientId,
        claims: { nonce: grant.nonce },
        expiresIn: 3600,
      })
    : undefined
  return json({
    token_type: 'Bearer',
    scope: scopes.map((scope) => `${requested.resourceName}/${scope}`).join(' '),
    expires_in: lifetime,
    ext_expires_in: lifetime,
    access_token: token,
    refresh_token: requested.openId.includes('offline_access') ? keepRefreshToken(world, grant) : undefined,
    id_token: idToken,
    client_info: toBase64url(JSON.stringify({ uid: user.id, utid: user.tenantId })),
  })
}

function keepRefreshToken(world: World, grant: Grant): string {
  const token = newCode()
  const { clientId, user, scope } = grant
  world.grants.refreshTokens.set(token, { clientId, user, scope, expiresAt: world.now() + REFRESH_LIFETIME })
  return token
}
