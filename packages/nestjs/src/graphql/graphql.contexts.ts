import { contextForEachCall, requestIn } from './graphql.call.ts'

/** What is used of a driver of `@nestjs/graphql` and of its options. */
interface Driver {
  mergeDefaultOptions: (options: DriverOptions, ...rest: unknown[]) => Promise<DriverOptions>
}
interface DriverOptions {
  readonly context?: unknown
  /** Of Apollo and Yoga. */
  readonly subscriptions?: unknown
  /** Of Mercurius. */
  readonly subscription?: unknown
}

export const isDriver = (value: unknown): value is Driver =>
  isObject(value) && 'mergeDefaultOptions' in value && typeof value.mergeDefaultOptions === 'function'

/**
 * The request of a call stands in its context, and Apollo 13 and Mercurius write it into the object that the application
 * gives, which may be one for all.
 */
export function separateCalls(driver: Driver): void {
  const merge = driver.mergeDefaultOptions
  driver.mergeDefaultOptions = async (options, ...rest) => {
    const { context, subscriptions, subscription } = options
    checkContext(context)
    return merge.call(
      driver,
      {
        ...options,
        context: contextForEachCall(context, options),
        // graphql-ws has a context of its own only if the application says so; Mercurius, always.
        ...(isObject(subscriptions) ? { subscriptions: socketsForEachCall(subscriptions) } : {}),
        ...(subscription === undefined || subscription === false
          ? {}
          : { subscription: withContext(subscription) }),
      },
      ...rest,
    )
  }
}

function checkContext(context: unknown): void {
  if (requestIn(context) !== undefined)
    throw new TypeError(
      '"context" of GraphQLModule is one object with a request, shared by all calls: make it a function',
    )
}

function socketsForEachCall(subscriptions: object): object {
  const protocols = Object.entries(subscriptions)
  return Object.fromEntries(
    protocols.map(([name, options]) => [
      name,
      isObject(options) && 'context' in options ? withContext(options) : options,
    ]),
  )
}

function withContext(given: unknown): object {
  const options = isObject(given) ? given : {}
  const context: unknown = Reflect.get(options, 'context')
  checkContext(context)
  return { ...options, context: contextForEachCall(context, options) }
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null
