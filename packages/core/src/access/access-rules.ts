import type { Access, AccessRule, Caller } from './access.ts'
import { readTexts, rejectUnknown } from '../options/option-values.ts'
import { readGuids, readRoles, readScopes } from '../options/token-values.ts'

/** A copy of one list of an access. */
export interface Values {
  readonly all: boolean
  readonly values: readonly string[]
}

/** An access rule, checked and copied: later changes to the original object have no effect. */
export interface CompiledRule {
  readonly admits: readonly Caller[]
  readonly scopes?: Values
  readonly appPermissions?: Values
  readonly roles?: Values
  readonly directoryRoles?: Values
  readonly groups?: Values
  readonly authContext?: Values
  readonly clients?: Values
  readonly clientAuthentication?: Values
  readonly principals?: Values
  readonly mfa: boolean
  readonly refusesGuests: boolean
  readonly agents?: 'refuse' | 'only'
  readonly needsBound: boolean
}

const compiled = new WeakMap<object, readonly CompiledRule[]>()

/**
 * Checks an access and compiles it, once for each object. Adapters call it when a route is declared.
 *
 * @throws {TypeError} for an access that admits nobody, an empty list, an unknown key, or a value that no token of
 * Entra ID can carry.
 *
 * @example
 * ```ts
 * compileAccess({ scopes: ['Orders.Read'] }) // a mistake in the access ends the start, not the first request
 * ```
 */
export function compileAccess(access: Access): readonly CompiledRule[] {
  if (typeof access !== 'object' || access === null || Array.isArray(access))
    throw new TypeError('access must be an object such as { scopes: ["Orders.Read"] }')
  let rules = compiled.get(access)
  if (rules === undefined) {
    const list = 'anyOf' in access ? access.anyOf : [access]
    if (!Array.isArray(list) || list.length === 0) throw new TypeError('anyOf needs at least one access')
    // "{ ...anyOf(…), mfa: true }" would look like one more condition, and nobody would read it.
    const beside = 'anyOf' in access && Object.keys(access).find((key) => key !== 'anyOf')
    if (beside)
      throw new TypeError(`anyOf cannot stand beside "${beside}": write that into each access of anyOf`)
    rules = Object.freeze(list.map(compileRule))
    compiled.set(access, rules)
  }
  return rules
}

/**
 * The kinds of caller that every one of the accesses can admit. The list is empty when the accesses contradict each
 * other.
 *
 * @throws {TypeError} as {@link compileAccess}.
 *
 * @example
 * ```ts
 * admittedCallers([{ scopes: ['Orders.Read'], appPermissions: ['Orders.Read.All'] }, { callers: ['user'] }]) // ['user']
 * ```
 */
export function admittedCallers(accesses: readonly Access[]): readonly Caller[] {
  const compiledAccesses = accesses.map(compileAccess)
  return callerKinds.filter((kind) =>
    compiledAccesses.every((rules) => rules.some(({ admits }) => admits.includes(kind))),
  )
}

const callerKinds = ['user', 'app'] as const
const listKeys = [
  'scopes',
  'appPermissions',
  'roles',
  'directoryRoles',
  'groups',
  'authContext',
  'clients',
  'clientAuthentication',
  'principals',
] as const
const userKeys = ['roles', 'directoryRoles', 'groups', 'mfa', 'authContext', 'guests'] as const
const ruleKeys: ReadonlySet<string> = new Set([...listKeys, 'callers', 'mfa', 'guests', 'agents', 'bound'])

function compileRule(rule: AccessRule): CompiledRule {
  if (typeof rule !== 'object' || rule === null)
    throw new TypeError('anyOf takes accesses such as { scopes: ["Orders.Read"] }')
  // Inherited keys are read like own ones, so a polluted prototype could widen every rule.
  rejectUnknown('access key', rule, ruleKeys)
  const callers = readCallers(rule.callers)
  const admitsUsers = rule.scopes !== undefined || callers.includes('user')
  const admitsApps = rule.appPermissions !== undefined || callers.includes('app')
  if (!admitsUsers && !admitsApps) {
    throw new TypeError(
      'access admits nobody: add scopes (users), appPermissions (apps) or callers: ["user", "app"]',
    )
  }
  const idle = userKeys.find((key) => rule[key] !== undefined)
  if (!admitsUsers && idle !== undefined) {
    throw new TypeError(
      `access: "${idle}" applies to users, but only apps are admitted; for permissions of apps, use appPermissions`,
    )
  }
  if (rule.mfa !== undefined && rule.mfa !== true) throw new TypeError('access: mfa can only be true')
  if (rule.guests !== undefined && rule.guests !== 'refuse')
    throw new TypeError("access: guests can only be 'refuse'")
  if (rule.agents !== undefined && rule.agents !== 'refuse' && rule.agents !== 'only')
    throw new TypeError("access: agents can only be 'refuse' or 'only'")
  if (rule.bound !== undefined && rule.bound !== true) throw new TypeError('access: bound can only be true')
  const lists = Object.fromEntries(
    listKeys.flatMap((key) => (rule[key] === undefined ? [] : [[key, readValues(key, rule[key])]])),
  )
  return Object.freeze({
    admits: Object.freeze(callerKinds.filter((kind) => (kind === 'user' ? admitsUsers : admitsApps))),
    mfa: rule.mfa === true,
    refusesGuests: rule.guests === 'refuse',
    needsBound: rule.bound === true,
    ...(rule.agents !== undefined && { agents: rule.agents }),
    ...lists,
  })
}

function readCallers(callers: unknown): readonly unknown[] {
  if (callers === undefined) return []
  if (
    !Array.isArray(callers) ||
    callers.length === 0 ||
    !callers.every((kind) => kind === 'user' || kind === 'app')
  ) {
    throw new TypeError('access: callers must be a list of "user" and "app"')
  }
  return [...(callers as readonly unknown[])]
}

function readValues(key: (typeof listKeys)[number], value: unknown): Values {
  const mayBeOne = key === 'authContext' || key === 'clientAuthentication'
  const isAll = typeof value === 'object' && value !== null && 'allOf' in value
  const list: unknown = isAll ? value.allOf : mayBeOne && typeof value === 'string' ? [value] : value
  if (isAll && single.has(key))
    throw new TypeError(`access: ${key} does not accept allOf: a token has only one value of it`)
  return Object.freeze({ all: isAll, values: Object.freeze(readers[key](`access: ${key}`, list)) })
}

/** What a token has once. */
const single: ReadonlySet<string> = new Set(['clients', 'clientAuthentication', 'principals'])

type Reader = (name: string, list: unknown) => readonly string[]

const oneOf =
  (takes: string, accepts: (value: string) => boolean): Reader =>
  (name, list) =>
    readTexts(name, list, (value) => (accepts(value) ? undefined : `is not one of ${takes}`))
const guidsOf =
  (what: string): Reader =>
  (name, list) =>
    readGuids(name, what, list)

const readers: Readonly<Record<(typeof listKeys)[number], Reader>> = {
  scopes: readScopes,
  appPermissions: readRoles,
  roles: readRoles,
  directoryRoles: guidsOf('template ids of directory roles, not their names'),
  // A name can be given to any group by whoever may create one.
  groups: guidsOf('object ids of groups, because group names prove nothing'),
  authContext: oneOf('"c1" to "c99"', (value) => /^c[1-9][0-9]?$/.test(value)),
  clients: guidsOf('client ids of applications'),
  clientAuthentication: oneOf('"public", "secret" and "certificate"', (value) =>
    ['public', 'secret', 'certificate'].includes(value),
  ),
  principals: guidsOf('object ids of users and service principals'),
}
