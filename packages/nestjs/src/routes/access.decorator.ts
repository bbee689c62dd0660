import { compileAccess, type Access as AccessRequest, type Caller } from '@entraguard/core'
import { applyDecorators, createParamDecorator, UseGuards, type ExecutionContext } from '@nestjs/common'

import { isOptional, type AccessOptions, type OptionalRouteDecorator } from './access.options.ts'
import { EntraGuard } from '../entra.guard.ts'
import { anonymous, identityOf, keyOf } from '../calls/request.reader.ts'
import {
  AccessRules,
  PublicRoute,
  read,
  readOwn,
  rulesOf,
  TakenCallers,
  VerifierName,
  WrittenRules,
  type WrittenRule,
} from './route.rules.ts'

/** Stands on a controller, resolver or gateway, or on one of its methods. */
export type RouteDecorator = (target: object, key?: string | symbol, descriptor?: PropertyDescriptor) => void

/**
 * What the callers of a route, or of every route of a class, have to have. Those of class and method, and several
 * on one of them, all have to hold, and subclasses have those of their parents. It brings the guard along, so it holds
 * with `guard: 'manual'` too.
 *
 * A method that overrides another one has none of its rules: write its own.
 *
 * With `optional: true` a call without a token passes, and has no caller. It is for routes and for resolvers of GraphQL.
 *
 * @throws {TypeError} for an access that admits nobody or is written wrongly, and for options that do not exist, when
 * the class is defined.
 *
 * @example
 * ```ts
 * @Get()
 * @Access({ scopes: ['Orders.Read'], appPermissions: ['Orders.Read.All'] })
 * list(@CurrentIdentity() caller: UserIdentity | AppIdentity) {}
 *
 * @Get('featured')
 * @Access({ scopes: ['Orders.Read'] }, { optional: true })
 * featured(@CurrentUser() user: UserIdentity | undefined) {}
 * ```
 */
export function Access(access: AccessRequest, options: { readonly optional: true }): OptionalRouteDecorator
/** {@link Access}, where a token is needed, or where the compiler does not know. */
export function Access(access: AccessRequest, options?: AccessOptions): RouteDecorator
export function Access(access: AccessRequest, options?: AccessOptions): RouteDecorator {
  compileAccess(access)
  const rule = { access, optional: isOptional(options) }
  return (target, key, descriptor) => {
    const ruled: object = descriptor?.value ?? target
    const before = read(AccessRules, ruled) ?? []
    applyDecorators(AccessRules([...before, rule]))(target, key, descriptor)
    if (before.length === 0) applyDecorators(UseGuards(EntraGuard))(target, key, descriptor)
    remember(target, key, { decorator: AccessRules, text: '@Access()' })
  }
}

/**
 * No token is asked for, and none is read. On a method it beats what the class says. On a class it opens the routes of
 * this class and not those of its subclasses, and `@Access` or `@UseGuards(EntraGuard)`, of the class or of a parent,
 * beats it.
 */
export const Public = (): RouteDecorator => applyDecorators(PublicRoute(true))

/**
 * Which of several verifiers checks the tokens of a route: the `name` that `forRoot` was given. Subclasses have that of
 * their parents.
 */
export const UseVerifier =
  (name: string): RouteDecorator =>
  (target, key, descriptor) => {
    applyDecorators(VerifierName(name))(target, key, descriptor)
    remember(target, key, { decorator: VerifierName, text: '@UseVerifier()' })
  }

/** So that the start-up check misses what is lost when a decorator above replaces the method. */
function remember(target: object, key: string | symbol | undefined, rule: Omit<WrittenRule, 'method'>): void {
  if (key === undefined) return
  const written = readOwn(WrittenRules, target.constructor) ?? []
  applyDecorators(WrittenRules([...written, { method: String(key), ...rule }]))(target.constructor)
}

function callerDecorator(kind: Caller | undefined): ParameterDecorator {
  const readCaller = createParamDecorator((_: unknown, context: ExecutionContext) => {
    const identity = identityOf(context)
    if (identity === undefined ? isAnonymous(context) : kind === undefined || identity.kind === kind)
      return identity
    throw new TypeError(`${context.getHandler().name} takes a caller, but EntraGuard did not run before it`)
  })
  return (target, key, index) => {
    readCaller()(target, key, index)
    const method = Object.getOwnPropertyDescriptor(target, key ?? '')
    const taken = read(TakenCallers, method?.value ?? target) ?? []
    const all = kind === undefined ? taken : [...taken, { callers: [kind] } as const]
    applyDecorators(TakenCallers(all))(target, key, method)
  }
}

const isAnonymous = (context: ExecutionContext): boolean =>
  anonymous.get(keyOf(context)) === rulesOf(context.getClass(), context.getHandler())

/** The caller: a `UserIdentity` or an `AppIdentity`; `undefined` where the token is optional and did not come. */
export const CurrentIdentity = (): ParameterDecorator => callerDecorator(undefined)

/**
 * The caller, a `UserIdentity`; `undefined` where the token is optional and did not come. The route refuses apps with
 * 403, `caller_refused`.
 */
export const CurrentUser = (): ParameterDecorator => callerDecorator('user')

/**
 * The caller, an `AppIdentity`; `undefined` where the token is optional and did not come. The route refuses users with
 * 403, `caller_refused`.
 */
export const CurrentApp = (): ParameterDecorator => callerDecorator('app')
