import { digest, toBase64url } from '../values/encoding.ts'
import { readOwnToken } from '../tokens/own-token.ts'
import type { User } from '../directory/registrations.ts'
import type { World } from '../world.ts'
import { usersAt, type FlowAuthority } from './authority.ts'
import { authenticateClient, type Client } from './client-authentication.ts'
import type { CodeGrant, Grant } from './grants.ts'
import { sharesOrigin } from './redirect-uris.ts'
import { refusals, required } from './refusal.ts'
import { readScopes, type RequestedScopes } from './requested-scopes.ts'
import { appTokenResponse, readClaimsRequest, userTokenResponse } from './token-response.ts'

interface TokenRequest {
  readonly world: World
  readonly form: URLSearchParams
  readonly authority: FlowAuthority
  readonly client: Client
}

/** The v2.0 endpoint has `scope`; the v1.0 one has `resource`, which is all of it. */
function askedScope({ form }: TokenRequest): string | undefined {
  const resource = form.get('resource')
  return form.get('scope') ?? (resource === null ? undefined : `${resource}/.default`)
}

function scopesOf(request: TokenRequest, fallback?: string): RequestedScopes {
  const scope = askedScope(request) ?? fallback ?? required(request.form, 'scope')
  return readScopes(request.world, scope, request.authority.segment)
}

/** @see https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow */
async function clientCredentials(request: TokenRequest): Promise<Response> {
  const { authority, client, world, form } = request
  const { audience, segment } = authority
  if (typeof audience === 'string') throw refusals.tenantNotNamed(segment)
  if (client.authentication === 'public') throw refusals.credentialMissing()
  const requested = scopesOf(request)
  if (requested.permissions.join(' ') !== '.default') {
    throw refusals.scopeNotDefault(requested.qualified.join(' '))
  }
  const claims = readClaimsRequest(form)
  return appTokenResponse({ world, authority, client, requested, claims }, audience.id)
}

async function checkVerifier(
  { challenge, challengeMethod }: CodeGrant,
  verifier: string | null,
): Promise<void> {
  if (challenge === undefined) return
  if (verifier === null) throw refusals.pkceMissing()
  const computed = challengeMethod === 'plain' ? verifier : toBase64url(await digest('SHA-256', verifier))
  if (computed !== challenge) throw refusals.pkceMismatch()
}

/** @see https://learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow */
async function authorizationCode(request: TokenRequest): Promise<Response> {
  const { world, form, client } = request
  const code = required(form, 'code')
  const { codes, redeemed } = world.grants
  if (redeemed.has(code)) throw refusals.codeRedeemed()
  const grant = codes.get(code)
  if (grant === undefined || grant.clientId !== client.app.clientId) throw refusals.grantInvalid()
  if (grant.expiresAt <= world.now()) throw refusals.codeExpired()
  const redirectUri = required(form, 'redirect_uri')
  if (grant.redirectUri !== redirectUri) throw refusals.redirectMismatch(redirectUri)
  await checkVerifier(grant, form.get('code_verifier'))
  // Two redemptions at once may both wait above; only one gets through here.
  if (!codes.delete(code)) throw refusals.codeRedeemed()
  redeemed.add(code)
  return answerUser(request, grant, scopesOf(request, grant.scope))
}

async function refresh(request: TokenRequest): Promise<Response> {
  const { world, form, client } = request
  const grant = world.grants.refreshTokens.get(required(form, 'refresh_token'))
  if (grant === undefined || grant.clientId !== client.app.clientId) throw refusals.grantInvalid()
  if (grant.expiresAt <= world.now()) throw refusals.codeExpired()
  return answerUser(request, grant, scopesOf(request, grant.scope))
}

async function deviceCode(request: TokenRequest): Promise<Response> {
  const { world, form, client } = request
  const code = form.get('device_code') ?? required(form, 'code')
  const device = world.grants.devices.get(code)
  if (device === undefined || device.clientId !== client.app.clientId) throw refusals.deviceCodeUnknown()
  if (device.expiresAt <= world.now()) throw refusals.deviceExpired()
  const { state, clientId, scope } = device
  if (state === 'pending') throw refusals.authorizationPending()
  world.grants.devices.delete(code)
  if (state === 'declined') throw refusals.deviceDeclined()
  return answerUser(request, { clientId, user: state, scope }, scopesOf(request, scope))
}

/** The user that a token is about, as the directory knows them. */
function userOf({ directory }: World, tenantId: unknown, objectId: unknown): User | undefined {
  return directory.users.find((user) => user.id === objectId && user.tenantId === tenantId)
}

/** @see https://learn.microsoft.com/entra/identity-platform/v2-oauth2-on-behalf-of-flow */
async function onBehalfOf(request: TokenRequest): Promise<Response> {
  const { world, form, client } = request
  if (required(form, 'requested_token_use') !== 'on_behalf_of') throw refusals.grantUnsupported()
  if (client.authentication === 'public') throw refusals.credentialMissing()
  const claims = await readOwnToken(world, required(form, 'assertion'))
  if (claims === 'signature') throw refusals.oboSignature()
  if (claims === 'expired') throw refusals.oboExpired()
  if (claims.aud !== client.app.clientId && claims.aud !== client.app.appIdUri) throw refusals.oboAudience()
  if (typeof claims['scp'] !== 'string') throw refusals.oboWithoutUser()
  const user = userOf(world, claims['tid'], claims['oid'])
  if (user === undefined) throw refusals.userNotFound(request.authority.segment)
  const requested = scopesOf(request)
  const grant = { clientId: client.app.clientId, user, scope: requested.qualified.join(' ') }
  return answerUser(request, grant, requested)
}

async function answerUser(
  { world, form, authority, client }: TokenRequest,
  grant: Grant,
  requested: RequestedScopes,
): Promise<Response> {
  // A grant of one directory is nothing in another.
  if (!usersAt(world, authority).includes(grant.user)) throw refusals.grantInvalid()
  return userTokenResponse({ world, authority, client, requested, claims: readClaimsRequest(form) }, grant)
}

const grantTypes: ReadonlyMap<string, (request: TokenRequest) => Promise<Response>> = new Map([
  ['client_credentials', clientCredentials],
  ['authorization_code', authorizationCode],
  ['refresh_token', refresh],
  ['urn:ietf:params:oauth:grant-type:device_code', deviceCode],
  ['device_code', deviceCode],
  ['urn:ietf:params:oauth:grant-type:jwt-bearer', onBehalfOf],
])

/** `POST /{tenant}/oauth2/v2.0/token`, and the v1.0 endpoint beside it. */
export async function answerToken(
  world: World,
  request: Request,
  authority: FlowAuthority,
): Promise<Response> {
  const form = new URLSearchParams(await request.text())
  const grant = grantTypes.get(required(form, 'grant_type'))
  if (grant === undefined) throw refusals.grantUnsupported()
  const client = await authenticateClient(world, form, request.headers, authority)
  const response = await grant({ world, form, authority, client })
  const origin = request.headers.get('origin')
  // A single-page app redeems its code from the page of its redirect URI, and from no other.
  if (origin !== null && client.app.redirectUris.some((uri) => sharesOrigin(uri, origin))) {
    response.headers.set('access-control-allow-origin', origin)
  }
  return response
}
