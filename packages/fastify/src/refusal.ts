import {
  challengeFor,
  type ChallengeBody,
  type ChallengeOptions,
  type EntraGuardError,
} from '@entraguard/core'

/**
 * A refusal on its way to the error handler of the application (`refusals: 'throw'`). `cause` is the
 * `EntraGuardError` that says why: for logs, not for callers.
 *
 * Where no error handler of yours answers it, Fastify does, with the same status and headers.
 *
 * @example
 * ```ts
 * app.setErrorHandler((error, request, reply) => {
 *   if (!(error instanceof EntraGuardRefusal)) throw error
 *   request.log.warn({ code: error.cause.code, details: error.cause.details })
 *   return reply.code(error.statusCode).headers(error.headers).send(error.body)
 * })
 * ```
 */
export class EntraGuardRefusal extends Error {
  override readonly name = 'EntraGuardRefusal'
  declare readonly cause: EntraGuardError
  readonly statusCode: number
  /** With `WWW-Authenticate`, or `Retry-After` with 503. */
  readonly headers: Readonly<Record<string, string>>
  /** What the caller may know; the same for every token that is not valid. */
  readonly body: ChallengeBody

  constructor(cause: EntraGuardError, options?: ChallengeOptions) {
    const { status, headers, body } = challengeFor(cause, options)
    // Error handlers show the message, and all 401 are to look alike.
    super(body.error_description, { cause })
    this.statusCode = status
    this.headers = headers
    this.body = body
  }
}
