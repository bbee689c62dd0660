import { challengeFor, type Challenge, type ChallengeOptions, type EntraGuardError } from '@entraguard/core'
import { HttpException, HttpStatus } from '@nestjs/common'

/**
 * A refusal as a Nest exception. `getStatus()` and `getResponse()` are what the caller gets; `cause` is the
 * `EntraGuardError` with the reason. Its code is for logs, not for callers.
 *
 * @example
 * ```ts
 * @Catch(EntraGuardException)
 * class RefusalLog extends BaseExceptionFilter {
 *   override catch(exception: EntraGuardException, host: ArgumentsHost) {
 *     this.logger.warn({ code: exception.cause.code, details: exception.cause.details })
 *     super.catch(exception, host)
 *   }
 * }
 * ```
 */
export class EntraGuardException extends HttpException {
  declare readonly cause: EntraGuardError
  /** Includes the headers (`WWW-Authenticate` or `Retry-After`), which the guard has already set on the response. */
  readonly challenge: Challenge
  /** What a GraphQL server tells the caller besides the message. */
  readonly extensions: Readonly<Record<string, unknown>>

  constructor(error: EntraGuardError, options?: ChallengeOptions) {
    const challenge = challengeFor(error, options)
    super(challenge.body, challenge.status, { cause: error })
    this.challenge = challenge
    this.message = challenge.body.error_description
    const code = challenge.status === 401 ? 'UNAUTHENTICATED' : HttpStatus[challenge.status]
    this.extensions = { code, originalError: challenge.body }
  }
}
