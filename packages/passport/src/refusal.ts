import { challengeFor, type ChallengeOptions, type EntraGuardError } from '@entraguard/core'

/**
 * The error that error handlers get if it cannot be decided whether a token is valid: metadata or keys could not be
 * fetched, or a check of the application failed. `cause` is the `EntraGuardError` with the reason, for logs and not for
 * callers.
 *
 * If no handler answers it, Express answers 503 with `Retry-After`, and NestJS 503.
 *
 * @example
 * ```ts
 * app.use((error, request, response, next) => {
 *   if (!(error instanceof EntraGuardRefusal)) return next(error)
 *   response.status(error.status).set(error.headers).end()
 * })
 * ```
 */
export class EntraGuardRefusal extends Error {
  override readonly name = 'EntraGuardRefusal'
  declare readonly cause: EntraGuardError
  /** 503. */
  readonly status: number
  /** The same number, under the name that NestJS reads. */
  readonly statusCode: number
  /** True, as in `http-errors`: the message may be shown. */
  readonly expose: boolean = true
  /** Contains `Retry-After`. */
  readonly headers: Readonly<Record<string, string>>

  constructor(cause: EntraGuardError, options?: ChallengeOptions) {
    const { status, headers, body } = challengeFor(cause, options)
    // Error handlers show the message.
    super(body.error_description, { cause })
    this.status = status
    this.statusCode = status
    this.headers = headers
  }
}

const refusals = new WeakMap<object, EntraGuardError>()

/**
 * Returns why a `BearerStrategy` refused a request. Use it for a log, or to send your own response in the callback of
 * `passport.authenticate` or in `handleRequest` of a NestJS guard. If several of these strategies ran, the last one
 * counts.
 *
 * `undefined` if that strategy admitted the request, or failed with an error that is not a refusal. It says nothing
 * about other strategies, so never let a request pass without a user.
 *
 * @example
 * ```ts
 * app.get('/orders', (request, response, next) => {
 *   passport.authenticate('oauth-bearer', { session: false }, (error, user) => {
 *     const refusal = refusalOf(request)
 *     if (refusal !== undefined) return writeRefusal(response, refusal, verifier.challenge)
 *     if (!user) return next(error ?? new Error('nobody signed in'))
 *     response.json(user)
 *   })(request, response, next)
 * })
 * ```
 */
export function refusalOf(request: object): EntraGuardError | undefined {
  return refusals.get(request)
}

/** Remembers it for {@link refusalOf}; `undefined` for a request that was not refused. */
export function noteRefusal(request: object, error: EntraGuardError | undefined): void {
  // An entry for each request that passes would be work for the garbage collector.
  if (error === undefined) refusals.delete(request)
  else refusals.set(request, error)
}
