import { mayBeAgent } from './agent.ts'
import { compileAccess, type CompiledRule, type Values } from './access-rules.ts'
import type { Access, IdentityFor } from './access.ts'
import { claimsError } from './claims-challenge.ts'
import type { EntraGuardErrorCode } from '../errors/error-catalogue.ts'
import { EntraGuardError, loggable, loggableList } from '../errors/errors.ts'
import type { Identity } from './identity.ts'

/**
 * Decides whether a caller may use a route, and narrows the type of the identity accordingly.
 *
 * A user is admitted only by `scopes` or `callers`, an app only by `appPermissions` or `callers`; a role of a user
 * never counts as a permission of an app. It does not validate the token; `verify` has done that.
 *
 * @throws {EntraGuardError} a code of the step `authorize`, 403; 401 for a claims challenge.
 * @throws {TypeError} for an access that admits nobody or is malformed, and for what is no identity, such as a promise
 * of one.
 *
 * @example
 * ```ts
 * const reader = authorize(identity, { scopes: ['Orders.Read'] })
 * ```
 */
export function authorize<const A extends Access>(identity: Identity, access: A): IdentityFor<A> {
  authorizeBy(requireAnIdentity(identity), compileAccess(access))
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the rule that admitted it says which kind it is
  return identity as IdentityFor<A>
}

/** Without this, a forgotten `await` looks like a caller who lacks a permission. @throws {TypeError} */
export function requireAnIdentity(identity: Identity): Identity {
  if (typeof identity?.kind !== 'string')
    throw new TypeError('authorize needs an identity: await what verify or authenticate returns')
  return identity
}

/**
 * {@link authorize} with compiled rules. Returns the index of the rule that admits the caller. @throws
 * {EntraGuardError}
 */
export function authorizeBy(identity: Identity, rules: readonly CompiledRule[]): number {
  let closest: EntraGuardError | undefined
  let index = 0
  for (const rule of rules) {
    const problem = problemOf(identity, rule)
    if (problem === undefined) return index
    index++
    // Of several alternatives, tell about the one that was meant for this kind of caller.
    if (closest === undefined || closenessOf(problem) > closenessOf(closest)) closest = problem
  }
  throw closest ?? new EntraGuardError('caller_refused')
}

/**
 * Admits a caller to a route without an access: it must still be proved to be a user or an app. No rule is involved.
 */
export function authorizeAnyone(identity: Identity): undefined {
  if (identity.kind === 'unknown') throw callerRefused(['user', 'app'], identity)
}

/**
 * True if the groups decide: they did not fit into the token, and apart from them a rule admits the caller. A caller
 * who is admitted or refused anyway (above all an app, because groups apply to users) must not cost a request to
 * Microsoft Graph, nor wait for one that fails.
 */
export function needsGroups(identity: Identity, rules: readonly CompiledRule[]): boolean {
  if (identity.groups.status !== 'overage') return false
  if (rules.some((rule) => problemOf(identity, rule) === undefined)) return false
  return rules.some(({ groups, ...rule }) => groups !== undefined && problemOf(identity, rule) === undefined)
}

function problemOf(identity: Identity, rule: CompiledRule): EntraGuardError | undefined {
  if (identity.kind === 'unknown' || !rule.admits.includes(identity.kind))
    return callerRefused(rule.admits, identity)
  // First: what else it lacks is no matter to whom the rule is not meant for.
  if (rule.agents !== undefined && isOnWrongSide(identity, rule.agents))
    return agentRefused(identity, rule.agents)
  if (rule.needsBound && identity.bound === undefined) return new EntraGuardError('token_not_bound')
  if (identity.kind !== 'user') return problemOfApp(identity, rule) ?? problemOfClient(identity, rule)
  // Last what costs something: groups may have to be fetched, and a challenge sends the user through a sign-in.
  return (
    problemOfUser(identity, rule) ??
    problemOfClient(identity, rule) ??
    problemOfGroups(identity, rule) ??
    problemOfContext(identity, rule)
  )
}

const notMeant: readonly EntraGuardErrorCode[] = ['caller_refused', 'agent_refused']

/** How much of a rule was meant for the caller that it refused. */
function closenessOf({ code }: EntraGuardError): number {
  const index = notMeant.indexOf(code)
  return index === -1 ? notMeant.length : index
}

function isOnWrongSide(identity: Identity, agents: 'refuse' | 'only'): boolean {
  return agents === 'only' ? identity.agent === undefined : mayBeAgent(identity)
}

function agentRefused(identity: Identity, agents: 'refuse' | 'only'): EntraGuardError {
  const actual = identity.agent?.kind ?? (mayBeAgent(identity) ? unknown : 'none')
  return new EntraGuardError('agent_refused', {
    details: { claim: 'xms_act_fct', expected: agents === 'only' ? 'an agent' : 'no agent', actual },
  })
}

function problemOfUser(user: Identity, rule: CompiledRule): EntraGuardError | undefined {
  if (lacks(rule.scopes, user.scopes)) {
    const scopes = rule.scopes?.values ?? []
    return new EntraGuardError('scope_missing', {
      details: { claim: 'scp', expected: scopes, actual: loggableList(user.scopes) },
      challenge: { scopes },
    })
  }
  if (lacks(rule.roles, user.roles)) return refusal('role_missing', 'roles', rule.roles, user.roles)
  if (lacks(rule.directoryRoles, user.directoryRoles))
    return refusal('role_missing', 'wids', rule.directoryRoles, user.directoryRoles)
  return problemOfSignIn(user, rule)
}

const multifactor: Values = { all: false, values: ['mfa', 'ngcmfa'] }

function problemOfSignIn(user: Identity, rule: CompiledRule): EntraGuardError | undefined {
  // "wiaormfa" says Windows sign-in or MFA, so it proves neither.
  if (rule.mfa && lacks(multifactor, user.authenticationMethods))
    return refusal('mfa_required', 'amr', multifactor, user.authenticationMethods)
  return rule.refusesGuests ? problemOfGuest(user) : undefined
}

function problemOfGuest({ guest }: Pick<Identity, 'guest'>): EntraGuardError | undefined {
  if (guest === false) return undefined
  const actual = guest === true ? 'guest' : unknown
  return new EntraGuardError('guest_refused', { details: { claim: 'acct', expected: 'member', actual } })
}

/** The rule of a verifier that refuses guests everywhere. @throws {EntraGuardError} `guest_refused` */
export function refuseGuest(identity: Pick<Identity, 'kind' | 'guest'>): void {
  const problem = identity.kind === 'user' ? problemOfGuest(identity) : undefined
  if (problem !== undefined) throw problem
}

function problemOfGroups({ groups }: Identity, rule: CompiledRule): EntraGuardError | undefined {
  if (rule.groups === undefined) return undefined
  if (groups.status === 'overage') return refusal('groups_overage', 'groups', rule.groups, unknown)
  const ids = groups.status === 'complete' ? groups.ids : []
  return lacks(rule.groups, ids) ? refusal('group_missing', 'groups', rule.groups, ids) : undefined
}

function problemOfContext(user: Identity, { authContext }: CompiledRule): EntraGuardError | undefined {
  return authContext !== undefined && lacks(authContext, user.authenticationContexts)
    ? authContextRequired(user, authContext)
    : undefined
}

function problemOfApp(app: Identity, rule: CompiledRule): EntraGuardError | undefined {
  // B2C gives apps their application permissions in `scp`.
  const [claim, permissions] =
    app.authority === 'b2c' ? (['scp', app.scopes] as const) : (['roles', app.roles] as const)
  return lacks(rule.appPermissions, permissions)
    ? refusal('app_permission_missing', claim, rule.appPermissions, permissions)
    : undefined
}

function problemOfClient(identity: Identity, rule: CompiledRule): EntraGuardError | undefined {
  const { clients, clientAuthentication, principals } = rule
  const isV1 = identity.version === '1.0' && identity.authority !== 'b2c'
  if (lacks(clients, identity.clientId))
    return refusal('client_refused', isV1 ? 'appid' : 'azp', clients, identity.clientId)
  if (lacks(clientAuthentication, identity.clientAuthentication)) {
    const actual = identity.clientAuthentication ?? unknown
    return refusal('client_refused', isV1 ? 'appidacr' : 'azpacr', clientAuthentication, actual)
  }
  return lacks(principals, identity.objectId)
    ? refusal('caller_refused', 'oid', principals, identity.objectId)
    : undefined
}

function authContextRequired(user: Identity, contexts: Values): EntraGuardError {
  const missing = contexts.values.find((context) => !user.authenticationContexts.includes(context))
  const claims = JSON.stringify({ access_token: { acrs: { essential: true, value: missing } } })
  return claimsError('auth_context_required', claims, user, {
    claim: 'acrs',
    expected: contexts.values,
    actual: loggableList(user.authenticationContexts),
  })
}

function lacks(wanted: Values | undefined, present: string | readonly string[] | undefined): boolean {
  if (wanted === undefined) return false
  const has = (value: string): boolean =>
    Array.isArray(present) ? present.includes(value) : value === present
  return wanted.all ? !wanted.values.every(has) : !wanted.values.some(has)
}

/** For what the token does not say. */
const unknown = 'unknown'

/**
 * The refusal with the expected and the actual value: of claims that decide about access, never of those that name a
 * person.
 */
function refusal(
  code: EntraGuardErrorCode,
  claim: string,
  wanted: Values | undefined,
  present: string | readonly string[] | undefined,
): EntraGuardError {
  const actual =
    typeof present === 'string' || present === undefined ? loggable(present) : loggableList(present)
  return new EntraGuardError(code, { details: { claim, expected: wanted?.values, actual } })
}

function callerRefused(admitted: readonly string[], identity: Identity): EntraGuardError {
  return new EntraGuardError('caller_refused', { details: { expected: admitted, actual: identity.kind } })
}
