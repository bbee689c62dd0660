import {
  challengeFor,
  type ChallengeBody,
  type ChallengeOptions,
  type EntraGuardError,
} from '@entraguard/core'

/**
 * A refusal for the error handler of the application (`refusals: 'throw'`). `cause` is the `EntraGuardError` with the
 * reason, for logs and not for callers.
 *
 * If none of your error handlers answers it, Fastify does, with the same status and headers.
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
  /** Contains `WWW-Authenticate`, or for 503 `Retry-After`. */
  readonly headers: Readonly<Record<string, string>>
  /** What the caller may know. It is the same for every invalid token. */
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
