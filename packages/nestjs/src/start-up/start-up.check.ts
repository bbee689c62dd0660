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
} from './lost-rules.check.ts'
import { EntraGuard } from '../entra.guard.ts'
import { GlobalMode } from '../global.guard.ts'
import {
  AccessRules,
  GuardedHandshake,
  isGuarded,
  PublicRoute,
  read,
  readOwn,
  rulesOf,
  TakenCallers,
} from '../routes/route.rules.ts'
import { defaultName, getVerifierToken } from '../verifier.tokens.ts'

/** The facts about the application that a class cannot know. */
interface Application {
  /** The injection tokens of its verifiers. */
  readonly verifiers: readonly string[]
  /** Whether `EntraGuard` is registered for every route. */
  readonly isGlobal: boolean
}

/**
 * Refuses to start an application whose routes contradict themselves, name an unregistered verifier, or would answer
 * everybody although a guard was requested.
 *
 * @param guards the guards that Nest runs for every route, once it knows them.
 * @throws {TypeError}
 */
export function checkApplication(modules: ModulesContainer, guards: readonly object[] = []): void {
  const verifiers = [...modules.values()]
    .flatMap(({ providers }) => [...providers.keys()].map(String))
    .filter((token) => token.startsWith(getVerifierToken('')))
  if (new Set(verifiers).size < verifiers.length)
    throw new TypeError('Two EntraGuardModules have the same name: rename one of them')
  const isGlobal = guards.some((guard) => guard instanceof EntraGuard) || hasGlobalGuard(modules)
  const application = { verifiers, isGlobal }
  for (const { controllers, providers, injectables } of modules.values()) {
    const found = { application, injectables }
    for (const controller of controllers.values()) checkFound(controller, { ...found, isController: true })
    for (const provider of providers.values()) checkFound(provider, { ...found, isController: false })
  }
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
  const problem =
    problemOfClass(found) ??
    (isController || isGateway(metatype) ? problemOfGuards(found, injectables) : undefined) ??
    (isGateway(metatype) ? (problemOfGateway(metatype) ?? problemOfOptional(metatype)) : undefined)
  if (problem !== undefined) throw new TypeError(`${metatype.name}: ${problem}`)
  for (const name of methodNames(found.prototype)) {
    const problemOfMethod =
      firstProblem(methodOf(found, name), application) ??
      (isController ? problemOfObject(found, name) : undefined)
    if (problemOfMethod !== undefined) throw new TypeError(`${metatype.name}.${name}: ${problemOfMethod}`)
  }
}

const methodOf = ({ target, prototype }: Found, name: string): Method => ({
  target,
  prototype,
  name,
  handler: prototype[name] ?? {},
})

const isGateway = (target: object): boolean => Reflect.hasMetadata('websockets:is_gateway', target)

/** Guards run for messages and not for connections, so that a gateway says itself who may connect. */
function problemOfGateway(target: object): string | undefined {
  // Its own decorator, not one of its parent: it may have replaced the method that guards those connections.
  const takesTokens = read(GuardedHandshake, target) === target
  const isOpen = readOwn(PublicRoute, target) === true
  if (takesTokens && !isOpen) return undefined
  // A guard of its messages would ask for a caller that no handshake has brought.
  if (isOpen && !takesTokens && !isGuarded(target)) return undefined
  return 'put @GuardedGateway() of @entraguard/nestjs/ws or @Public() on it'
}

function firstProblem(method: Method, { verifiers, isGlobal }: Application): string | undefined {
  return (
    contradiction(method) ??
    (isGateway(method.target) || isMessage(method.handler)
      ? problemOfOptional(method.target, method.handler)
      : undefined) ??
    replacement(method) ??
    override(method) ??
    problemOfVerifier(method, verifiers) ??
    (isGlobal ? unaskedMessage(method) : undefined) ??
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

function problemOfVerifier({ target, handler }: Method, verifiers: readonly string[]): string | undefined {
  const { verifier } = rulesOf(target, handler)
  if (verifier !== defaultName && !verifiers.includes(getVerifierToken(verifier)))
    return `no EntraGuardModule has the name "${verifier}"`
  if (isGateway(target) && verifier !== rulesOf(target).verifier)
    return 'a socket has one verifier for all its messages: put @UseVerifier() on the class'
  return undefined
}

const isMessage = (handler: object): boolean => Reflect.hasMetadata('microservices:handler_type', handler)

/** A socket without a caller, or a message without a readable credential, is not an anonymous call. */
function problemOfOptional(target: object, handler: object = target): string | undefined {
  const isSaid = [target, handler].some((place) => read(AccessRules, place)?.some(({ optional }) => optional))
  return isSaid
    ? 'optional: true is for routes and resolvers only: use @Access(access) without it, or @Public() to admit everybody'
    : undefined
}

/** Nest asks no global guard for the messages of a hybrid application that does not inherit its configuration. */
function unaskedMessage({ target, handler }: Method): string | undefined {
  const isAnswered = isGuarded(handler) || isGuarded(target) || rulesOf(target, handler).isPublic
  return isMessage(handler) && !isAnswered
    ? 'the global guard may not run for messages: put @Access(), @UseGuards(EntraGuard) or @Public() on it or its class'
    : undefined
}
