import { ForbiddenException, type CanActivate, type Type } from '@nestjs/common'
import type { ExternalContextCreator } from '@nestjs/core'
import { ExecutionContextHost } from '@nestjs/core/helpers/execution-context-host.js'
import { isObservable, lastValueFrom } from 'rxjs'

import { keyOf } from '../calls/request.reader.ts'

type Callback = (...args: unknown[]) => unknown

/** A method that GraphQL calls, as `@nestjs/graphql` has made it callable. */
export interface Resolver {
  readonly type: string
  readonly name: string
  readonly methodName: string
  readonly callback: Callback | { readonly subscribe: Callback }
}

/** Whose method it is. */
export interface Method {
  readonly instance: object
  readonly target: Type
  readonly handler: Callback
}

export interface ResolverGuard extends Method {
  /** All of them have to let it through. */
  readonly guards: readonly CanActivate[]
  /** Only where Nest gives what this resolver throws to exception filters. */
  readonly filtersOf: ExternalContextCreator | undefined
}

const admitted = Symbol('admitted')

/** Wraps a resolver so that the guard runs first. A subscription is checked when it starts, not for each event. */
export function guardResolver(resolver: Resolver, how: ResolverGuard): Resolver {
  const ask = askOnce(withFilters(check(how), resolver.methodName, how), how)
  const guarded =
    (callback: Callback): Callback =>
    (...args) => {
      const verdict = ask(args)
      // Without a promise: a list may have a thousand of a field.
      return verdict === admitted ? callback(...args) : callAfter(verdict, callback, args)
    }
  const { callback } = resolver
  if (typeof callback === 'function') return { ...resolver, callback: guarded(callback) }
  return { ...resolver, callback: { ...callback, subscribe: guarded(callback.subscribe) } }
}

async function callAfter(verdict: Promise<unknown>, callback: Callback, args: unknown[]): Promise<unknown> {
  const given = await verdict
  return given === admitted ? callback(...args) : given
}

type Check = (...args: unknown[]) => Promise<unknown>

const contextOf = (args: unknown[], { target, handler }: ResolverGuard): ExecutionContextHost => {
  const context = new ExecutionContextHost(args, target, handler)
  context.setType('graphql')
  return context
}

const check =
  (how: ResolverGuard): Check =>
  async (...args) => {
    for (const guard of how.guards) {
      const answer = guard.canActivate(contextOf(args, how))
      if (!(await (isObservable(answer) ? lastValueFrom(answer) : answer)))
        throw new ForbiddenException('Forbidden resource')
    }
    return admitted
  }

/** If an exception filter returns a value for a refusal, that value replaces the resolver's. */
function withFilters(inner: Check, name: string, { instance, handler, filtersOf }: ResolverGuard): Check {
  if (filtersOf === undefined) return inner
  const filters = '__exceptionFilters__'
  Reflect.defineMetadata(filters, Reflect.getMetadata(filters, handler), inner)
  const options = { guards: false, interceptors: false, filters: true }
  // Nest keeps what it knows of a method by its name.
  return filtersOf.create(
    instance,
    inner,
    `EntraGuard of ${name}`,
    '',
    undefined,
    undefined,
    undefined,
    options,
    'graphql',
  )
}

/** Once in an execution, however many objects have the field. */
function askOnce(ask: Check, how: ResolverGuard): (args: unknown[]) => typeof admitted | Promise<unknown> {
  const verdicts = new WeakMap<object, typeof admitted | Promise<unknown>>()
  return (args) => {
    const key = keyOf(contextOf(args, how))
    const before = verdicts.get(key)
    if (before !== undefined) return before
    const verdict = ask(...args).then((given) => {
      if (given === admitted) verdicts.set(key, admitted)
      return given
    })
    verdicts.set(key, verdict)
    return verdict
  }
}
