import { compileAccess, type Access as AccessRequest, type Caller } from '@entraguard/core'
import { applyDecorators, createParamDecorator, UseGuards, type ExecutionContext } from '@nestjs/common'

import { isOptional, type AccessOptions, type OptionalRouteDecorator } from './access.options.ts'
import { EntraGuard } from '../entra.guard.ts'
import { rememberClass } from '../graphql/type.check.ts'
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

/** A decorator for a controller, resolver or gateway, or for one of its methods. */
export interface RouteDecorator {
  (target: object): void
  // With the descriptor, which properties have none of: on a property it does not compile.
  (target: object, key: string | symbol, descriptor: PropertyDescriptor): void
}
type Place = [target: object, key?: string | symbol, descriptor?: PropertyDescriptor]

/**
 * Nest calls methods of objects. On anything else a rule would be ignored: it would lie on the prototype, or on nothing.
 *
 * @throws {TypeError}
 */
function checkPlace(text: string, target: object, key?: string | symbol, descriptor?: unknown): void {
  const isClass = key === undefined && descriptor === undefined && typeof target === 'function'
  const isMethod = typeof target === 'object' && isMethodDescriptor(descriptor)
  if (isClass || isMethod) return rememberClass(isClass ? target : target.constructor)
  throw new TypeError(
    `${nameOf(target, key)}: ${text} is for classes and their methods, and does nothing here`,
  )
}

const nameOf = (target: object, key?: string | symbol): string =>
  [typeof target === 'function' ? target.name : target.constructor.name, key ?? []]
    .flat()
    .map(String)
    .join('.')

const isMethodDescriptor = (descriptor: unknown): boolean =>
  typeof descriptor === 'object' &&
  descriptor !== null &&
  'value' in descriptor &&
  typeof descriptor.value === 'function'

/**
 * Says what a route, or every route of a class, requires of its callers. If there are several, on the class, on the
 * method or both, all of them must be satisfied. Subclasses inherit those of their parent classes. The decorator also
 * applies the guard, so it works with `guard: 'manual'` too.
 *
 * A method that overrides another one does not inherit its rules: give it its own.
 *
 * With `optional: true` a call without a token passes and has no caller. This is for routes and for GraphQL resolvers.
 *
 * @throws {TypeError} when the class is defined: for an access that admits nobody or is malformed, and for unknown
 * options.
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
/** {@link Access} with a required token, or with options that the compiler does not know. */
export function Access(access: AccessRequest, options?: AccessOptions): RouteDecorator
export function Access(access: AccessRequest, options?: AccessOptions): RouteDecorator {
  compileAccess(access)
  const rule = { access, optional: isOptional(options) }
  return (...[target, key, descriptor]: Place) => {
    checkPlace('@Access()', target, key, descriptor)
    const ruled: object = descriptor?.value ?? target
    const before = read(AccessRules, ruled) ?? []
    applyDecorators(AccessRules([...before, rule]))(target, key, descriptor)
    if (before.length === 0) applyDecorators(UseGuards(EntraGuard))(target, key, descriptor)
    remember(target, key, {
      // The very one: there may be others, above and below.
      isOn: (method) => read(AccessRules, method)?.includes(rule) === true,
      text: '@Access()',
    })
  }
}

/**
 * Opens a route to everybody: no token is required, and none is read. On a method it takes precedence over what the
 * class says. On a class it opens the routes of this class, but not those of its subclasses, and `@Access` or
 * `@UseGuards(EntraGuard)` on the class or a parent class takes precedence.
 *
 * @example
 * ```ts
 * @Get('health')
 * @Public()
 * health() {}
 * ```
 */
export const Public =
  (): RouteDecorator =>
  (...[target, key, descriptor]: Place) => {
    checkPlace('@Public()', target, key, descriptor)
    applyDecorators(PublicRoute(true))(target, key, descriptor)
  }

/**
 * Selects one of several verifiers for a route, by the `name` that was passed to `forRoot`. Subclasses inherit it.
 *
 * @example
 * ```ts
 * @Controller('partners')
 * @UseVerifier('partners')
 * export class PartnerOrders {}
 * ```
 */
export const UseVerifier =
  (name: string): RouteDecorator =>
  (...[target, key, descriptor]: Place) => {
    checkPlace('@UseVerifier()', target, key, descriptor)
    applyDecorators(VerifierName(name))(target, key, descriptor)
    remember(target, key, {
      isOn: (method) => read(VerifierName, method) !== undefined,
      text: '@UseVerifier()',
    })
  }

/** So that the start-up check misses what is lost when a decorator above replaces the method. */
function remember(target: object, key: string | symbol | undefined, rule: Omit<WrittenRule, 'method'>): void {
  if (key === undefined) return
  const written = readOwn(WrittenRules, target) ?? []
  // On the prototype, where the method is: its `constructor` can be overwritten.
  Reflect.defineMetadata(WrittenRules.KEY, [...written, { method: String(key), ...rule }], target)
}

function callerDecorator(kind: Caller | undefined): ParameterDecorator {
  const readCaller = createParamDecorator((_: unknown, context: ExecutionContext) => {
    const identity = identityOf(context)
    if (identity === undefined ? isAnonymous(context) : kind === undefined || identity.kind === kind)
      return identity
    throw new TypeError(`${context.getHandler().name} takes a caller, but EntraGuard did not run before it`)
  })
  return (target, key, index) => {
    const method = Object.getOwnPropertyDescriptor(target, key ?? '')
    if (key === undefined || typeof target === 'function')
      throw new TypeError(`${nameOf(target, key)}: the caller is for parameters of methods that Nest calls`)
    readCaller()(target, key, index)
    const taken = read(TakenCallers, method?.value ?? target) ?? []
    const all = kind === undefined ? taken : [...taken, { callers: [kind] } as const]
    applyDecorators(TakenCallers(all))(target, key, method)
  }
}

const isAnonymous = (context: ExecutionContext): boolean =>
  anonymous.get(keyOf(context)) === rulesOf(context.getClass(), context.getHandler())

/**
 * The caller: a `UserIdentity` or an `AppIdentity`. It is `undefined` if the token is optional and was not sent.
 *
 * @example
 * ```ts
 * @Get()
 * @Access({ scopes: ['Orders.Read'], appPermissions: ['Orders.Read.All'] })
 * list(@CurrentIdentity() caller: UserIdentity | AppIdentity) {}
 * ```
 */
export const CurrentIdentity = (): ParameterDecorator => callerDecorator(undefined)

/**
 * The caller, as a `UserIdentity`. The route refuses apps with 403, `caller_refused`. It is `undefined` if the token is
 * optional and was not sent.
 *
 * @example
 * ```ts
 * @Get('mine')
 * @Access({ scopes: ['Orders.Read'] })
 * mine(@CurrentUser() user: UserIdentity) {}
 * ```
 */
export const CurrentUser = (): ParameterDecorator => callerDecorator('user')

/**
 * The caller, as an `AppIdentity`. The route refuses users with 403, `caller_refused`. It is `undefined` if the token
 * is optional and was not sent.
 *
 * @example
 * ```ts
 * @Post('nightly')
 * @Access({ appPermissions: ['Orders.Write.All'] })
 * nightly(@CurrentApp() app: AppIdentity) {}
 * ```
 */
export const CurrentApp = (): ParameterDecorator => callerDecorator('app')
