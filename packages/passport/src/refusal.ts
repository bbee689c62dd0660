import { challengeFor, type ChallengeOptions, type EntraGuardError } from '@entraguard/core'

/**
 * What error handlers get where nobody can tell whether a token is good: metadata or keys could not be had, or a check
 * of the application could not decide. `cause` is the `EntraGuardError` that says why: for logs, not for callers.
 *
 * Express answers it by itself with 503 and `Retry-After`, NestJS with 503.
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
  /** The same, where NestJS looks for it. */
  readonly statusCode: number
  /** True, as `http-errors` says it: the message may be shown. */
  readonly expose: boolean = true
  /** With `Retry-After`. */
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
 * Why a `BearerStrategy` did not let a request through: for a log, or for an answer of your own in the callback of
 * `passport.authenticate` and in `handleRequest` of a guard of NestJS. Of several of these strategies the last one counts.
 *
 * `undefined` where that one let the request through, or ended in an error that is no refusal. It says nothing about
 * strategies of others: let nobody pass without a user.
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
  if (error === undefined) refusals.delete(request)
  else refusals.set(request, error)
}
