import { Injectable, UseGuards, type CanActivate, type ExecutionContext } from '@nestjs/common'
import type { ModulesContainer } from '@nestjs/core'

import { carriesRules } from '../routes/route.rules.ts'
import { howToKeep, methodNames, type Prototype } from './lost-rules.check.ts'

/** The methods of the controllers, as they were decorated. */
const decorated = new WeakSet<object>()

/**
 * Refuses a call for which Nest has not found the rules of the method, because the object has a function of its own in
 * its place. Of an object that is made for each request nothing is known before the call, and then a guard on the method
 * is not asked: so this one stands on the class.
 */
@Injectable()
class OwnMethodsGuard implements CanActivate {
  /** @throws {TypeError} */
  canActivate(context: ExecutionContext): boolean {
    const handler = context.getHandler()
    // What copies a function may copy all of its metadata.
    if (decorated.has(handler) || carriesRoute(handler)) return true
    throw new TypeError(
      `${context.getClass().name}: Nest calls the function "${handler.name}" in place of a method, without its rules: ${howToKeep}`,
    )
  }
}

const carriesRoute = (handler: object): boolean =>
  Reflect.hasMetadata('path', handler) || Reflect.hasMetadata('microservices:handler_type', handler)

/** As an object, which Nest runs without having to find it, in an application of whatever kind. */
const ownMethods = new OwnMethodsGuard()
const guarded = new WeakSet<object>()

/** Before Nest reads the guards of the classes. */
export function guardOwnMethods(modules: ModulesContainer): void {
  for (const { controllers } of modules.values())
    for (const { metatype } of controllers.values())
      if (metatype?.prototype !== undefined) guardClass(metatype, metatype.prototype)
}

function guardClass(target: Function, prototype: Prototype): void {
  const methods = methodNames(prototype).map((name) => prototype[name] ?? {})
  if (guarded.has(target) || !methods.some(carriesRules)) return
  for (const method of methods) decorated.add(method)
  UseGuards(ownMethods)(target)
  guarded.add(target)
}
