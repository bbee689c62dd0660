import { issueAppToken, issueUserToken, audienceOf } from '../tokens/access-token.ts'
import { issueB2cIdToken, issueB2cToken } from '../tokens/b2c-token.ts'
import { PERSONAL_TENANT_ID } from '../directory/clouds.ts'
import { issueIdToken } from '../tokens/id-token.ts'
import { toBase64url } from '../values/encoding.ts'
import { microsoftGraph, type User } from '../directory/registrations.ts'
import { json } from '../http/responses.ts'
import { isRecord } from '../values/shape.ts'
import type { World } from '../world.ts'
import type { FlowAuthority } from './authority.ts'
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
function tokenLifetime(capabilities: readonly string[]): number {
  const revocable = capabilities.some((one) => one.toLowerCase() === 'cp1')
  return revocable ? between(20 * 3600, 28 * 3600) : between(3600, 5400)
}

/** A v1.0 token for Graph, or for an API that is named by another of its names, repeats that name. */
const audienceFor = ({ resource, resourceName }: RequestedScopes): string =>
  resource === microsoftGraph ? resourceName : audienceOf(resource, resource.tokenVersion)

/** What an answer is made of. */
export interface Answer {
  readonly world: World
  readonly authority: FlowAuthority
  readonly client: Client
  readonly requested: RequestedScopes
  readonly claims: ClaimsRequest
}

/** The answer of the client credentials flow. */
export async function appTokenResponse(answer: Answer, tenantId: string): Promise<Response> {
  const { world, authority, client, requested, claims } = answer
  const { app, authentication } = client
  const expiresIn = tokenLifetime(claims.capabilities)
  const permissions = applicationPermissions(app, requested.resource)
  const token =
    authority.policy === undefined
      ? await issueAppToken(world, {
          tenantId,
          audience: audienceFor(requested),
          clientId: app.clientId,
          clientAuthentication: authentication,
          roles: permissions,
          capabilities: claims.capabilities,
          expiresIn,
        })
      : await issueB2cToken(world, {
          tenantId,
          policy: authority.policy.name,
          audience: requested.resource.clientId,
          clientId: app.clientId,
          scopes: permissions,
          application: true,
          expiresIn,
        })
  return json({ token_type: 'Bearer', expires_in: expiresIn, ext_expires_in: expiresIn, access_token: token })
}

/** The answer of every flow with a user. */
export async function userTokenResponse(answer: Answer, grant: Grant): Promise<Response> {
  const { world, client, requested, claims } = answer
  const { user } = grant
  const expiresIn = tokenLifetime(claims.capabilities)
  const scopes = delegatedPermissions(client.app, requested)
  const openId = new Set(requested.openId)
  return json({
    token_type: 'Bearer',
    scope: scopes.map((scope) => `${requested.resourceName}/${scope}`).join(' '),
    expires_in: expiresIn,
    ext_expires_in: expiresIn,
    access_token: await userToken(answer, user, scopes, expiresIn),
    refresh_token: openId.has('offline_access') ? keepRefreshToken(world, grant) : undefined,
    id_token: openId.has('openid') ? await idToken(answer, grant) : undefined,
    client_info: toBase64url(JSON.stringify({ uid: clientInfoId(answer, user), utid: user.tenantId })),
  })
}

/** An account of B2C is one account a policy: MSAL tells them apart by this. */
const clientInfoId = ({ authority: { policy } }: Answer, user: User): string =>
  policy === undefined ? user.id : `${user.id}-${policy.name.toLowerCase()}`

async function userToken(
  { world, authority, client, requested, claims }: Answer,
  user: User,
  scopes: readonly string[],
  expiresIn: number,
): Promise<string> {
  const common = { tenantId: user.tenantId, user: user.id, clientId: client.app.clientId, scopes, expiresIn }
  if (authority.policy !== undefined) {
    const audience = requested.resource.clientId
    return issueB2cToken(world, { ...common, policy: authority.policy.name, audience })
  }
  return issueUserToken(world, {
    ...common,
    personalAccount: user.tenantId === PERSONAL_TENANT_ID,
    audience: audienceFor(requested),
    clientAuthentication: client.authentication,
    capabilities: claims.capabilities,
    authenticationContexts: claims.authenticationContexts,
  })
}

async function idToken({ world, authority, client }: Answer, { user, nonce }: Grant): Promise<string> {
  const common = {
    tenantId: user.tenantId,
    user: user.id,
    audience: client.app.clientId,
    claims: { nonce },
    expiresIn: 3600,
  }
  return authority.policy === undefined
    ? issueIdToken(world, common)
    : issueB2cIdToken(world, { ...common, policy: authority.policy.name })
}

function keepRefreshToken({ grants, now }: World, { clientId, user, scope }: Grant): string {
  const token = newCode()
  grants.refreshTokens.set(token, { clientId, user, scope, expiresAt: now() + REFRESH_LIFETIME })
  return token
}
