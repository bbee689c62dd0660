import {
  challengeFor,
  type ChallengeBody,
  type ChallengeOptions,
  type EntraGuardError,
} from '@entraguard/core'

/**
 * A refusal for the error handlers of the application (`refusals: 'next'`). `cause` is the `EntraGuardError` with the
 * reason, for logs and not for callers.
 *
 * If none of your handlers answers it, Express does, with the right status and headers, which it reads from `status`
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
  /** Contains `WWW-Authenticate`, or for 503 `Retry-After`. */
  readonly headers: Readonly<Record<string, string>>
  /** What the caller may know. It is the same for every invalid token. */
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
