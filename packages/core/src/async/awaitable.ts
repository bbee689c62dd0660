/**
 * A value, or a promise of one; `'then' in value` tells which. Not `instanceof`: zone.js and Bluebird replace the
 * global `Promise`, but async functions still return the native one, and a promise that is mistaken for its value
 * refuses nothing.
 */
export type Awaitable<T> = T | Promise<T>

/**
 * Continues with a value, at once if it is there. An `await` would yield to the event loop first, and an async function
 * around it costs 0.3 µs and half a kilobyte, of the 6 µs that a new token takes beside its signature.
 */
export function andThen<T extends object, R>(
  value: Awaitable<T>,
  step: (value: T) => Awaitable<R>,
): Awaitable<R> {
  return 'then' in value ? value.then(step) : step(value)
}
