import { azureResource } from '../../directory/azure-resources.ts'
import { PERSONAL_TENANT_ID } from '../../directory/clouds.ts'
import { microsoftGraph, type User } from '../../directory/registrations.ts'
import { json } from '../../http/responses.ts'
import { audienceOf, issueAppToken, issueUserToken } from '../../tokens/access-token.ts'
import type { AccessTokenOptions } from '../../tokens/token-options.ts'
import { issueB2cIdToken, issueB2cToken } from '../../tokens/b2c-token.ts'
import { issueIdToken } from '../../tokens/id-token.ts'
import { lifetimeOf, tokenId } from '../../tokens/own-token.ts'
import { toBase64url } from '../../values/encoding.ts'
import type { World } from '../../world.ts'
import type { FlowAuthority } from '../authority.ts'
import type { ClaimsRequest } from '../claims-request.ts'
import type { Client } from '../client/client-authentication.ts'
import { contextsOf } from '../client/evidence.ts'
import {
  applicationPermissions,
  delegatedPermissions,
  type RequestedScopes,
} from '../client/requested-scopes.ts'
import { newCode, refreshLifetime, type Grant } from './grants.ts'

/** What an answer is made of. */
export interface Answer {
  readonly world: World
  readonly authority: FlowAuthority
  readonly client: Client
  readonly requested: RequestedScopes
  readonly claims: ClaimsRequest
  /** The thumbprint of the key that the access token is bound to. `undefined`: a bearer token. */
  readonly jkt: string | undefined
}

const between = (least: number, most: number): number =>
  least + ((crypto.getRandomValues(new Uint32Array(1))[0] ?? 0) % (most - least + 1))

/** Seconds: 60 to 90 minutes at random, or 20 to 28 hours for a client that understands revocation (`cp1`). */
function tokenLifetime({ claims, requested }: Answer): number {
  const { accessTokenLifetime } = requested.resource
  if (accessTokenLifetime !== undefined) return accessTokenLifetime
  const revocable = claims.capabilities.some((one) => one.toLowerCase() === 'cp1')
  return revocable ? between(20 * 3600, 28 * 3600) : between(3600, 5400)
}

/** A v1.0 token for a service of Microsoft repeats the name by which it was asked for. */
const audienceFor = ({ resource, resourceName }: RequestedScopes): string =>
  resource === microsoftGraph || azureResource(resource.clientId) === resource
    ? resourceName
    : audienceOf(resource, resource.tokenVersion)

/** What the v1.0 endpoint says of times: as text, and absolute ones too. */
function v1Times({ world, requested }: Answer, expiresIn: number): Readonly<Record<string, string>> {
  const now = Math.floor(world.now() / 1000)
  return {
    expires_in: String(expiresIn),
    ext_expires_in: String(expiresIn),
    expires_on: String(now + expiresIn),
    not_before: String(now - 300),
    resource: requested.resourceName,
  }
}

const timesFor = (answer: Answer, expiresIn: number): Readonly<Record<string, unknown>> =>
  answer.authority.version === '1.0'
    ? v1Times(answer, expiresIn)
    : { expires_in: expiresIn, ext_expires_in: expiresIn }

const binding = ({ jkt }: Answer): Pick<AccessTokenOptions, 'boundTo'> =>
  jkt === undefined ? {} : { boundTo: { jkt } }

/** RFC 9449 §5: `DPoP` where a proof came, and nowhere else. */
const tokenType = ({ jkt }: Answer): string => (jkt === undefined ? 'Bearer' : 'DPoP')

/** The answer of the client credentials flow. */
export async function appTokenResponse(answer: Answer, tenantId: string): Promise<Response> {
  const { world, authority, client, requested, claims } = answer
  const { app, authentication } = client
  const expiresIn = tokenLifetime(answer)
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
          ...binding(answer),
        })
      : await issueB2cToken(world, {
          tenantId,
          policy: authority.policy.name,
          audience: requested.resource.clientId,
          clientId: app.clientId,
          scopes: permissions,
          application: true,
          expiresIn,
          ...binding(answer),
        })
  const lasts = lifetimeOf(token, world.now())
  return json({ token_type: tokenType(answer), ...timesFor(answer, lasts), access_token: token })
}

/** An access token for a user, and what the answer says about it. */
export interface IssuedForUser {
  readonly token: string
  /** As the answer lists it. */
  readonly scope: string
  readonly expiresIn: number
}

const isDefault = ({ permissions }: RequestedScopes): boolean => permissions.includes('.default')

/** The permissions that the token gets: those of `.default` only as far as somebody agreed to them. */
function grantedScopes({ world, client, requested }: Answer, user: User): readonly string[] {
  const permissions = delegatedPermissions(world, client.app, requested)
  if (!isDefault(requested)) return permissions
  const missing = world.consents.missing(client.app, user, requested.resource, permissions)
  return permissions.filter((permission) => !missing.includes(permission))
}

/** OpenID Connect's own words are permissions of Graph, and stand in its tokens. */
const openIdPermissions = ({ resource, openId }: RequestedScopes): readonly string[] =>
  resource === microsoftGraph ? openId.filter((word) => word !== 'offline_access') : []

/** The scopes as the request wrote them; `.default` together with what it stands for. */
function scopeOf({ requested, authority }: Answer, scopes: readonly string[]): string {
  if (authority.version === '1.0') return scopes.join(' ')
  const { qualified, resourceName } = requested
  const named = isDefault(requested)
    ? [...scopes.map((scope) => `${resourceName}/${scope}`), ...qualified]
    : qualified
  return [...named, ...openIdPermissions(requested)].join(' ')
}

/** Issues the access token of a user, and remembers what the sign-in behind it has proven. */
export async function issueForUser(answer: Answer, grant: Grant): Promise<IssuedForUser> {
  const { world, authority, client, requested, claims } = answer
  const { user, proofs, authenticatedAt } = grant
  const expiresIn = tokenLifetime(answer)
  const scopes = grantedScopes(answer, user)
  const common = {
    tenantId: user.tenantId,
    user: user.id,
    clientId: client.app.clientId,
    expiresIn,
    ...binding(answer),
  }
  const scope = scopeOf(answer, scopes)
  if (authority.policy !== undefined) {
    const audience = requested.resource.clientId
    const token = await issueB2cToken(world, { ...common, scopes, policy: authority.policy.name, audience })
    return { token, scope, expiresIn: lifetimeOf(token, world.now()) }
  }
  const token = await issueUserToken(world, {
    ...common,
    scopes: [...openIdPermissions(requested), ...scopes],
    personalAccount: user.tenantId === PERSONAL_TENANT_ID,
    audience: audienceFor(requested),
    clientAuthentication: client.authentication,
    capabilities: claims.capabilities,
    // Whoever comes with the address of a document becomes an agent identity.
    agent: client.app.clientIdDocument === undefined ? undefined : 'onBehalfOf',
    authenticationContexts: [...new Set([...claims.authenticationContexts, ...contextsOf(grant)])],
    authenticationMethods: proofs.includes('mfa') ? ['pwd', 'mfa'] : ['pwd'],
  })
  if (proofs.length > 0) world.grants.evidence.set(tokenId(token), { proofs, authenticatedAt })
  return { token, scope, expiresIn: lifetimeOf(token, world.now()) }
}

/** Hashes of what the authorization endpoint hands out beside an ID token. */
interface Companions {
  readonly codeHash?: string | undefined
  readonly accessTokenHash?: string | undefined
}

/** An ID token for the client. */
export async function issueIdTokenFor(
  { world, authority, client, requested }: Answer,
  { user, nonce, sid, authenticatedAt }: Grant,
  { codeHash, accessTokenHash }: Companions = {},
): Promise<string> {
  const common = {
    tenantId: user.tenantId,
    user: user.id,
    audience: client.app.clientId,
    scopes: requested.openId,
    claims: { nonce },
    expiresIn: 3600,
    seenIssuer: authority.seenIssuer,
    ...(codeHash !== undefined && { codeHash }),
    ...(accessTokenHash !== undefined && { accessTokenHash }),
  }
  if (authority.policy !== undefined)
    return issueB2cIdToken(world, { ...common, policy: authority.policy.name })
  const session = sid === undefined ? undefined : { sid, authenticatedAt }
  return issueIdToken(world, { ...common, version: authority.version, session })
}

/** Who the account is, for MSAL's cache: in B2C one account for each policy. */
export function clientInfo({ policy }: FlowAuthority, user: User): string {
  const uid = policy === undefined ? user.id : `${user.id}-${policy.name.toLowerCase()}`
  return toBase64url(JSON.stringify({ uid, utid: user.tenantId }))
}

/** RFC 9449 §5: a confidential client has its credential, a public one nothing but the key. */
const refreshKey = ({ client, jkt }: Answer): string | undefined =>
  client.app.dpop.boundRefreshTokens && client.authentication === 'public' ? jkt : undefined

function keepRefreshToken(answer: Answer, grant: Grant): string {
  const { grants, now } = answer.world
  const token = newCode()
  const { clientId, user, scope, sid, proofs, authenticatedAt, platform } = grant
  grants.refreshTokens.set(token, {
    clientId,
    user,
    scope,
    sid,
    proofs,
    authenticatedAt,
    platform,
    jkt: refreshKey(answer),
    expiresAt: now() + refreshLifetime(grant),
  })
  return token
}

/** What the client of a user flow may have beside the access token. */
export interface UserResponseOptions {
  /** Is there a new refresh token, whatever the scope says? */
  readonly renews: boolean
  /** Did the request ask for `client_info`? */
  readonly wantsClientInfo: boolean
}

/** The answer of every flow with a user. */
export async function userTokenResponse(
  answer: Answer,
  grant: Grant,
  { renews, wantsClientInfo }: UserResponseOptions,
): Promise<Response> {
  const { authority, requested } = answer
  const openId = new Set(requested.openId)
  // B2C has nothing like Graph: without an API there is nothing that an access token could be for.
  const forApi = authority.policy === undefined || requested.namesApi
  const isV1 = authority.version === '1.0'
  const issued = forApi ? await issueForUser(answer, grant) : undefined
  return json({
    token_type: tokenType(answer),
    scope: issued?.scope,
    ...(issued === undefined ? {} : timesFor(answer, issued.expiresIn)),
    access_token: issued?.token,
    refresh_token:
      renews || isV1 || openId.has('offline_access') ? keepRefreshToken(answer, grant) : undefined,
    id_token: isV1 || openId.has('openid') ? await issueIdTokenFor(answer, grant) : undefined,
    client_info: wantsClientInfo ? clientInfo(authority, grant.user) : undefined,
  })
}
