import 'reflect-metadata'
import { APP_GUARD, MetadataScanner, type ModulesContainer } from '@nestjs/core'

import { problemOfCallers } from './callers.check.ts'
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
  VerifierName,
  WrittenRules,
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
  for (const { controllers, providers } of modules.values())
    for (const { metatype } of [...controllers.values(), ...providers.values()])
      if (metatype?.prototype !== undefined) checkClass(metatype, metatype.prototype, application)
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

type Prototype = Readonly<Record<string, object>>

function checkClass(target: Function, prototype: Prototype, application: Application): void {
  const problem = isGateway(target) ? (problemOfGateway(target) ?? problemOfOptional(target)) : undefined
  if (problem !== undefined) throw new TypeError(`${target.name}: ${problem}`)
  for (const name of new MetadataScanner().getAllMethodNames(prototype)) {
    const problemOfMethod = firstProblem(
      { target, prototype, name, handler: prototype[name] ?? {} },
      application,
    )
    if (problemOfMethod !== undefined) throw new TypeError(`${target.name}.${name}: ${problemOfMethod}`)
  }
}

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

interface Method {
  readonly target: object
  readonly prototype: Prototype
  readonly name: string
  readonly handler: object
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

/** Metadata lies on the function of a method: a decorator that puts another function there loses it. */
function replacement({ prototype, name, handler }: Method): string | undefined {
  const declaring = prototypesOf(prototype).find((each) => Object.hasOwn(each, name))
  const written = readOwn(WrittenRules, declaring?.constructor ?? {}) ?? []
  const lost = written.find(
    ({ method, decorator }) => method === name && read(decorator, handler) === undefined,
  )
  return (
    lost &&
    `a decorator above ${lost.text} replaced the method, and its rules are lost: put ${lost.text} on top`
  )
}

/** A route that overrides another one is a function of its own: none of the rules come along. */
function override({ target, prototype, name, handler }: Method): string | undefined {
  const overridden = prototypesOf(prototype)
    .map((each) => each[name])
    .find((each) => each !== undefined && each !== handler && isHandler(each))
  // Without any metadata it is no route.
  if (overridden === undefined || !isHandler(handler)) return undefined
  if (isGuarded(overridden) && !isGuarded(handler) && read(PublicRoute, handler) === undefined)
    return 'it overrides a method with @Access() or @UseGuards(EntraGuard), but does not inherit its rules: add its own, or @Public()'
  const verifier = read(VerifierName, overridden)
  if (
    verifier !== undefined &&
    read(VerifierName, handler) === undefined &&
    rulesOf(target, handler).verifier !== verifier
  )
    return `it overrides a method with @UseVerifier('${verifier}'), but does not inherit it: add its own`
  return undefined
}

const isHandler = (method: object): boolean => Reflect.getMetadataKeys(method).length > 0

function prototypesOf(prototype: Prototype): Prototype[] {
  const parent: Prototype | null = Object.getPrototypeOf(prototype)
  const isLast = parent === null || Object.is(parent, Object.prototype)
  return isLast ? [prototype] : [prototype, ...prototypesOf(parent)]
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
