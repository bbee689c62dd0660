import type { Access } from '@entraguard/core'
import { Reflector, type ReflectableDecorator } from '@nestjs/core'

import { defaultName } from '../verifier.tokens.ts'

/** One `@Access`. */
export interface AccessRule {
  readonly access: Access
  /** Whether, as far as this one says, a call without a token may pass. */
  readonly optional: boolean
}
export const AccessRules: ReflectableDecorator<readonly AccessRule[]> = Reflector.createDecorator()
export const PublicRoute: ReflectableDecorator<true> = Reflector.createDecorator()
export const VerifierName: ReflectableDecorator<string> = Reflector.createDecorator()
/** What the parameter decorators of a method take. */
export const TakenCallers: ReflectableDecorator<readonly Access[]> = Reflector.createDecorator()
/** On a gateway: the very class whose handshakes are guarded. */
export const GuardedHandshake: ReflectableDecorator<object> = Reflector.createDecorator()
/** On `EntraGuard`, and so on every guard that extends it. */
export const EntraGuardClass: ReflectableDecorator<true> = Reflector.createDecorator()

/** One of our decorators that stood on a method when its class was defined. */
export interface WrittenRule {
  readonly method: string
  /** Whether the function that is there now has it. */
  readonly isOn: (method: object) => boolean
  /** How people write it. */
  readonly text: string
}
/** On a prototype: what its methods were given. A decorator above may have replaced the method since. */
export const WrittenRules: ReflectableDecorator<readonly WrittenRule[]> = Reflector.createDecorator()

const reflector = new Reflector()

/** Metadata of a class or of the function of a method; a subclass has that of its parent. */
export function read<T>(decorator: ReflectableDecorator<T>, target: object): T | undefined {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- Nest asks for `Function`, which lint forbids to name
  return reflector.get<T>(decorator.KEY, target as never)
}

/** Metadata of the class itself, without that of its parents. */
export function readOwn<T>(decorator: ReflectableDecorator<T>, target: object): T | undefined {
  const metadata: T | undefined = Reflect.getOwnMetadata(decorator.KEY, target)
  return metadata
}

/** Whether the method, the class or a parent class has `@Access` or `@UseGuards(EntraGuard)`. */
export const isGuarded = (target: object): boolean =>
  read(AccessRules, target) !== undefined || guardsOn(target) > 0

/** How many times `EntraGuard` is applied; all `@Access` together count once. */
const guardsOn = (target: object): number => entraGuardsOn(target).length

/** Each `EntraGuard`, or guard that extends it, of a class or method. */
export const entraGuardsOn = (target: object): unknown[] => guardsOf(target).filter(isEntraGuard)

/** Whether an `EntraGuard` stands there that this copy of the package has not made. */
export const hasGuardOfAnotherCopy = (target: object): boolean =>
  guardsOf(target).some(
    (guard) => typeof guard === 'function' && guard.name === 'EntraGuard' && !isEntraGuard(guard),
  )

/** What @UseGuards was given for a class or method, by whomever. */
export function guardsOf(target: object): unknown[] {
  const guards: unknown = Reflect.getMetadata(guardsKey, target)
  return Array.isArray(guards) ? guards : []
}

/** Where Nest keeps what @UseGuards was given. */
const guardsKey = '__guards__'
const ruleKeys = [AccessRules, PublicRoute, VerifierName, TakenCallers, GuardedHandshake].map(
  ({ KEY }) => KEY,
)

/** Whether any decorator of ours stands on a class or method. */
export const carriesRules = (target: object): boolean =>
  guardsOn(target) > 0 || ruleKeys.some((key) => Reflect.hasMetadata(key, target))

/** Whether two functions have the same rules and the same guards, those of the application too. */
export const saysTheSame = (one: object, other: object): boolean =>
  [guardsKey, ...ruleKeys].every((key) => {
    const [first, second]: unknown[] = [one, other].map((each) => Reflect.getMetadata(key, each))
    return Object.is(first, second)
  })

/** Or one that extends it. */
export function isEntraGuard(guard: unknown): boolean {
  if (typeof guard === 'function') return read(EntraGuardClass, guard) === true
  return typeof guard === 'object' && guard !== null && isEntraGuard(guard.constructor)
}

/**
 * What one handler requires, from class and method: first `@Access`, then parameters. All accesses must be satisfied.
 */
export interface RouteRules {
  readonly isPublic: boolean
  readonly accesses: readonly Access[]
  readonly verifier: string
  /** Whether a call without a token passes, which then has no caller. */
  readonly isOptional: boolean
}

const known = new WeakMap<object, WeakMap<object, RouteRules>>()

/** What a handler requires, read once; without a handler, what the class requires. */
export function rulesOf(target: object, handler: object = target): RouteRules {
  const ofTarget = known.get(target) ?? new WeakMap<object, RouteRules>()
  const rules = ofTarget.get(handler) ?? readRules(target, handler)
  if (!ofTarget.has(handler)) known.set(target, ofTarget.set(handler, rules))
  return rules
}

function readRules(target: object, handler: object): RouteRules {
  const places = [...new Set([target, handler])]
  const rules = places.flatMap((place) => read(AccessRules, place) ?? [])
  const ofParameters = read(TakenCallers, handler) ?? []
  return {
    isPublic: handler === target ? isPublicClass(target) : isPublicMethod(target, handler),
    accesses: [...rules.map(({ access }) => access), ...ofParameters],
    verifier: read(VerifierName, handler) ?? read(VerifierName, target) ?? defaultName,
    isOptional:
      rules.length > 0 && rules.every(({ optional }) => optional) && !places.some(asksMoreThanAccess),
  }
}

/** `@UseGuards(EntraGuard)` requires a token, whatever `@Access` says. */
const asksMoreThanAccess = (target: object): boolean =>
  guardsOn(target) > (read(AccessRules, target) === undefined ? 0 : 1)

/** The method decides before its class, and on each of them what guards it beats what opens it. */
function isPublicMethod(target: object, handler: object): boolean {
  if (isGuarded(handler)) return false
  return read(PublicRoute, handler) ?? isPublicClass(target)
}

/** `@Public()` on a parent class does not apply to the routes of its subclasses, but guards on the parent class do. */
function isPublicClass(target: object): boolean {
  return !isGuarded(target) && readOwn(PublicRoute, target) === true
}
