import { compileAccess, type Access } from '@entraguard/core'
import { Reflector, type ReflectableDecorator } from '@nestjs/core'

import { defaultName } from './verifier.tokens.ts'

export const AccessRules: ReflectableDecorator<readonly Access[]> = Reflector.createDecorator()
export const PublicRoute: ReflectableDecorator<true> = Reflector.createDecorator()
export const VerifierName: ReflectableDecorator<string> = Reflector.createDecorator()
/** What the parameter decorators of a method take. */
export const TakenCallers: ReflectableDecorator<readonly Access[]> = Reflector.createDecorator()
/** On a class: the methods that were given an `@Access`. */
export const RuledMethods: ReflectableDecorator<readonly string[]> = Reflector.createDecorator()
/** On a gateway: the very class whose handshakes are guarded. */
export const GuardedHandshake: ReflectableDecorator<object> = Reflector.createDecorator()

const reflector = new Reflector()

/** Metadata of a class or of the function of a method; a subclass has that of its parent. */
export function read<T>(decorator: ReflectableDecorator<T>, target: object): T | undefined {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- Nest asks for `Function`, which lint forbids to name
  return reflector.get<T>(decorator.KEY, target as never)
}

/** What one handler asks, class and method together: `@Access` and then parameters; all accesses have to hold. */
export type RouteRules = Readonly<{ isPublic: boolean; accesses: readonly Access[]; verifier: string }>

const known = new WeakMap<object, WeakMap<object, RouteRules>>()

/** What a handler asks, read once; without a handler, what its class asks. */
export function rulesOf(target: object, handler: object = target): RouteRules {
  const ofTarget = known.get(target) ?? new WeakMap<object, RouteRules>()
  const rules = ofTarget.get(handler) ?? readRules(target, handler)
  if (!ofTarget.has(handler)) known.set(target, ofTarget.set(handler, rules))
  return rules
}

function readRules(target: object, handler: object): RouteRules {
  const own = read(AccessRules, handler) ?? []
  const outer = handler === target ? [] : (read(AccessRules, target) ?? [])
  const accesses = [...outer, ...own, ...(read(TakenCallers, handler) ?? [])]
  return {
    // An access of the class closes what the class opens: one of the two may be of its parent.
    isPublic: read(PublicRoute, handler) ?? (!own[0] && !outer[0] && read(PublicRoute, target) === true),
    // The verifier is given the first, and looks up groups that the token could not hold if that one asks for some.
    accesses: accesses.toSorted((one, other) => Number(asksGroups(other)) - Number(asksGroups(one))),
    verifier: read(VerifierName, handler) ?? read(VerifierName, target) ?? defaultName,
  }
}

const asksGroups = (access: Access): boolean => compileAccess(access).some(({ groups }) => groups)
