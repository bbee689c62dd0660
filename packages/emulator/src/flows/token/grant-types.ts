import type { App, User } from '../../directory/registrations.ts'
import { readOwnToken } from '../../tokens/own-token.ts'
import { digest, toBase64url } from '../../values/encoding.ts'
import type { World } from '../../world.ts'
import { currentUser, usersAt } from '../authority.ts'
import { requireAssignment } from '../client/assignment.ts'
import { requireEvidence } from '../client/evidence.ts'
import type { Evidence } from '../client/proven.ts'
import { unconsented } from '../client/unconsented.ts'
import type { RequestedScopes } from '../client/requested-scopes.ts'
import { required } from '../refusal.ts'
import { refusals } from '../refusals.ts'
import type { CodeGrant, Grant } from './grants.ts'
import { requestedOfGrant, requestedScope, requestedScopes, type TokenRequest } from './token-request.ts'
import { appTokenResponse, userTokenResponse } from './token-response.ts'

/** @see https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow */
export async function clientCredentials(request: TokenRequest): Promise<Response> {
  const { authority, client, world, claims, form, jkt } = request
  const { audience, segment } = authority
  if (typeof audience === 'string') throw refusals.tenantNotNamed(segment)
  if (client.authentication === 'public') throw refusals.credentialMissing()
  const scope = form.get('scope')
  if (scope !== null && world.directory.app(scope) !== undefined) throw refusals.scopeNotDefault(scope)
  const requested = requestedScopes(request)
  if (!requested.permissions.includes('.default')) {
    throw refusals.scopeNotDefault(requested.qualified.join(' '))
  }
  requireSigningKey(requested.resource)
  return appTokenResponse({ world, authority, client, requested, claims, jkt }, audience.id)
}

/** RFC 7636 §4.6. */
async function checkVerifier(
  { challenge, challengeMethod }: CodeGrant,
  verifier: string | null,
): Promise<void> {
  if (challenge === undefined) return
  if (verifier === null) throw refusals.pkceMissing()
  const computed = challengeMethod === 'plain' ? verifier : toBase64url(await digest('SHA-256', verifier))
  if (computed !== challenge) throw refusals.pkceMismatch()
}

/** What is bound to a key is redeemed with a proof of that key. */
function checkKey({ jkt }: TokenRequest, grant: { readonly jkt: string | undefined }): void {
  if (grant.jkt !== undefined && grant.jkt !== jkt) throw refusals.proofOfAnotherKey()
}

/** A page redeems what was given to a page, a server or a device what was given to them. */
function checkPlatform({ client, origin }: TokenRequest, { platform }: Grant): void {
  if (platform === 'spa' && origin === null) throw refusals.redemptionByServer()
  if (platform === 'web' && client.authentication === 'public') throw refusals.credentialMissing()
}

/** @see https://learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow */
export async function authorizationCode(request: TokenRequest): Promise<Response> {
  const { world, form, client } = request
  const code = required(form, 'code')
  const { codes, redeemed } = world.grants
  if (redeemed.has(code)) throw refusals.codeRedeemed()
  const grant = codes.get(code)
  if (grant === undefined || grant.clientId !== client.app.clientId) throw refusals.grantInvalid()
  if (grant.expiresAt <= world.now()) throw refusals.codeExpired()
  const redirectUri = required(form, 'redirect_uri')
  if (grant.redirectUri !== redirectUri) throw refusals.redirectMismatch(redirectUri)
  checkPlatform(request, grant)
  if (grant.platform === 'spa' && grant.challenge === undefined) throw refusals.redemptionWithoutProof()
  await checkVerifier(grant, form.get('code_verifier'))
  checkKey(request, grant)
  // Two redemptions at once may both wait above; only one gets through here.
  if (!codes.delete(code)) throw refusals.codeRedeemed()
  redeemed.set(code, true)
  return answerUser(request, grant, requestedOfGrant(request, grant))
}

/** @see https://learn.microsoft.com/entra/identity-platform/refresh-tokens */
export async function refresh(request: TokenRequest): Promise<Response> {
  const { world, form, client } = request
  const grant = world.grants.refreshTokens.get(required(form, 'refresh_token'))
  if (grant === undefined || grant.clientId !== client.app.clientId) throw refusals.grantInvalid()
  if (grant.expiresAt <= world.now()) {
    throw grant.platform === 'spa' ? refusals.refreshTokenOfPage() : refusals.codeExpired()
  }
  checkPlatform(request, grant)
  checkKey(request, grant)
  const requested = requestedOfGrant(request, grant)
  const namesNothing = !form.has('scope') && !form.has('resource')
  // Entra reads a refresh without a scope as one for all of the API, which an app may ask of itself by its id only.
  if (namesNothing && requested.resource === client.app) throw refusals.tokenForItself(client.app)
  return answerUser(request, grant, requested, { renews: true })
}

/** @see https://learn.microsoft.com/entra/identity-platform/v2-oauth2-device-code */
export async function deviceCode(request: TokenRequest): Promise<Response> {
  const { world, form, client } = request
  const code = form.get('device_code') ?? required(form, 'code')
  const device = world.grants.devices.get(code)
  if (device === undefined || device.clientId !== client.app.clientId) throw refusals.deviceCodeUnknown()
  if (device.expiresAt <= world.now()) throw refusals.deviceExpired()
  const { state, clientId, scope } = device
  if (state === 'pending') throw refusals.authorizationPending()
  world.grants.devices.delete(code)
  if (state === 'declined') throw refusals.deviceDeclined()
  const platform = client.authentication === 'public' ? 'publicClient' : 'any'
  const grant: Grant = { clientId, user: state.user, scope, platform, ...state.evidence }
  return answerUser(request, grant, requestedOfGrant(request, grant))
}

/** @see https://learn.microsoft.com/entra/identity-platform/v2-oauth-ropc */
export async function password(request: TokenRequest): Promise<Response> {
  const { world, form, client, authority } = request
  const { audience, segment } = authority
  if (audience === 'common' || audience === 'consumers') throw refusals.passwordUnsupported(segment)
  const name = required(form, 'username').toLowerCase()
  const given = required(form, 'password')
  const user = usersAt(world, authority).find((one) => one.userPrincipalName.toLowerCase() === name)
  if (user === undefined) throw refusals.userNotFound(segment)
  // A guest's password is known at home only.
  if (user.guestFrom !== undefined || user.password !== given) throw refusals.passwordWrong()
  const requested = requestedScopes(request)
  const platform = client.authentication === 'public' ? 'publicClient' : 'any'
  const grant: Grant = {
    clientId: client.app.clientId,
    user,
    scope: requestedScope(request),
    platform,
    proofs: [],
    authenticatedAt: world.now(),
  }
  return answerUser(request, grant, requested)
}

/** The user that a token is about, as the directory knows them. */
function userOf({ directory }: World, tenantId: unknown, objectId: unknown): User | undefined {
  return directory.users.find((user) => user.id === objectId && user.tenantId === tenantId)
}

const texts = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter((one) => typeof one === 'string') : []

/** What the sign-in behind an access token has proven: what the token says itself, and what is remembered of it. */
function evidenceOf({ grants }: World, claims: Readonly<Record<string, unknown>>): Evidence {
  const { uti, acrs, amr, iat } = claims
  const remembered = typeof uti === 'string' ? grants.evidence.get(uti) : undefined
  const methods = texts(amr).filter((method) => method === 'mfa')
  return {
    proofs: [...new Set([...(remembered?.proofs ?? []), ...texts(acrs), ...methods])],
    authenticatedAt: remembered?.authenticatedAt ?? Number(iat) * 1000,
  }
}

/** @see https://learn.microsoft.com/entra/identity-platform/v2-oauth2-on-behalf-of-flow */
export async function onBehalfOf(request: TokenRequest): Promise<Response> {
  const { world, form, client, authority } = request
  if (required(form, 'requested_token_use') !== 'on_behalf_of') throw refusals.grantUnsupported()
  if (client.authentication === 'public') throw refusals.credentialMissing()
  const claims = await readOwnToken(world, required(form, 'assertion'))
  if (claims === 'signature') throw refusals.oboSignature()
  if (claims === 'expired') throw refusals.oboExpired()
  if (claims.aud !== client.app.clientId && claims.aud !== client.app.appIdUri) throw refusals.oboAudience()
  if (claims['azp'] === undefined && claims['appid'] === undefined) throw refusals.oboIdToken()
  if (typeof claims['scp'] !== 'string') throw refusals.oboWithoutUser()
  const user = userOf(world, claims['tid'], claims['oid'])
  if (user === undefined) throw refusals.userNotFound(authority.segment)
  // The authority of another directory does not know the key of this one's issuer.
  if (currentUser(world, authority, user) === undefined) throw refusals.oboSignature()
  const requested = requestedScopes(request)
  const grant: Grant = {
    clientId: client.app.clientId,
    user,
    scope: requestedScope(request),
    platform: 'any',
    ...evidenceOf(world, claims),
  }
  return answerUser(request, grant, requested)
}

/** Mapped claims are for an API that has a signing key of its own: it, and nobody else, knows that they are mapped. */
function requireSigningKey(resource: App): void {
  if (Object.keys(resource.claimsMapping).length > 0 && !resource.ownKey)
    throw refusals.signingKeyMissing(resource)
}

/** What Entra checks of everybody, however they came here: B2C and External ID have none of it. */
function checkUser(
  { world, authority, client, claims }: TokenRequest,
  grant: Grant,
  requested: RequestedScopes,
): void {
  const { audience } = authority
  if (typeof audience !== 'string' && audience.kind !== 'workforce') return
  const { user } = grant
  const { resource, resourceName } = requested
  if (
    resource === client.app &&
    requested.permissions.includes('.default') &&
    resourceName !== resource.clientId
  ) {
    throw refusals.tokenForItself(client.app)
  }
  requireSigningKey(resource)
  requireAssignment(world, client.app, user)
  requireAssignment(world, resource, user)
  if (unconsented(world, client.app, user, requested).length > 0) throw refusals.consentMissing(client.app)
  const { authenticationContexts } = claims
  requireEvidence(world, { user, client: client.app, resources: [resource], authenticationContexts }, grant)
}

async function answerUser(
  request: TokenRequest,
  given: Grant,
  requested: RequestedScopes,
  { renews = false }: { readonly renews?: boolean } = {},
): Promise<Response> {
  const { world, form, authority, client, claims, jkt } = request
  // A grant of one directory is nothing in another.
  const user = currentUser(world, authority, given.user)
  if (user === undefined) throw refusals.grantInvalid()
  const grant = { ...given, user }
  checkUser(request, grant, requested)
  const wantsClientInfo = form.get('client_info') === '1'
  return userTokenResponse({ world, authority, client, requested, claims, jkt }, grant, {
    renews,
    wantsClientInfo,
  })
}
