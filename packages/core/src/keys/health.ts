import type { EntraGuardErrorCode } from '../errors/error-catalogue.ts'

/** See {@link VerifierHealth}. */
export type HealthStatus = 'ok' | 'stale' | 'unavailable'

/** The state of the keys of one authority, for a probe. */
export interface AuthorityHealth {
  readonly status: HealthStatus
  /** The address of the metadata document. */
  readonly document: string
  /** How many keys are usable. */
  readonly keys: number
  /** Seconds since the key document was read; `undefined` when there is none. */
  readonly age: number | undefined
  /** Seconds until the last of these keys becomes unusable if no refresh succeeds; 0 when there is no key. */
  readonly usableFor: number
  /** How many attempts in a row failed. */
  readonly failures: number
  /** Why the last attempt failed; `undefined` when none did. */
  readonly failure: EntraGuardErrorCode | undefined
}

/** The result of `verifier.health()`. Plain data. */
export interface VerifierHealth {
  /**
   * `ok`: every authority has fresh keys. `stale`: tokens can be checked, but some authority has no fresh keys, because
   * refreshes fail or no token has arrived for a while. `unavailable`: no authority has usable keys.
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

/** If the clock returns no valid time, no key can be used. */
export function healthWithoutClock(document: string): AuthorityHealth {
  const nothing = { keys: 0, age: undefined, usableFor: 0, failures: 0 }
  return Object.freeze({ status: 'unavailable', document, ...nothing, failure: 'keys_unavailable' })
}
