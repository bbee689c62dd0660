import { MetadataScanner, type ModulesContainer } from '@nestjs/core'

import { isGuarded, rulesOf } from './route.rules.ts'

/*
 * `@nestjs/swagger` keeps what its decorators say as metadata. Writing the same metadata needs no import of a package
 * that may not be installed: there is no way to load one at once, as this has to, that works in ES modules, in
 * CommonJS, in a bundle and in Jest alike. The tests compare this with what the decorators of versions 11 and 12 write.
 */
const securityKey = 'swagger/apiSecurity'
const responsesKey = 'swagger/apiResponse'

type Security = Readonly<Record<string, readonly string[]>>
type Responses = Readonly<Record<string, { readonly description?: string }>>

const unauthorized = 'The access token is missing or not valid for this API.'
const forbidden = 'The access token does not permit this operation.'

/** What of one EntraGuardModule decides how its routes are documented. */
export interface DocumentedModule {
  /** The name of its verifier. */
  readonly name: string
  /** Whether a guard is asked for every route. */
  readonly isGlobal: boolean
  /** The name of a security scheme. */
  readonly scheme: string
}

/**
 * Documents the guarded routes as `@ApiBearerAuth()`, `@ApiUnauthorizedResponse()` and `@ApiForbiddenResponse()` would.
 * What the application itself has documented stays. Without `@nestjs/swagger`, nothing reads it.
 *
 * Not by a decorator, which does not know whether a guard is global, and what the scheme is called.
 */
export function documentRoutes(modules: ModulesContainer, module: DocumentedModule): void {
  for (const { controllers } of modules.values())
    for (const { metatype } of controllers.values())
      if (metatype?.prototype !== undefined) documentController(metatype, metatype.prototype, module)
}

function documentController(
  target: object,
  prototype: Readonly<Record<string, object>>,
  module: DocumentedModule,
): void {
  const handlers = new MetadataScanner()
    .getAllMethodNames(prototype)
    .map((name) => prototype[name] ?? {})
    .filter((handler) => Reflect.hasMetadata('path', handler))
  const own = handlers.filter((handler) => rulesOf(target, handler).verifier === module.name)
  if (own.length === 0) return
  const guarded = own.filter((handler) => isAsked(target, handler, module))
  for (const each of [target, ...own]) restore(each)
  for (const handler of guarded) documentSecurity(target, handler, module.scheme)
  // On the class, because a method that documents any answer loses those that Swagger finds for itself.
  if (guarded.length > 0 && guarded.length === handlers.length) documentRefusals(target)
  else
    for (const handler of guarded) if (Reflect.hasMetadata(responsesKey, handler)) documentRefusals(handler)
}

function isAsked(target: object, handler: object, { isGlobal }: DocumentedModule): boolean {
  return !rulesOf(target, handler).isPublic && (isGlobal || isGuarded(handler) || isGuarded(target))
}

function documentSecurity(target: object, handler: object, scheme: string): void {
  const said = metadataOf<readonly Security[]>(securityKey, handler) ?? []
  const ofClass = metadataOf<readonly Security[]>(securityKey, target) ?? []
  if ([...said, ...ofClass].some((each) => Object.hasOwn(each, scheme))) return
  const own: Security[] = rulesOf(target, handler).isOptional ? [{}, { [scheme]: [] }] : [{ [scheme]: [] }]
  Reflect.defineMetadata(securityKey, [...said, ...own], handler)
}

function documentRefusals(target: object): void {
  const said = metadataOf<Responses>(responsesKey, target) ?? {}
  const responses: Responses = {
    ...said,
    401: { description: unauthorized, ...said[401] },
    403: { description: forbidden, ...said[403] },
  }
  Reflect.defineMetadata(responsesKey, responses, target)
}

/** What stood on a class or method before anything was written there. */
const saidByApplication = new WeakMap<object, ReadonlyMap<string, unknown>>()

/** Several applications of one process may have the same class, and its routes another guard. */
function restore(target: object): void {
  const keys = [securityKey, responsesKey]
  const own = new Map(keys.map((key) => [key, Reflect.getOwnMetadata(key, target) as unknown]))
  const said = saidByApplication.get(target) ?? own
  saidByApplication.set(target, said)
  for (const [key, value] of said)
    if (value === undefined) Reflect.deleteMetadata(key, target)
    else Reflect.defineMetadata(key, value, target)
}

// oxlint-disable-next-line typescript/no-unsafe-type-assertion, typescript/no-unnecessary-type-parameters -- one key, one type
const metadataOf = <T>(key: string, target: object): T | undefined => Reflect.getMetadata(key, target) as T
