import type { App, User } from '../directory/registrations.ts'
import { homeOfGuest } from '../directory/issuers.ts'
import type { KeyRingName } from '../keys/signing-keys.ts'
import type { TokenMembers } from '../keys/sign.ts'
import { choosePrincipal, guestName, loginHint, pairwiseSubject } from '../directory/principals.ts'
import { randomBase64url } from '../values/encoding.ts'
import type { World } from '../world.ts'
import { groupsClaims } from './access-token.ts'
import { BACKDATED, chooseKey, finishToken, timesOf } from './finish-token.ts'
import { issuerFor, issuingTenant, ringFor, type IssuingTenant } from './issuing-tenant.ts'
import type { IdTokenOptions } from './token-options.ts'

/** What a sign-in knows beyond what `issueIdToken` can be asked for. */
export interface IdTokenRequest extends IdTokenOptions {
  /** Turns Microsoft's own issuer into the one that the client expects. */
  readonly seenIssuer?: ((issuer: string) => string) | undefined
  /** The session, and when its user signed in, in milliseconds since the epoch. */
  readonly session?: { readonly sid: string; readonly authenticatedAt: number } | undefined
}

const DEFAULT_SCOPES = ['openid', 'profile']

/** Claims that show who somebody is: only a client that asks for `profile` gets those of v2.0. */
function nameClaims(user: User, version: '1.0' | '2.0', scopes: ReadonlySet<string>): TokenMembers {
  if (version === '1.0') {
    return {
      amr: ['pwd'],
      family_name: user.familyName,
      given_name: user.givenName,
      ipaddr: '203.0.113.7',
      name: user.name,
      oid: user.id,
      unique_name: guestName(user),
      upn: user.userPrincipalName,
    }
  }
  return scopes.has('profile') ? { name: user.name, oid: user.id, preferred_username: guestName(user) } : {}
}

/** A guest's address is there by default; a member's on request, by the scope or as an optional claim. */
function emailOf(user: User, client: App | undefined, scopes: ReadonlySet<string>): string | undefined {
  const wanted =
    user.guestFrom !== undefined || scopes.has('email') || client?.idTokenClaims.includes('email') === true
  return wanted
    ? (user.email ?? (user.guestFrom === undefined ? user.userPrincipalName : undefined))
    : undefined
}

/** Claims that are there only when the registration of the client asks for them. */
function optionalClaims(
  client: App | undefined,
  user: User,
  tenant: IssuingTenant,
  { session }: IdTokenRequest,
  now: number,
): TokenMembers {
  const all: TokenMembers = {
    acct: user.guestFrom === undefined ? 0 : 1,
    auth_time: Math.floor((session?.authenticatedAt ?? now - BACKDATED * 1000) / 1000),
    family_name: user.familyName,
    given_name: user.givenName,
    ipaddr: '203.0.113.7',
    login_hint: loginHint(user),
    preferred_username: guestName(user),
    sid: session?.sid,
    tenant_region_scope: tenant.cloud.regionScope,
    upn: user.userPrincipalName,
    verified_primary_email: user.email === undefined ? undefined : [user.email],
  }
  return Object.fromEntries(Object.entries(all).filter(([name]) => client?.idTokenClaims.includes(name)))
}

function ringOf(client: App | undefined, tenant: IssuingTenant): KeyRingName {
  return client?.ownKey === true ? `app:${client.clientId}` : ringFor(tenant)
}

function assignedRoles(client: App | undefined, user: User): readonly string[] | undefined {
  const offered = new Set(
    client?.appRoles.filter((role) => role.allowedMemberTypes.includes('User')).map(({ value }) => value),
  )
  const roles = user.roles.filter((role) => offered.has(role))
  return roles.length === 0 ? undefined : roles
}

/** An ID token: about a user, for a client. An API must refuse it. */
export async function issueIdToken(world: World, given: IdTokenRequest = {}): Promise<string> {
  const options = world.hooks.tokenOptions('id', given)
  const { directory } = world
  const audience = options.audience ?? directory.apps[1]?.clientId ?? directory.firstApp.clientId
  const { version = '2.0', seenIssuer = (issuer) => issuer } = options
  const tenant = issuingTenant(directory, options)
  const user = choosePrincipal(directory, tenant.id, options.user)
  const client = directory.app(audience)
  const scopes = new Set(options.scopes ?? DEFAULT_SCOPES)
  const groups =
    client?.groupClaims === true ? directory.groupsOf(tenant.id, user.id, user.userPrincipalName) : []
  const key = await chooseKey(world, { ...options, audience }, ringOf(client, tenant))
  return finishToken(
    key,
    {
      aud: audience,
      iss: seenIssuer(issuerFor(tenant, version)),
      ...timesOf(options, world.now()),
      aio: `A${randomBase64url(60)}`,
      at_hash: options.accessTokenHash,
      c_hash: options.codeHash,
      email: emailOf(user, client, scopes),
      ...groupsClaims(tenant, groups, user),
      idp: homeOfGuest(user.guestFrom),
      ...nameClaims(user, version, scopes),
      nonce: options.nonce ?? randomBase64url(18),
      ...optionalClaims(client, user, tenant, options, world.now()),
      rh: `1.${randomBase64url(24)}AA.`,
      roles: assignedRoles(client, user),
      sub: await pairwiseSubject(tenant.id, user.id, audience),
      tid: tenant.id,
      uti: `${randomBase64url(15)}AA`,
      ver: version,
    },
    options,
    version === '1.0' ? { x5t: key.kid } : {},
  )
}
