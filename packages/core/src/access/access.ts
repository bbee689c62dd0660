import type { AppIdentity, ClientAuthentication, UserIdentity } from './identity.ts'

/** A list with at least one value, because an empty list would require nothing. */
export type NonEmptyList<T extends string = string> = readonly [T, ...T[]]

/** A list whose values are all required, made by {@link allOf}. Of a plain list, any one value is enough. */
export interface AllOf {
  readonly allOf: NonEmptyList
}

/** A list of which any one value is enough, or, with {@link allOf}, all values are required. */
export type AnyOrAll = NonEmptyList | AllOf

/** The kinds of caller that can be admitted. */
export type Caller = 'user' | 'app'

/**
 * What a route requires of its caller. Users are admitted only by `scopes` or `callers`, apps only by `appPermissions`
 * or `callers`. Every key that applies to the caller must be satisfied; within a list, any one value is enough. Values
 * are compared exactly.
 */
export interface AccessRule {
  /** Delegated permissions: admits users who have any of them. */
  readonly scopes?: AnyOrAll | undefined
  /** Application permissions: admits apps that have any of them. */
  readonly appPermissions?: AnyOrAll | undefined
  /** Admits these kinds of caller without requiring a permission. */
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
  /** Users only: refuses guests, and tokens that do not say whether the user is one. */
  readonly guests?: 'refuse' | undefined
  /**
   * Users and apps: refuses AI agents (Microsoft Entra Agent ID), or admits only AI agents. Default: makes no
   * difference.
   */
  readonly agents?: 'refuse' | 'only' | undefined
  /**
   * Users and apps: requires a token that is bound to a key, with a proof of that key. Needs the option `bound` of the
   * verifier.
   */
  readonly bound?: true | undefined
  /** Users and apps: client ids (`azp` or `appid`). */
  readonly clients?: NonEmptyList | undefined
  /** Users and apps: how the client authenticated. */
  readonly clientAuthentication?: ClientAuthentication | NonEmptyList<ClientAuthentication> | undefined
  /** Object ids of users and service principals. */
  readonly principals?: NonEmptyList | undefined
}

/** Several accesses of which any one is enough, made by {@link anyOf}. */
export interface AnyOf<Rules extends readonly AccessRule[] = readonly AccessRule[]> {
  readonly anyOf: Rules
}

/** What a route requires of its caller: one rule, or {@link anyOf} of several. */
export type Access = AccessRule | AnyOf

/** Also counts optional keys: a rule in a variable can have more keys than its type requires. */
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

/** The identities that an access can admit. What a route requires decides the type that its handler gets. */
export type IdentityFor<A extends Access> = IdentityOf<Admitted<A>>

/**
 * Requires all of the values, where a plain list requires any one of them.
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
 * Admits a caller whom at least one of the accesses admits.
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
