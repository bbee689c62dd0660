import type { Authority, AuthorityKind, TokenVersion } from '../authority/authority.ts'
import { b2cShapes, entraShapes, isStringList, withDocumentedTypes } from './claim-shapes.ts'
import type { AccessTokenClaims } from './access-token-claims.ts'
import { readConfirmation, type Bound } from './confirmation.ts'
import { invalid, missing, optionalText, refusal, requireText } from './claim-values.ts'
import { isGuid } from '../authority/clouds.ts'
import { EntraGuardError } from '../errors/errors.ts'
import { validateLifetime, type Lifetime, type TimeRules } from './lifetime.ts'
import type { Metadata } from '../keys/metadata.ts'
import type { VerifiedToken } from '../keys/signature.ts'
import { member, type JsonObject } from '../token/strict-json.ts'

/** The rules that a configuration sets for claims. */
export interface ClaimRules extends TimeRules {
  readonly audience: ReadonlySet<string>
  /** The versions that are accepted of those that the authority issues. */
  readonly versions: ReadonlySet<TokenVersion>
  readonly allowWithoutPermissions: boolean
  /** How the key of a bound token may be proved; `undefined` if no bound token is accepted. */
  readonly bindings: ReadonlySet<Bound['by']> | undefined
}

/** Claims that passed every rule, with what the rules found out. */
export interface ValidatedClaims extends Lifetime {
  /**
   * The claims as received. Rules read them here, because a claim of an undocumented type is not the same as an absent
   * one.
   */
  readonly payload: JsonObject
  /** The claims for the application: without those of an undocumented type, so that the types are right. */
  readonly claims: AccessTokenClaims
  readonly authority: Authority
  /** From the token, or for a B2C token without `tid` from the metadata. */
  readonly tenantId: string
  readonly clientId: string
  readonly scopes: readonly string[]
  /** What the token is bound to. Nobody has proved it yet. */
  readonly bound: Bound | undefined
}

/**
 * Applies every rule on claims to a token whose signature is good: time, issuer, tenant, audience, kind of token,
 * permissions (RFC 8725 §3.8 to §3.11).
 *
 * It does not decide what the caller may do: `authorize` does. `now` is in milliseconds.
 *
 * @throws {EntraGuardError} a code of the step `claims`.
 */
export function validateClaims(
  token: VerifiedToken,
  authority: Authority,
  metadata: Metadata,
  rules: ClaimRules,
  now: number,
): ValidatedClaims {
  const { payload } = token
  const { tenantId, validFrom, validUntil } = validateOrigin(payload, authority, metadata, rules, now)
  const bound = Object.hasOwn(payload, 'cnf') ? readConfirmation(payload, rules.bindings) : undefined
  // Before the audience: of an ID token it is the client, and "issued for another API" would make people accept that.
  refuseIdToken(payload, authority.kind)
  validateAudience(payload, rules)
  validateSubject(payload, authority.kind)
  const scopes = splitScopes(member(payload, 'scp'))
  validateScopes(payload, authority, scopes)
  const clientId = validateClient(payload)
  validatePermissions(payload, authority, scopes, rules)
  const isB2c = authority.kind === 'b2c'
  return {
    payload,
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the rules above are what makes it one
    claims: withDocumentedTypes(payload, isB2c ? b2cShapes : entraShapes) as AccessTokenClaims,
    authority,
    tenantId,
    clientId,
    scopes,
    bound,
    validFrom,
    validUntil,
  }
}

/** Who issued a token and for how long. */
export interface TokenOrigin extends Lifetime {
  readonly tenantId: string
}

/**
 * The rules on who issued a token: time, version, tenant, issuer. Access tokens and ID tokens share them.
 *
 * @throws {EntraGuardError} a code of the step `claims`.
 */
export function validateOrigin(
  payload: JsonObject,
  authority: Authority,
  metadata: Metadata,
  rules: ClaimRules,
  now: number,
): TokenOrigin {
  const { validFrom, validUntil } = validateLifetime(payload, rules, now)
  const version = validateVersion(payload, rules)
  const tenantId = validateTenant(payload, authority, metadata)
  validateIssuer(payload, authority, metadata, version, tenantId)
  return { tenantId, validFrom, validUntil }
}

/** Who a token is about. @throws {EntraGuardError} `claim_missing` or `claim_invalid` */
export function validateSubject(payload: JsonObject, kind: AuthorityKind): void {
  requireText(payload, 'sub')
  optionalText(payload, 'oid')
  // A policy of B2C may write one role as text: its names mean what the policy says.
  if (kind !== 'b2c') validateLists(payload)
}

function validateVersion(payload: JsonObject, { versions }: ClaimRules): TokenVersion {
  const version = member(payload, 'ver')
  if (version === undefined) throw missing('ver')
  for (const accepted of versions) if (version === accepted) return accepted
  throw refusal('version_refused', 'ver', [...versions], version)
}

function validateTenant(payload: JsonObject, authority: Authority, metadata: Metadata): string {
  const configured = authority.tenantId ?? metadata.tenantId
  const tenantId = member(payload, 'tid')
  if (tenantId === undefined && authority.kind === 'b2c' && configured !== undefined) return configured
  if (tenantId === undefined) throw missing('tid')
  if (typeof tenantId === 'string' && (configured === undefined ? isGuid(tenantId) : tenantId === configured))
    return tenantId
  throw refusal('tenant_mismatch', 'tid', configured, tenantId)
}

function validateIssuer(
  payload: JsonObject,
  authority: Authority,
  metadata: Metadata,
  version: TokenVersion,
  tenantId: string,
): void {
  const issuer = member(payload, 'iss')
  const expected = authority.issuerOf(version, tenantId, metadata.issuer)
  if (issuer === expected) return
  // A right form with another tenant in it means that tid and iss disagree, not that the issuer is strange.
  const named = typeof issuer === 'string' ? issuer.split('/').find(isGuid) : undefined
  const sameForm = named !== undefined && authority.issuerOf(version, named, metadata.issuer) === issuer
  throw refusal(sameForm ? 'tenant_mismatch' : 'issuer_mismatch', 'iss', expected, issuer)
}

/** Whom a token is for. @throws {EntraGuardError} `audience_mismatch`, `claim_missing` or `claim_invalid` */
export function validateAudience(payload: JsonObject, { audience }: Pick<ClaimRules, 'audience'>): void {
  const actual = member(payload, 'aud')
  if (actual === undefined) throw missing('aud')
  // RFC 7519 allows a list. Entra never issues one, and a list makes "issued for" mean "issued for one of".
  if (typeof actual !== 'string') throw invalid('aud', actual, 'one string')
  if (!audience.has(actual)) throw refusal('audience_mismatch', 'aud', [...audience].slice(0, 10), actual)
}

const listClaims = ['roles', 'wids', 'amr'] as const

function validateLists(payload: JsonObject): void {
  for (const name of listClaims) {
    const value = member(payload, name)
    if (value !== undefined && !isStringList(value)) throw invalid(name, value, 'a list of strings')
  }
  const groups = member(payload, 'groups')
  // A string is how an overage may look; it needs the pointer that comes with one.
  const isOverage = typeof groups === 'string' && Object.hasOwn(payload, '_claim_sources')
  if (groups !== undefined && !isStringList(groups) && !isOverage)
    throw invalid('groups', groups, 'a list of strings')
}

const idTokenMarks = ['nonce', 'c_hash', 'at_hash'] as const
// Clients of B2C send a nonce with every request, and its access tokens repeat it.
const b2cIdTokenMarks = ['c_hash', 'at_hash'] as const

/**
 * The claim that marks an ID token: one that only ID tokens have, or `azp` if no claim names a client. The audience of
 * an ID token is the client, so nothing else names it, and it permits nothing (`scp`). Its roles are those at the
 * client.
 */
export function idTokenMark(payload: JsonObject, kind: AuthorityKind): string | undefined {
  const has = (name: string): boolean => Object.hasOwn(payload, name)
  const mark = (kind === 'b2c' ? b2cIdTokenMarks : idTokenMarks).find(has)
  return mark ?? (['azp', 'appid', 'scp'].some(has) ? undefined : 'azp')
}

function refuseIdToken(payload: JsonObject, kind: AuthorityKind): void {
  const mark = idTokenMark(payload, kind)
  if (mark !== undefined) throw new EntraGuardError('id_token_refused', { details: { claim: mark } })
}

function validateScopes(payload: JsonObject, authority: Authority, scopes: readonly string[]): void {
  const scp = member(payload, 'scp')
  if (scp !== undefined && typeof scp !== 'string') throw invalid('scp', scp, 'one string')
  if (authority.kind !== 'b2c' && scopes.length > 0 && member(payload, 'idtyp') === 'app')
    throw invalid('scp', scp, 'absent in a token of an app')
}

function validateClient(payload: JsonObject): string {
  const azp = optionalText(payload, 'azp')
  const appid = optionalText(payload, 'appid')
  if (azp !== undefined && appid !== undefined && azp !== appid)
    throw invalid('azp', azp, 'the same as appid')
  const clientId = azp ?? appid
  if (clientId === undefined) throw missing('azp')
  return clientId
}

function validatePermissions(
  payload: JsonObject,
  authority: Authority,
  scopes: readonly string[],
  { allowWithoutPermissions }: ClaimRules,
): void {
  if (allowWithoutPermissions) return
  if (authority.kind === 'b2c' && member(payload, 'scp') === undefined) throw missing('scp')
  const roles = member(payload, 'roles')
  const hasRole = isStringList(roles) && roles.length > 0
  // Entra issues a token for this API to any app of the tenant that asks: valid is not yet allowed.
  if (!hasRole && scopes.length === 0) throw new EntraGuardError('permissions_missing')
}

/** The delegated permissions in `scp`. `/` and nothing are what tokens of agents carry instead of an absent claim. */
export function splitScopes(scopes: unknown): readonly string[] {
  if (typeof scopes !== 'string') return []
  // Only the space separates: "a\tOrders.Write" must not become two scopes.
  return scopes.split(' ').filter((scope) => scope !== '' && scope !== '/')
}
