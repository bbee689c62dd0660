/** Why no token for the other API came, where neither the caller nor waiting can help. */
export type DownstreamErrorCode = 'consent_required' | 'credential_refused' | 'exchange_refused'

const messages: Readonly<Record<DownstreamErrorCode, string>> = {
  consent_required:
    'Nobody has consented that this API calls the other one: grant admin consent in API permissions',
  credential_refused: 'Microsoft Entra ID refused the credential of this API: it is wrong, or it has expired',
  exchange_refused: 'Microsoft Entra ID refused to issue a token for the other API',
}

/**
 * A failure that an administrator or developer of this API has to mend: an error of the server, for its log. What the
 * caller can do something about is an `EntraGuardError` instead.
 *
 * It holds no token, no credential and no text of the answer.
 */
export class DownstreamError extends Error {
  override readonly name = 'DownstreamError'
  readonly code: DownstreamErrorCode
  /** The number of Microsoft's error, 65001 for `AADSTS65001`; absent where none came. */
  readonly errorNumber: number | undefined
  /** Finds the request in the sign-in logs of the tenant. */
  readonly correlationId: string | undefined

  constructor(code: DownstreamErrorCode, errorNumber?: number, correlationId?: string) {
    super(errorNumber === undefined ? messages[code] : `${messages[code]} (AADSTS${errorNumber})`)
    this.code = code
    this.errorNumber = errorNumber
    this.correlationId = correlationId
  }
}
