import { EntraGuardError } from '../errors/errors.ts'

/**
 * Reads the injected clock, in milliseconds since the epoch.
 * @throws {EntraGuardError} `keys_unavailable` if the clock fails or does not return a finite number ≥ 0, because then
 * no age can be known.
 */
export function readClock(now: () => number): number {
  let time: unknown
  let cause: unknown
  try {
    time = now()
  } catch (error) {
    cause = error
  }
  if (typeof time === 'number' && Number.isFinite(time) && time >= 0) return time
  throw new EntraGuardError('keys_unavailable', {
    hint: 'The clock of this server (option now) returns no valid time.',
    cause,
  })
}
