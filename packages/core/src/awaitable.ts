/** A value, or the promise of one. */
export type Awaitable<T> = T | Promise<T>

/**
 * Goes on with a value: at once when it is there. An `await` would give way to the event loop first, and an async
 * function around it costs 0.3 µs and half a kilobyte, of the 6 µs that a new token takes beside its signature.
 */
export function andThen<T, R>(value: Awaitable<T>, step: (value: T) => Awaitable<R>): Awaitable<R> {
  return value instanceof Promise ? value.then(step) : step(value)
}
