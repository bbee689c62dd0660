import 'reflect-metadata'
import { admittedCallers } from '@entraguard/core'
import { MetadataScanner, type ModulesContainer } from '@nestjs/core'

import {
  AccessRules,
  GuardedHandshake,
  PublicRoute,
  read,
  RuledMethods,
  rulesOf,
  TakenCallers,
} from './route.rules.ts'
import { defaultName, getVerifierToken } from './verifier.tokens.ts'

/**
 * Refuses to start an application whose routes contradict themselves, name a verifier that nobody registered, or
 * whose gateways would take connections from anybody.
 *
 * @throws {TypeError}
 */
export function checkApplication(modules: ModulesContainer): void {
  const tokens = [...modules.values()].flatMap(({ providers }) => [...providers.keys()].map(String))
  const verifiers = tokens.filter((token) => token.startsWith(getVerifierToken('')))
  if (new Set(verifiers).size < verifiers.length)
    throw new TypeError('Two EntraGuardModules have the same name: give one of them another')
  for (const { controllers, providers } of modules.values())
    for (const { metatype } of [...controllers.values(), ...providers.values()])
      if (metatype?.prototype !== undefined) checkClass(metatype, metatype.prototype, verifiers)
}

const isGateway = (target: object): boolean => Reflect.hasMetadata('websockets:is_gateway', target)

function checkClass(target: Function, prototype: Record<string, object>, verifiers: string[]): void {
  // Its own decorator, not one of its parent: it may have replaced the method that guards those connections.
  const isGuarded = read(GuardedHandshake, target) === target
  // An access beside @Public() is a contradiction, as both together are.
  if (isGateway(target) && isGuarded === (read(PublicRoute, target) === !read(AccessRules, target)))
    throw new TypeError(`${target.name}: put @GuardedGateway() of @entraguard/nestjs/ws or @Public() on it`)
  for (const name of new MetadataScanner().getAllMethodNames(prototype)) {
    const problem = problemOf(target, name, prototype[name] ?? {}, verifiers)
    if (problem !== undefined) throw new TypeError(`${target.name}.${name}: ${problem}`)
  }
}

function problemOf(target: object, name: string, handler: object, verifiers: string[]): string | undefined {
  const { isPublic, accesses, verifier } = rulesOf(target, handler)
  const [isRuled, taken] = [read(AccessRules, handler) !== undefined, read(TakenCallers, handler)]
  const isOpen = isPublic || (isGateway(target) && read(PublicRoute, target) === true)
  if (isOpen && (isRuled || taken)) return '@Public() knows no caller: no @Access() and no caller beside it'
  // Without any metadata it overrides a route and is none itself.
  if (!isRuled && read(RuledMethods, target)?.includes(name) && Reflect.getMetadataKeys(handler).length > 0)
    return 'a decorator above @Access() replaced the method, and its rules are lost: put @Access() on top'
  if (verifier !== defaultName && !verifiers.includes(getVerifierToken(verifier)))
    return `no EntraGuardModule has the name "${verifier}"`
  if (isGateway(target) && verifier !== rulesOf(target).verifier)
    return 'one verifier checks all of a socket: put @UseVerifier() on the class'
  const stated = accesses.slice(0, accesses.length - (taken?.length ?? 0))
  const admitted = admittedCallers(accesses)
  const refused = stated.length > 0 && admittedCallers(stated).some((kind) => !admitted.includes(kind))
  if (!refused && admitted.length > 0) return undefined
  return `together its rules admit ${admitted[0] ?? 'nobody'}, one of them more: narrow @Access or take @CurrentIdentity()`
}
