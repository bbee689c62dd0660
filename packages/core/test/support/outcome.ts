import { EntraGuardError, type EntraGuardErrorCode } from '../../src/index.ts'

/** What became of a token: `accepted`, or the code of the refusal. Anything else that is thrown fails the test. */
export async function outcomeOf(work: Promise<unknown>): Promise<'accepted' | EntraGuardErrorCode> {
  try {
    await work
    return 'accepted'
  } catch (error) {
    if (!EntraGuardError.is(error)) throw error
    return error.code
  }
}

/** The same for what throws at once. */
export function outcomeOfCall(call: () => unknown): 'accepted' | EntraGuardErrorCode {
  try {
    call()
    return 'accepted'
  } catch (error) {
    if (!EntraGuardError.is(error)) throw error
    return error.code
  }
}
