import { checkOptions } from '@entraguard/core'

/** Options of `entraGuard`. */
export interface EntraGuardOptions {
  /** The `realm` of challenges. Default: that of the verifier. */
  readonly realm?: string | undefined
  /** Lets requests without a bearer token pass, without an identity. A token that is sent is checked all the same. */
  readonly optional?: boolean | undefined
}

/**
 * A copy of the options, once they are what they should be. A variable of the environment is text, and `'false'` must
 * not open a route; nor may a misspelt name go unseen.
 *
 * @throws {TypeError}
 */
export function checkedOptions(options: EntraGuardOptions = {}): EntraGuardOptions {
  const { realm, optional } = checkOptions('entraGuard', options, ['realm', 'optional'])
  if (optional !== undefined && typeof optional !== 'boolean') {
    throw mistake('option optional must be true or false')
  }
  if (realm !== undefined && (typeof realm !== 'string' || !/^[\x20-\x7e]*$/.test(realm))) {
    throw mistake('option realm must be printable ASCII')
  }
  return { ...options }
}

const mistake = (text: string): TypeError => new TypeError(`entraGuard: ${text}`)
