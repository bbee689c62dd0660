import type { CanActivate } from '@nestjs/common'
import type { ApplicationConfig, ExternalContextCreator, ModulesContainer } from '@nestjs/core'

import { EntraGuard } from '../entra.guard.ts'
import { GlobalGuard } from '../global.guard.ts'
import { graphqlOptions } from './graphql.check.ts'
import { isDriver, separateCalls } from './graphql.contexts.ts'
import { checkTypes } from './type.check.ts'
import { guardResolver, type Method, type Resolver } from './resolver.guard.ts'
import { isEntraGuard, read, rulesOf, TakenCallers, type RouteRules } from '../routes/route.rules.ts'
import { checkObject } from '../start-up/start-up.check.ts'

/** What is used of `@nestjs/graphql`, which is an optional peer. */
interface Explorer {
  filterResolvers: (driver: unknown, provider: Provider, module: Providing) => Resolver[] | undefined
}
interface Provider {
  readonly instance?: object
  readonly token?: unknown
}
interface Providing {
  readonly injectables: ReadonlyMap<unknown, unknown>
}
interface GraphqlOptions {
  readonly fieldResolverEnhancers?: readonly string[]
}

/** What of the application is needed to guard its resolvers. */
export interface Application {
  readonly modules: ModulesContainer
  readonly creator: ExternalContextCreator
  readonly config: ApplicationConfig
  readonly guard: CanActivate
}

/**
 * Guards everything that Nest calls for a query, and gives each call its own context. Nest itself runs guards for
 * queries, mutations and subscriptions; for fields, references and types only with `fieldResolverEnhancers`; and those
 * of a class or method nowhere if a factory made the object.
 *
 * Before `GraphQLModule` makes its schema.
 *
 * @throws {TypeError} where that cannot be done.
 */
export function guardGraphql(application: Application): void {
  for (const module of application.modules.values()) {
    const options: object | undefined = module.providers.get(graphqlOptions)
    if (options === undefined) continue
    const providers = [...module.providers.values()].map(({ instance }): unknown => instance)
    const [explorer, driver] = [providers.find(isExplorer), providers.find(isDriver)]
    if (explorer === undefined || driver === undefined)
      throw new TypeError('This version of @nestjs/graphql is not supported: its resolvers cannot be guarded')
    if (Reflect.get(module.instance, 'completeOptions') !== undefined)
      throw new TypeError(
        'GraphQLModule was initialised before EntraGuardModule: import it after EntraGuardModule',
      )
    if (guarded.has(explorer)) continue
    guarded.add(explorer)
    checkTypes()
    guardResolvers(explorer, Reflect.get(options, 'instance'), application)
    separateCalls(driver)
  }
}

/** Several EntraGuardModules guard one GraphQLModule. */
const guarded = new WeakSet<Explorer>()

const isExplorer = (value: unknown): value is Explorer =>
  isObject(value) && 'filterResolvers' in value && typeof value.filterResolvers === 'function'

function guardResolvers(explorer: Explorer, options: GraphqlOptions, application: Application): void {
  const explore = explorer.filterResolvers
  const global = application.config.getGlobalGuards().filter(isOurs)
  const madeForEach = application.config.getGlobalRequestGuards().map(({ metatype }): unknown => metatype)
  explorer.filterResolvers = (driver, provider, module) => {
    const resolvers = explore.call(explorer, driver, provider, module)
    if (provider.instance !== undefined && resolvers !== undefined && resolvers.length > 0)
      checkObject(provider.instance, application.modules, application.config.getGlobalGuards())
    return resolvers?.map((resolver) => {
      const method = methodOf(provider.instance ?? {}, resolver)
      const rules = rulesOf(method.target, method.handler)
      if (rules.isPublic) return resolver
      if (!hasEnhancer('guards', resolver, options)) checkAsked(method, madeForEach)
      checkFound(method, provider, module)
      const guards = asksEntraGuard(method, rules) ? [...global, application.guard] : global
      const filtersOf = hasEnhancer('filters', resolver, options) ? application.creator : undefined
      return guards.length === 0 ? resolver : guardResolver(resolver, { ...method, guards, filtersOf })
    })
  }
}

const isOurs = (guard: unknown): guard is CanActivate =>
  guard instanceof EntraGuard || guard instanceof GlobalGuard

/** As Nest finds class and method. */
function methodOf(instance: object, { methodName }: Resolver): Method {
  const handler: Method['handler'] = Reflect.get(Reflect.getPrototypeOf(instance) ?? {}, methodName)
  return { instance, target: Reflect.get(instance, 'constructor'), handler }
}

/** In both modes: a guard or an access that stands on class or method, and what hands out the caller. */
const asksEntraGuard = ({ target, handler }: Method, { accesses }: RouteRules): boolean =>
  accesses.length > 0 ||
  read(TakenCallers, handler) !== undefined ||
  guardsOf({ target, handler }).includes(EntraGuard)

function guardsOf(of: Pick<Method, 'target' | 'handler'>): unknown[] {
  // Where Nest keeps what @UseGuards was given.
  const guards: unknown[] = [of.target, of.handler].map((each) => Reflect.getMetadata('__guards__', each))
  return guards.flat()
}

/** What a guard decides that extends EntraGuard, or is made for each request, only Nest can ask. */
function checkAsked(method: Method, madeForEach: readonly unknown[]): void {
  if ([...extendedGuardsOf(method), ...madeForEach].some(isEntraGuard))
    throw new TypeError(`${nameOf(method)}: Nest runs its guard only with fieldResolverEnhancers: ['guards']`)
}

/** Nest leaves out what it has not made for a provider that is a class. */
function checkFound(method: Method, { token }: Provider, { injectables }: Providing): void {
  const isFound = (guard: unknown): boolean =>
    typeof guard !== 'function' || (token === method.target && injectables.has(guard))
  if (!extendedGuardsOf(method).every(isFound))
    throw new TypeError(`${nameOf(method)}: Nest runs its guard only if the class itself is the provider`)
}

const extendedGuardsOf = (method: Method): unknown[] =>
  guardsOf(method).filter((guard) => guard !== EntraGuard && isEntraGuard(guard))
const nameOf = ({ target, handler }: Method): string => `${target.name}.${handler.name}`

const operations = new Set(['Query', 'Mutation', 'Subscription'])

/** As Nest decides it. */
function hasEnhancer(
  name: string,
  { type, methodName }: Resolver,
  { fieldResolverEnhancers = [] }: GraphqlOptions,
): boolean {
  if (methodName === '__resolveType') return false
  return operations.has(type) || fieldResolverEnhancers.includes(name)
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null
