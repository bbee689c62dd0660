import 'reflect-metadata'
import type { Type } from '@nestjs/common'
import { APP_GUARD, type ModulesContainer } from '@nestjs/core'

import { problemOfCallers } from './callers.check.ts'
import {
  methodNames,
  override,
  problemOfClass,
  problemOfGuards,
  problemOfObject,
  replacement,
  type Found,
  type Method,
  type Prototype,
} from './lost-rules.check.ts'
import { EntraGuard } from '../entra.guard.ts'
import { GlobalMode } from '../global.guard.ts'
import {
  AccessRules,
  GuardedHandshake,
  hasGuardOfAnotherCopy,
  isGuarded,
  PublicRoute,
  read,
  readOwn,
  rulesOf,
  TakenCallers,
} from '../routes/route.rules.ts'
import { getVerifierToken } from '../verifier.tokens.ts'
import { isGateway, isMessage } from './entry-points.ts'
import {
  isAnswered,
  missingVerifier,
  problemOfVerifier,
  unguardedVerifier,
  type Application,
} from './verifiers.check.ts'

/**
 * Refuses to start an application whose routes contradict themselves, name an unregistered verifier, or would answer
 * everybody although a guard was requested.
 *
 * @param guards the guards that Nest runs for every route, once it knows them.
 * @throws {TypeError}
 */
export function checkApplication(modules: ModulesContainer, guards?: readonly object[]): void {
  const application = factsOf(modules, guards)
  if (new Set(application.verifiers).size < application.verifiers.length)
    throw new TypeError('Two EntraGuardModules have the same name: rename one of them')
  for (const { controllers, providers, injectables } of modules.values()) {
    const found = { application, injectables }
    for (const controller of controllers.values()) checkFound(controller, { ...found, isController: true })
    for (const provider of providers.values()) checkFound(provider, { ...found, isController: false })
  }
}

/**
 * Refuses an object of which no module knows the class, because a factory made it.
 *
 * @throws {TypeError}
 */
export function checkObject(instance: object, modules: ModulesContainer, guards: readonly object[]): void {
  const target: unknown = Reflect.get(instance, 'constructor')
  const prototype: Prototype | null = Object.getPrototypeOf(instance)
  if (typeof target !== 'function' || prototype === null) return
  checkClass({ target, prototype, instance }, factsOf(modules, guards), false)
}

function factsOf(modules: ModulesContainer, guards: readonly object[] | undefined): Application {
  const verifiers = [...modules.values()]
    .flatMap(({ providers }) => [...providers.keys()].map(String))
    .filter((token) => token.startsWith(getVerifierToken('')))
  const isGlobal = guards?.some((guard) => guard instanceof EntraGuard) === true || hasGlobalGuard(modules)
  return { verifiers, isGlobal: isGlobal || (guards === undefined ? undefined : false) }
}

/**
 * Refuses an application that believes in a global guard which Nest has not registered.
 *
 * @throws {TypeError}
 */
export function checkGlobalGuard(modules: ModulesContainer, guards: readonly object[]): void {
  const isRegistered = guards.some((guard) => guard instanceof GlobalMode)
  if (isProvided(modules, GlobalMode) && !isRegistered)
    throw new TypeError(
      'Nest does not register the global guard of a lazily loaded module: import EntraGuardModule',
    )
}

/** By `guard: 'global'`, or by a provider of the application, `{ provide: APP_GUARD, useExisting: EntraGuard }`. */
export const hasGlobalGuard = (modules: ModulesContainer): boolean =>
  isProvided(modules, GlobalMode) || isProvided(modules, EntraGuard)

/** Whether a module provides this guard as `APP_GUARD`, of which Nest makes a token for each. */
function isProvided(modules: ModulesContainer, guard: Function): boolean {
  return [...modules.values()]
    .flatMap(({ providers }) => Array.from(providers.entries()))
    .filter(([token]) => String(token).startsWith(APP_GUARD))
    .some(([, { metatype, inject }]) => metatype === guard || inject?.includes(guard) === true)
}

interface Provided {
  readonly metatype: Function | Type | null
  readonly instance: unknown
}
interface Place {
  readonly application: Application
  /** The guards that Nest has found in the module. */
  readonly injectables: ReadonlyMap<unknown, unknown>
  readonly isController: boolean
}

function checkFound({ metatype, instance }: Provided, place: Place): void {
  if (metatype?.prototype === undefined || metatype.prototype === null) return
  const { application, injectables, isController } = place
  const found = { target: metatype, prototype: metatype.prototype, instance }
  const unregistered = isController || isGateway(metatype) ? problemOfGuards(found, injectables) : undefined
  if (unregistered !== undefined) throw new TypeError(`${metatype.name}: ${unregistered}`)
  checkClass(found, application, isController)
}

function checkClass(found: Found, application: Application, isController: boolean): void {
  const { target } = found
  const problem =
    problemOfClass(found) ?? (isGateway(target) ? problemOfGateway(target, application) : undefined)
  if (problem !== undefined) throw new TypeError(`${target.name}: ${problem}`)
  for (const name of methodNames(found.prototype)) {
    const problemOfMethod =
      firstProblem(methodOf(found, name), application) ??
      (isController ? problemOfObject(found, name) : undefined)
    if (problemOfMethod !== undefined) throw new TypeError(`${target.name}.${name}: ${problemOfMethod}`)
  }
}

const methodOf = ({ target, prototype }: Found, name: string): Method => ({
  target,
  prototype,
  name,
  handler: prototype[name] ?? {},
})

const problemOfGateway = (target: object, { verifiers }: Application): string | undefined =>
  problemOfConnections(target) ??
  problemOfOptional(target) ??
  (read(GuardedHandshake, target) === target
    ? missingVerifier(rulesOf(target).verifier, verifiers)
    : undefined)

/** Guards run for messages and not for connections, so that a gateway says itself who may connect. */
function problemOfConnections(target: object): string | undefined {
  // What one copy calls open, the other guards, and each reads only what is its own.
  if (hasGuardOfAnotherCopy(target))
    return 'it is guarded by another copy of @entraguard/nestjs: install the package once (npm ls @entraguard/nestjs)'
  // Its own decorator, not one of its parent: it may have replaced the method that guards those connections.
  const takesTokens = read(GuardedHandshake, target) === target
  const isOpen = readOwn(PublicRoute, target) === true
  if (takesTokens && !isOpen) return undefined
  // A guard of its messages would ask for a caller that no handshake has brought.
  if (isOpen && !takesTokens && !isGuarded(target)) return undefined
  return 'put @GuardedGateway() of @entraguard/nestjs/ws or @Public() on it'
}

function firstProblem(method: Method, application: Application): string | undefined {
  return (
    contradiction(method) ??
    (isGateway(method.target) || isMessage(method.handler)
      ? problemOfOptional(method.target, method.handler)
      : undefined) ??
    replacement(method) ??
    override(method) ??
    problemOfVerifier(method, application) ??
    (application.isGlobal === true ? unaskedMessage(method) : undefined) ??
    (application.isGlobal === false ? unguardedVerifier(method) : undefined) ??
    problemOfCallers(method.target, method.handler)
  )
}

function contradiction({ target, handler }: Method): string | undefined {
  const asks = isGuarded(handler) || read(TakenCallers, handler) !== undefined
  const isOpen =
    read(PublicRoute, handler) === true ||
    rulesOf(target, handler).isPublic ||
    (isGateway(target) && readOwn(PublicRoute, target) === true)
  return asks && isOpen
    ? 'it is @Public(), which requires no token, but it also requires one through @Access(), @UseGuards(EntraGuard) or a parameter for the caller: remove one of the two'
    : undefined
}

/** A socket without a caller, or a message without a readable credential, is not an anonymous call. */
function problemOfOptional(target: object, handler: object = target): string | undefined {
  const isSaid = [target, handler].some((place) => read(AccessRules, place)?.some(({ optional }) => optional))
  return isSaid
    ? 'optional: true is for routes and resolvers only: use @Access(access) without it, or @Public() to admit everybody'
    : undefined
}

/** Nest asks no global guard for the messages of a hybrid application that does not inherit its configuration. */
function unaskedMessage(method: Method): string | undefined {
  return isMessage(method.handler) && !isAnswered(method)
    ? 'the global guard may not run for messages: put @Access(), @UseGuards(EntraGuard) or @Public() on it or its class'
    : undefined
}
