import { agentOf, type Agent } from './agent.ts'
import type { AuthorityKind, TokenVersion } from '../authority/authority.ts'
import type { V1Claims, V2Claims } from '../claims/access-token-claims.ts'
import type { B2cClaims } from '../claims/b2c-claims.ts'
import type { ValidatedClaims } from '../claims/claims.ts'
import type { Bound } from '../claims/confirmation.ts'
import { isGuid } from '../authority/clouds.ts'
import { isStringList } from '../claims/claim-shapes.ts'
import { readGroups, type Groups } from './groups.ts'
import { member, type JsonObject } from '../token/strict-json.ts'

// The brands are plain names: the declarations of an API that is inferred from its routes could not name a symbol.
/**
 * The id of a tenant. It is branded, so that it cannot be confused with an object id. The brand exists for the compiler
 * only.
 */
export type TenantId = string & { readonly __tenantId: true }
/** The id of a user or service principal within its tenant. */
export type ObjectId = string & { readonly __objectId: true }

/**
 * How the client authenticated to Entra ID: not at all, with a secret, or with a certificate (`azpacr` or `appidacr`).
 */
export type ClientAuthentication = 'public' | 'secret' | 'certificate'

type Kind = 'user' | 'app' | 'unknown'

interface IdentityFields<K extends Kind> {
  readonly kind: K
  /** The host at which users of this authority sign in. */
  readonly loginHost: string
  readonly tenantId: TenantId
  /** Unique only together with the tenant. */
  readonly objectId: K extends 'unknown' ? ObjectId | undefined : ObjectId
  /** `sub`: different for each API; a client that signs the user in sees another one. */
  readonly subject: string
  /** `tid.oid`: the key to store data under. Absent without an object id. */
  readonly key: K extends 'unknown' ? string | undefined : string
  /** `tid.sub`: like `key`, for this API only. */
  readonly subjectKey: string
  /** The client app (`azp` or `appid`). */
  readonly clientId: string
  readonly clientAuthentication: ClientAuthentication | undefined
  /** Delegated permissions of a user. For apps in B2C: their application permissions. */
  readonly scopes: readonly string[]
  /** App roles of a user, application permissions of an app. */
  readonly roles: readonly string[]
  /** Template ids of directory roles (`wids`). */
  readonly directoryRoles: readonly string[]
  readonly groups: Groups
  /** `amr`. v2.0 tokens do not have it. */
  readonly authenticationMethods: readonly string[]
  /** `acrs`. */
  readonly authenticationContexts: readonly string[]
  /** `undefined` when the token does not say. */
  readonly guest: boolean | undefined
  /** The AI agent that acts as the caller or on behalf of the caller; `undefined` when there is none. */
  readonly agent: Agent | undefined
  /**
   * The key that the token is bound to and that the caller proved to hold. `undefined` for a plain bearer token, and
   * without the option `bound` of the verifier.
   */
  readonly bound: Bound | undefined
  /** `uti`: unique for each token. */
  readonly tokenId: string | undefined
  /** Seconds since the epoch. */
  readonly issuedAt: number | undefined
  /** Seconds since the epoch. */
  readonly expiresAt: number
  readonly version: TokenVersion
}

// Interfaces, and exported: editors and the declarations of an API that is inferred from its routes show them by name.
/** An identity from Entra ID or External ID. */
export interface EntraIdentity<K extends Kind = Kind> extends IdentityFields<K> {
  readonly authority: 'entraId' | 'externalId'
  readonly claims: V1Claims | V2Claims
}
/** An identity from Azure AD B2C. */
export interface B2cIdentity<K extends Kind = Kind> extends IdentityFields<K> {
  readonly authority: 'b2c'
  readonly claims: B2cClaims
}

/** A user on whose behalf a client calls. Plain data, deeply frozen. */
export type UserIdentity = EntraIdentity<'user'> | B2cIdentity<'user'>
/** An app that calls with its own permissions, without a user. Plain data, deeply frozen. */
export type AppIdentity = EntraIdentity<'app'> | B2cIdentity<'app'>
/** The caller behind a valid token that proves neither a user nor an app. No access admits it. */
export type UnknownIdentity = EntraIdentity<'unknown'> | B2cIdentity<'unknown'>
/** The caller. `kind` says what kind of caller it is. */
export type Identity = UserIdentity | AppIdentity | UnknownIdentity

/** Maps validated claims to the identity that they prove. Decides nothing about permissions. */
export function toIdentity(validated: ValidatedClaims, appClients: readonly string[] = []): Identity {
  const { payload, claims, authority, tenantId, clientId, scopes, bound } = validated
  const objectId = objectIdOf(payload, authority.kind)
  const kind = kindOf(payload, authority.kind, objectId, scopes.length > 0, appClients.includes(clientId))
  const identity: IdentityFields<Kind> & { authority: AuthorityKind; claims: unknown } = {
    kind,
    authority: authority.kind,
    loginHost: authority.loginHost,
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a brand
    tenantId: tenantId as TenantId,
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a brand
    objectId: objectId as ObjectId | undefined,
    subject: claims.sub,
    key: objectId === undefined ? undefined : `${tenantId}.${objectId}`,
    subjectKey: `${tenantId}.${claims.sub}`,
    clientId,
    clientAuthentication: clientAuthenticationOf(payload),
    scopes: Object.freeze(scopes),
    roles: list(payload, 'roles'),
    directoryRoles: list(payload, 'wids'),
    groups: readGroups(payload),
    authenticationMethods: list(payload, 'amr'),
    authenticationContexts: list(payload, 'acrs'),
    guest: guestOf(payload, tenantId),
    // Policies of B2C name claims as they like, and it has no agents.
    agent: authority.kind === 'b2c' ? undefined : agentOf(payload, kind, claims),
    bound,
    tokenId: text(payload, 'uti'),
    issuedAt: claims.iat,
    expiresAt: claims.exp,
    version: claims.ver,
    claims,
  }
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- `kind` and `authority` were read from the same claims
  return Object.freeze(identity) as Identity
}

/** The kind of caller that claims prove. */
export function kindOf(
  claims: JsonObject,
  authority: AuthorityKind,
  objectId: string | undefined,
  hasScopes: boolean,
  isAppClient: boolean,
): Identity['kind'] {
  if (objectId === undefined) return 'unknown'
  // B2C gives apps their permissions in `scp` too and marks them by nothing: the configuration names them.
  if (authority === 'b2c') return isAppClient ? 'app' : hasScopes ? 'user' : 'unknown'
  const type = member(claims, 'idtyp')
  if (type === 'app' || type === 'user') return type
  // Any other value ("device", something new) is a kind that nothing here knows how to admit.
  if (type !== undefined) return 'unknown'
  if (hasScopes) return 'user'
  // Only for a service principal are the two the same: the `sub` of a user differs from app to app.
  return objectId === member(claims, 'sub') ? 'app' : 'unknown'
}

/** `oid`, for B2C also a GUID in `sub`. */
export function objectIdOf(claims: JsonObject, authority: AuthorityKind): string | undefined {
  const objectId = text(claims, 'oid')
  if (objectId !== undefined || authority !== 'b2c') return objectId
  // B2C puts the object id into `sub`, or an English sentence that says it did not.
  const subject = text(claims, 'sub')
  return subject !== undefined && isGuid(subject) ? subject : undefined
}

const clientAuthentications: ReadonlyMap<unknown, ClientAuthentication> = new Map([
  ['0', 'public'],
  ['1', 'secret'],
  ['2', 'certificate'],
])

function clientAuthenticationOf(payload: JsonObject): ClientAuthentication | undefined {
  return clientAuthentications.get(member(payload, Object.hasOwn(payload, 'azpacr') ? 'azpacr' : 'appidacr'))
}

/** True for a guest, `undefined` if the claims do not say, or if a claim that should say has an unexpected form. */
export function guestOf(payload: JsonObject, tenantId: string): boolean | undefined {
  const account = member(payload, 'acct')
  if (account !== undefined) return account === 1 ? true : account === 0 ? false : undefined
  const relation = member(payload, 'xms_idrel')
  if (relation !== undefined && typeof relation !== 'string') return undefined
  const relations = relation?.split(' ')
  if (relations?.includes('5')) return true
  // 1 a member, 3 a member with a personal account. Any other relation says nothing about guests.
  if (relations?.includes('1') || relations?.includes('3')) return false
  const provider = member(payload, 'idp')
  if (provider === undefined) return false
  // Comparing `idp` with `iss` as text calls every v2.0 member a guest: the two name one tenant on different hosts.
  const home = typeof provider === 'string' ? provider.toLowerCase().split('/').find(isGuid) : undefined
  return home === undefined ? undefined : home !== tenantId
}

function text(payload: JsonObject, name: string): string | undefined {
  const value = member(payload, name)
  return typeof value === 'string' && value !== '' ? value : undefined
}

const none: readonly string[] = Object.freeze([])

function list(payload: JsonObject, name: string): readonly string[] {
  const value = member(payload, name)
  // Frozen with the payload.
  return isStringList(value) ? value : none
}
