import { checkOptions, type AppIdentity, type UserIdentity } from '@entraguard/core'

/** Options of `@Access`. */
export interface AccessOptions {
  /**
   * Lets calls without a bearer token pass, without a caller. A token that is sent is checked all the same. It takes
   * effect only if every `@Access` on class and method sets it, and no `@UseGuards(EntraGuard)` stands beside them.
   */
  readonly optional?: boolean | undefined
}

/**
 * Whether the token is optional, once the options are what they should be. A variable of the environment is text, and
 * `'false'` must not open a route; nor may a misspelt name go unseen.
 *
 * @throws {TypeError}
 */
export function isOptional(options: AccessOptions = {}): boolean {
  const { optional = false } = checkOptions('@Access', options, ['optional'])
  if (typeof optional !== 'boolean') throw new TypeError('@Access: option optional must be true or false')
  return optional
}

type IsAny<T> = 0 extends 1 & T ? true : false
/** The parameters that take a caller and are not ready for none. */
type Unready<Parameters extends readonly unknown[]> = {
  [N in keyof Parameters]: IsAny<Parameters[N]> extends true
    ? never
    : [Parameters[N]] extends [UserIdentity | AppIdentity]
      ? Parameters[N]
      : never
}[number]
/** What the compiler shows if a parameter does not allow for a missing caller. */
interface CallerMayBeUndefined {
  readonly 'the token is optional: write "| undefined" after the type of the caller': never
}
type Ready<Method> = Method extends (...args: infer Parameters) => unknown
  ? [Unready<Parameters>] extends [never]
    ? unknown
    : CallerMayBeUndefined
  : unknown

/**
 * Stands where a `RouteDecorator` does, and does not compile on a method whose parameters take a caller without
 * `undefined`.
 */
export type OptionalRouteDecorator = <Method>(
  target: object,
  key?: string | symbol,
  descriptor?: TypedPropertyDescriptor<Method> & Ready<Method>,
) => void
