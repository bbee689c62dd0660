/**
 * What was caught, as something that frameworks with a `next` or a `done` take for an error. To those, nothing means "go
 * on", and to some of them texts such as "route" do: a guard that hands on what it caught lets everybody pass as soon as
 * something rejects with nothing. For adapters; an object comes back as it is.
 *
 * @example
 * ```ts
 * verifier.authenticate(authorizationOf(request), access).then(pass, (error: unknown) => next(anError(error)))
 * ```
 */
export function anError(caught: unknown): Error {
  if (typeof caught !== 'object' || caught === null)
    return new Error('a promise was rejected with something that is no Error', { cause: caught })
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- frameworks say Error, and take any object
  return caught as Error
}
