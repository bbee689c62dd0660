import { Injectable, UseGuards, type CanActivate, type ExecutionContext } from '@nestjs/common'
import type { ModulesContainer } from '@nestjs/core'

import { carriesRules, guardsOf } from '../routes/route.rules.ts'
import { isEntry } from './entry-points.ts'
import { howToKeep, methodNames, type Prototype } from './lost-rules.check.ts'

/** The methods of the controllers, as they were decorated. */
const decorated = new WeakSet<object>()

/**
 * Refuses a call for which Nest has not found the rules of the method or class, because the object has a function of its
 * own in its place. Of an object that is made for each request nothing is known before the call, and then a guard on the
 * method is not asked: so this one stands on the class.
 */
@Injectable()
class OwnMethodsGuard implements CanActivate {
  /** @throws {TypeError} */
  canActivate(context: ExecutionContext): boolean {
    const [target, handler] = [context.getClass(), context.getHandler()]
    // What copies a function may copy all of its metadata.
    if (guardsOf(target).includes(this) && (decorated.has(handler) || isEntry(handler))) return true
    throw new TypeError(
      `${target.name}: Nest calls the function "${handler.name}" in place of a method, without its rules: ${howToKeep}`,
    )
  }
}

/** As an object, which Nest runs without having to find it, in an application of whatever kind. */
const ownMethods = new OwnMethodsGuard()

/** Before Nest reads the guards of the classes. */
export function guardOwnMethods(modules: ModulesContainer): void {
  for (const { controllers } of modules.values())
    for (const { metatype } of controllers.values())
      if (metatype?.prototype !== undefined) guardClass(metatype, metatype.prototype)
}

function guardClass(target: Function, prototype: Prototype): void {
  const methods = methodNames(prototype).map((name) => prototype[name] ?? {})
  if (![target, ...methods].some(carriesRules)) return
  for (const method of methods) decorated.add(method)
  // Several applications of one process may have the same class, and a subclass has the guards of its parent.
  if (!guardsOf(target).includes(ownMethods)) UseGuards(ownMethods)(target)
}
