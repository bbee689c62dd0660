import { isRecord, rejectUnknown } from './option-values.ts'
import type { AbortSignalLike, Leaving } from './until.ts'

/** The `Authorization` header that the user's token came in, or its token alone as `Bearer …`. */
export type Authorization = string | readonly string[] | null | undefined

/** Options of one call. */
export interface AcquireOptions {
  /** Makes this call stop waiting. An exchange that other calls wait for continues. */
  readonly signal?: AbortSignal | undefined
  /**
   * A claims challenge of the other API, as `readClaimsChallenge` returns it. A new token is requested, bypassing the
   * cache.
   */
  readonly claims?: string | undefined
}

/** The options that an Azure SDK passes to `getToken`, as far as they have a meaning here. */
export interface GetTokenOptions {
  readonly abortSignal?: AbortSignalLike | undefined
  readonly claims?: string | undefined
  readonly tenantId?: string | undefined
}

/** What a call asks for besides its scopes, after it was checked. */
export interface Asked {
  readonly leaving: Leaving | undefined
  readonly claims: string | undefined
}

/** @throws {TypeError} */
export function readAcquireOptions(options: AcquireOptions = {}): Asked {
  if (!isRecord(options)) throw new TypeError('the options of a call must be an object: { signal, claims }')
  rejectUnknown('the call', options, ['signal', 'claims'])
  const { signal, claims } = options
  requireSignal('signal', signal)
  requireClaims(claims)
  // A polyfill may have no reason.
  return { leaving: signal && { signal, reason: () => (signal.reason as unknown) ?? abortError() }, claims }
}

/** Other members are no mistake: the Azure SDKs pass some of their own, such as `tracingOptions`. @throws {TypeError} */
export function readGetTokenOptions(
  options: GetTokenOptions = {},
): Asked & Pick<GetTokenOptions, 'tenantId'> {
  if (!isRecord(options))
    throw new TypeError('the options of getToken must be an object: { abortSignal, claims, tenantId }')
  const { abortSignal, claims, tenantId } = options
  requireSignal('abortSignal', abortSignal)
  requireClaims(claims)
  return { leaving: abortSignal && { signal: abortSignal, reason: abortError }, claims, tenantId }
}

/** By its name the Azure SDKs tell that the caller left from a failure. */
function abortError(): DOMException {
  return new DOMException('The operation was aborted.', 'AbortError')
}

function requireSignal(name: string, value: AbortSignalLike | undefined): void {
  if (value === undefined) return
  const isSignal =
    typeof value?.aborted === 'boolean' &&
    typeof value.addEventListener === 'function' &&
    typeof value.removeEventListener === 'function'
  if (!isSignal) throw new TypeError(`${name} must be an AbortSignal`)
}

function requireClaims(value: unknown): void {
  if (value !== undefined && typeof value !== 'string')
    throw new TypeError('claims must be a claims challenge as text, as readClaimsChallenge returns it')
}
