import { MetadataScanner } from '@nestjs/core'

import {
  carriesRules,
  entraGuardsOn,
  isGuarded,
  PublicRoute,
  read,
  readOwn,
  rulesOf,
  saysTheSame,
  VerifierName,
  WrittenRules,
} from '../routes/route.rules.ts'

/*
 * Rules are metadata of a class and of the functions of its methods. Whatever makes Nest look at another class, or call
 * another function, loses them without a word.
 */

export type Prototype = Readonly<Record<string, object>>

/** A class as Nest finds it in a module. */
export interface Found {
  readonly target: Function
  readonly prototype: Prototype
  /** Until Nest has made it, or if it is made for each request, an empty object of the class. */
  readonly instance: unknown
}

export interface Method {
  readonly target: object
  readonly prototype: Prototype
  readonly name: string
  readonly handler: object
}

/** The names of the methods that Nest looks at. A new scanner each time: one remembers what it has seen. */
export const methodNames = (prototype: Prototype): string[] =>
  new MetadataScanner().getAllMethodNames(prototype)

const methodsOf = (prototype: Prototype): object[] =>
  methodNames(prototype).map((name) => prototype[name] ?? {})

/** Nest takes `instance.constructor` for the class of an object, and reads the rules of the class there. */
export function problemOfClass(found: Found): string | undefined {
  const { target, prototype, instance } = found
  const methods = methodsOf(prototype)
  if (isObject(instance) && !isMadeOf(instance, prototype) && [target, ...methods].some(carriesRules))
    return 'its constructor or instrument.instanceDecorator returns an object of another class, and its rules are lost: return one of this class'
  const parents = classesOf(target)
  const stray = prototypesOf(prototype)
    .map((each) => each.constructor)
    .find((named, level) =>
      level === 0
        ? isOfAnother(named, found) && (named === target || [target, named, ...methods].some(carriesRules))
        : !parents.includes(named) && carriesRules(named),
    )
  return (
    stray &&
    `its prototype belongs to ${stray.name === target.name ? 'another class of this name' : `the class ${stray.name}`}, and the rules of one of the two would be lost: a mixin must not ` +
      'copy "constructor", and a class decorator that returns a class must return one that extends the original'
  )
}

/** A Proxy may say something else about the class of the object inside. */
const isMadeOf = (instance: object, prototype: Prototype): boolean =>
  Reflect.getPrototypeOf(instance) === prototype && instance.constructor === prototype.constructor

/** Of an object that a factory made, `target` is what its prototype says: then nobody knows the true class. */
const isOfAnother = (named: object, { target, prototype }: Found): boolean =>
  named !== target || Reflect.get(named, 'prototype') !== prototype

function classesOf(target: object): object[] {
  const parent = Reflect.getPrototypeOf(target)
  return parent === null ? [target] : [target, ...classesOf(parent)]
}

/** Of a controller or gateway, Nest leaves out the guards that it did not find when it scanned the module. */
export function problemOfGuards(
  { target, prototype }: Found,
  injectables: ReadonlyMap<unknown, unknown>,
): string | undefined {
  const guards = [target, ...methodsOf(prototype)].flatMap(entraGuardsOn)
  return guards.every((guard) => typeof guard !== 'function' || injectables.has(guard))
    ? undefined
    : 'Nest has not registered its guard, and would not run it: decorate it before the application is created, and ' +
        'name the class itself in the module, because with useClass only Nest 11.2.8, 12.3 and newer register guards'
}

/** Nest finds a route by the method of the prototype, but calls what the object has under that name. */
export function problemOfObject({ prototype, instance }: Found, name: string): string | undefined {
  const called: unknown = isObject(instance) ? Reflect.get(instance, name) : undefined
  const written = prototype[name] ?? {}
  return typeof called !== 'function' || called === written || saysTheSame(called, written)
    ? undefined
    : `the object has a function of its own in place of this method, without its rules: ${howToKeep}`
}

/** What people do instead. */
export const howToKeep =
  'do not bind, wrap or replace methods of a controller, neither in its constructor nor by instrument.instanceDecorator'

/** A decorator that puts another function in the place of a method loses what the decorators below it said. */
export function replacement({ prototype, name, handler }: Method): string | undefined {
  const declaring = prototypesOf(prototype).find((each) => Object.hasOwn(each, name))
  const written = declaring === undefined ? [] : (readOwn(WrittenRules, declaring) ?? [])
  const lost = written.find(({ method, isOn }) => method === name && !isOn(handler))
  return (
    lost &&
    `a decorator above ${lost.text} replaced the method, and its rules are lost: put ${lost.text} on top`
  )
}

/** A route that overrides another one is a function of its own: none of the rules come along. */
export function override({ target, prototype, name, handler }: Method): string | undefined {
  const overridden = prototypesOf(prototype)
    .map((each) => each[name])
    .find((each) => each !== undefined && each !== handler && decides(each))
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

/** A method in between that says nothing about callers has not taken a decision either. */
const decides = (method: object): boolean =>
  isGuarded(method) || read(PublicRoute, method) !== undefined || read(VerifierName, method) !== undefined

export const isHandler = (method: object): boolean => Reflect.getMetadataKeys(method).length > 0

function prototypesOf(prototype: Prototype): Prototype[] {
  const parent: Prototype | null = Object.getPrototypeOf(prototype)
  const isLast = parent === null || Object.is(parent, Object.prototype)
  return isLast ? [prototype] : [prototype, ...prototypesOf(parent)]
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null
