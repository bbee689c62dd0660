import {
  challengeFor,
  type ChallengeBody,
  type ChallengeOptions,
  type EntraGuardError,
} from '@entraguard/core'

/**
 * A refusal on its way to the error handlers of the application (`refusals: 'next'`). `cause` is the
 * `EntraGuardError` that says why: for logs, not for callers.
 *
 * Express answers it by itself with the right status and headers where no handler of yours does: it reads `status`
 * and `headers`.
 *
 * @example
 * ```ts
 * app.use((error, request, response, next) => {
 *   if (!(error instanceof EntraGuardRefusal)) return next(error)
 *   request.log.warn({ code: error.cause.code, details: error.cause.details })
 *   response.status(error.status).set(error.headers).json(error.body)
 * })
 * ```
 */
export class EntraGuardRefusal extends Error {
  override readonly name = 'EntraGuardRefusal'
  declare readonly cause: EntraGuardError
  readonly status: number
  /** With `WWW-Authenticate`, or `Retry-After` with 503. */
  readonly headers: Readonly<Record<string, string>>
  /** What the caller may know; the same for every token that is not valid. */
  readonly body: ChallengeBody

  constructor(cause: EntraGuardError, options?: ChallengeOptions) {
    const { status, headers, body } = challengeFor(cause, options)
    // Error handlers show the message, and all 401 are to look alike.
    super(body.error_description, { cause })
    this.status = status
    this.headers = headers
    this.body = body
  }
}
