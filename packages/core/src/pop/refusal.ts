import { EntraGuardError, loggable } from '../errors/errors.ts'

/** The refusal of a proof. `reason` is a text of ours; `actual` of a kind that says nothing about a person. */
export function invalidProof(
  reason: string,
  { expected, actual, cause }: { expected?: unknown; actual?: unknown; cause?: unknown } = {},
): EntraGuardError {
  return new EntraGuardError('proof_invalid', {
    details: {
      reason,
      ...(expected !== undefined && { expected, actual: loggable(actual) }),
    },
    ...(cause !== undefined && { cause }),
  })
}
