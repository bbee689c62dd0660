/**
 * A value, or the promise of one: `'then' in value` tells. Not `instanceof`: zone.js and Bluebird put another `Promise`
 * in the place of the one that async functions give, and a promise that is taken for its value refuses nothing.
 */
export type Awaitable<T> = T | Promise<T>

/**
 * Goes on with a value: at once when it is there. An `await` would give way to the event loop first, and an async
 * function around it costs 0.3 µs and half a kilobyte, of the 6 µs that a new token takes beside its signature.
 */
export function andThen<T extends object, R>(
  value: Awaitable<T>,
  step: (value: T) => Awaitable<R>,
): Awaitable<R> {
  return 'then' in value ? value.then(step) : step(value)
}
