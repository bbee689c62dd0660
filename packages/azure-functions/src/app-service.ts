import { EntraGuardError } from '@entraguard/core'

/** What App Service authentication adds to the requests that it lets through. */
const marks = ['x-ms-client-principal', 'x-ms-client-principal-id', 'x-zumo-auth'] as const

/**
 * Adds a better hint to the refusal if App Service authentication handles requests first: its own session tokens are
 * signed with HS256, and some clients send them in place of the access token.
 *
 * @see https://learn.microsoft.com/azure/app-service/configure-authentication-customize-sign-in-out
 */
export function explainAppService(
  error: EntraGuardError,
  headers: { has(name: string): boolean },
): EntraGuardError {
  const isSession = error.code === 'algorithm_refused' && error.details.actual === 'HS256'
  if (!isSession || !marks.some((name) => headers.has(name))) return error
  return new EntraGuardError('algorithm_refused', {
    details: error.details,
    challenge: error.challenge,
    cause: error,
    hint:
      'This looks like a session token of App Service authentication (signed with HS256), not like an access token of ' +
      'Microsoft Entra ID. Let the client send the access token, or turn off App Service authentication for this app.',
  })
}
