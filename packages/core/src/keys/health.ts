import type { EntraGuardErrorCode } from '../errors/error-catalogue.ts'

/** See {@link VerifierHealth}. */
export type HealthStatus = 'ok' | 'stale' | 'unavailable'

/** The keys of one authority, as a probe sees them. */
export interface AuthorityHealth {
  readonly status: HealthStatus
  /** The address of the metadata document. */
  readonly document: string
  /** How many keys may be used. */
  readonly keys: number
  /** Seconds since the key document was read; `undefined` when there is none. */
  readonly age: number | undefined
  /** Seconds until the last of these keys may not be used any more, if nothing is refreshed; 0 when there is none. */
  readonly usableFor: number
  /** How many attempts failed in a row. */
  readonly failures: number
  /** Why the last attempt failed; `undefined` when none did. */
  readonly failure: EntraGuardErrorCode | undefined
}

/** What `verifier.health()` gives: plain data. */
export interface VerifierHealth {
  /**
   * `ok`: every authority has fresh keys. `stale`: tokens are checked, but not every authority has fresh keys: refreshes
   * fail, or no token has come for a while. `unavailable`: no authority has keys that may be used.
   */
  readonly status: HealthStatus
  readonly authorities: readonly AuthorityHealth[]
}

/** The health of several authorities together. */
export function joinHealth(authorities: readonly AuthorityHealth[]): VerifierHealth {
  const are = (status: HealthStatus): boolean => authorities.every((each) => each.status === status)
  const status = are('ok') ? 'ok' : are('unavailable') ? 'unavailable' : 'stale'
  return Object.freeze({ status, authorities: Object.freeze([...authorities]) })
}

/** Where the clock gives no time, no key can be used. */
export function healthWithoutClock(document: string): AuthorityHealth {
  const nothing = { keys: 0, age: undefined, usableFor: 0, failures: 0 }
  return Object.freeze({ status: 'unavailable', document, ...nothing, failure: 'keys_unavailable' })
}
