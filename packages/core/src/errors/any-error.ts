/**
 * Turns whatever was caught into something that frameworks with a `next` or a `done` treat as an error. For adapters.
 * To such frameworks `undefined` means "continue", and so do texts such as "route" to some of them. A guard that passes
 * on whatever it caught would therefore let everybody pass as soon as something rejects with `undefined`. An object is
 * returned unchanged.
 *
 * @example
 * ```ts
 * verifier.authenticate(authorizationOf(request), access).then(pass, (error: unknown) => next(anError(error)))
 * ```
 */
export function anError(caught: unknown): Error {
  if (typeof caught !== 'object' || caught === null)
    return new Error('a promise was rejected with something that is not an Error', { cause: caught })
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- frameworks say Error, and take any object
  return caught as Error
}
