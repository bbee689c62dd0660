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
  readonly scopes?: AnyOrAll | undefined
  /** Application permissions: admits apps that have any of them. */
  readonly appPermissions?: AnyOrAll | undefined
  /** Admits kinds of callers without asking for a permission. */
  readonly callers?: readonly [Caller, ...Caller[]] | undefined
  /** Users only: app roles. */
  readonly roles?: AnyOrAll | undefined
  /** Users only: template ids of directory roles. */
  readonly directoryRoles?: AnyOrAll | undefined
  /** Users only: object ids of groups. */
  readonly groups?: AnyOrAll | undefined
  /** Users only: multifactor authentication, from `amr`, which only v1.0 tokens carry. */
  readonly mfa?: true | undefined
  /** Users only: an authentication context of Conditional Access, `c1` to `c99`. */
  readonly authContext?: string | AnyOrAll | undefined
  /** Users only: refuses guests, and tokens that do not tell. */
  readonly guests?: 'refuse' | undefined
  /** AI agents (Microsoft Entra Agent ID), for users and apps: none of them, or nobody else. Absent: no matter. */
  readonly agents?: 'refuse' | 'only' | undefined
  /** A token that is bound to a key which the caller proved to hold, for users and apps. Needs the option `bound` of the verifier. */
  readonly bound?: true | undefined
  /** Client ids (`azp` or `appid`), for users and apps. */
  readonly clients?: NonEmptyList | undefined
  /** How the client authenticated, for users and apps. */
  readonly clientAuthentication?: ClientAuthentication | NonEmptyList<ClientAuthentication> | undefined
  /** Object ids of users and service principals. */
  readonly principals?: NonEmptyList | undefined
}

/** Whole accesses of which any one is enough, made by {@link anyOf}. */
export interface AnyOf<Rules extends readonly AccessRule[] = readonly AccessRule[]> {
  readonly anyOf: Rules
}

/** What a route asks of its caller: one rule, or {@link anyOf} of several. */
export type Access = AccessRule | AnyOf

/** Counts keys that may be there, too: a rule that is kept in a variable can hold more than its type requires. */
type AdmittedByRule<R> =
  | ('scopes' extends keyof R ? 'user' : never)
  | ('appPermissions' extends keyof R ? 'app' : never)
  | (R extends { readonly callers?: ReadonlyArray<infer C> | undefined } ? Extract<C, Caller> : never)

type AdmittedByEach<R> = R extends unknown ? AdmittedByRule<R> : never

type Admitted<A> = A extends AnyOf<infer Rules> ? AdmittedByEach<Rules[number]> : AdmittedByRule<A>

// Written out, so that editors show these names and not how the type was found.
type IdentityOf<C> = [C] extends [never]
  ? UserIdentity | AppIdentity
  : [C] extends ['user']
    ? UserIdentity
    : [C] extends ['app']
      ? AppIdentity
      : UserIdentity | AppIdentity

/** The identities that an access can admit: what a route asks decides what it gets. */
export type IdentityFor<A extends Access> = IdentityOf<Admitted<A>>

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
