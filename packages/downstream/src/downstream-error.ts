/** Why there is no token for the other API, if neither the caller nor waiting can help. */
export type DownstreamErrorCode = 'consent_required' | 'credential_refused' | 'exchange_refused'

const messages: Readonly<Record<DownstreamErrorCode, string>> = {
  consent_required:
    'Nobody has consented to this API calling the other API: grant admin consent under API permissions',
  credential_refused:
    'Microsoft Entra ID refused the credential of this API, or there is none: it is wrong, has expired, or its function returned an empty text',
  exchange_refused: 'Microsoft Entra ID refused to issue a token for the other API',
}

/**
 * A failure that an administrator or developer of this API must fix. It is a server error, for the log. If the caller
 * can do something about a failure, it is an `EntraGuardError` instead.
 *
 * It contains no token, no credential and no text of the response.
 */
export class DownstreamError extends Error {
  override readonly name = 'DownstreamError'
  readonly code: DownstreamErrorCode
  /** The number of Microsoft's error: 65001 for `AADSTS65001`. Absent if the response has none. */
  readonly errorNumber: number | undefined
  /** The id to find the request by in the sign-in logs of the tenant. */
  readonly correlationId: string | undefined

  constructor(code: DownstreamErrorCode, errorNumber?: number, correlationId?: string) {
    super(errorNumber === undefined ? messages[code] : `${messages[code]} (AADSTS${errorNumber})`)
    this.code = code
    this.errorNumber = errorNumber
    this.correlationId = correlationId
  }
}
