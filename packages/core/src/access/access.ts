import type { AppIdentity, ClientAuthentication, UserIdentity } from './identity.ts'

/** A list with at least one value: an empty list would ask for nothing. */
export type NonEmptyList<T extends string = string> = readonly [T, ...T[]]

/** A list of which every value is needed, made by {@link allOf}. A plain list needs any one of its values. */
export interface AllOf {
  readonly allOf: NonEmptyList
}

/** Values of which any one is enough, or, with {@link allOf}, every one is needed. */
export type AnyOrAll = NonEmptyList | AllOf

/** The kinds of caller that can be admitted. */
export type Caller = 'user' | 'app'

/**
 * What a route asks of its caller. A kind of caller is admitted only by `scopes` (users), `appPermissions` (apps) or
 * `callers`. Any of the values inside a list, all of the keys; values are compared exactly.
 */
export interface AccessRule {
  /** Delegated permissions: admits users who have any of them. */
  readonly scopes?: AnyOrAll
  /** Application permissions: admits apps that have any of them. */
  readonly appPermissions?: AnyOrAll
  /** Admits kinds of callers without asking for a permission. */
  readonly callers?: readonly [Caller, ...Caller[]]
  /** Users only: app roles. */
  readonly roles?: AnyOrAll
  /** Users only: template ids of directory roles. */
  readonly directoryRoles?: AnyOrAll
  /** Users only: object ids of groups. */
  readonly groups?: AnyOrAll
  /** Users only: multifactor authentication, from `amr`, which only v1.0 tokens carry. */
  readonly mfa?: true
  /** Users only: an authentication context of Conditional Access, `c1` to `c99`. */
  readonly authContext?: string | AnyOrAll
  /** Users only: refuses guests, and tokens that do not tell. */
  readonly guests?: 'refuse'
  /** AI agents (Microsoft Entra Agent ID), for users and apps: none of them, or nobody else. Absent: no matter. */
  readonly agents?: 'refuse' | 'only'
  /** Client ids (`azp` or `appid`), for users and apps. */
  readonly clients?: NonEmptyList
  /** How the client authenticated, for users and apps. */
  readonly clientAuthentication?: ClientAuthentication | NonEmptyList<ClientAuthentication>
  /** Object ids of users and service principals. */
  readonly principals?: NonEmptyList
}

/** Whole accesses of which any one is enough, made by {@link anyOf}. */
export interface AnyOf<Rules extends readonly AccessRule[] = readonly AccessRule[]> {
  readonly anyOf: Rules
}

/** What a route asks of its caller: one rule, or {@link anyOf} of several. */
export type Access = AccessRule | AnyOf

type CallerIdentity<C> = C extends 'user' ? UserIdentity : C extends 'app' ? AppIdentity : never

/** Counts keys that may be there, too: a rule that is kept in a variable can hold more than its type requires. */
type IdentityForRule<R> =
  | ('scopes' extends keyof R ? UserIdentity : never)
  | ('appPermissions' extends keyof R ? AppIdentity : never)
  | (R extends { readonly callers?: ReadonlyArray<infer C> } ? CallerIdentity<C> : never)

type IdentityForEach<R> = R extends unknown ? IdentityForRule<R> : never

type OrEither<I> = [I] extends [never] ? UserIdentity | AppIdentity : I

/** The identities that an access can admit: what a route asks decides what it gets. */
export type IdentityFor<A extends Access> =
  A extends AnyOf<infer Rules> ? OrEither<IdentityForEach<Rules[number]>> : OrEither<IdentityForRule<A>>

/**
 * Asks for every one of the values instead of any one.
 *
 * @example
 * ```ts
 * authorize(identity, { scopes: allOf('Orders.Read', 'Invoices.Read') })
 * ```
 */
export function allOf(first: string, ...more: readonly string[]): AllOf {
  return Object.freeze({ allOf: Object.freeze([first, ...more] as const) })
}

/**
 * Admits a caller that any one of the accesses admits.
 *
 * @example
 * ```ts
 * authorize(identity, anyOf({ scopes: ['Orders.Write'], roles: ['Orders.Admin'] }, { appPermissions: ['Orders.Write.All'] }))
 * ```
 */
export function anyOf<const Rules extends readonly [AccessRule, ...AccessRule[]]>(
  ...rules: Rules
): AnyOf<Rules> {
  return Object.freeze({ anyOf: Object.freeze(rules) })
}
