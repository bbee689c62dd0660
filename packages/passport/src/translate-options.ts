import type { IBearerStrategyOption, Translation } from './options.ts'
import { readLegacyOptions } from './read-options.ts'
import { translate } from './translate.ts'

/**
 * Converts options of passport-azure-ad's `BearerStrategy` into options of `createVerifier`. It creates no verifier and
 * fetches nothing; `createVerifier` does further checks on the result.
 *
 * `tenantIdOrName` is the value passed to `passport.authenticate` if `identityMetadata` is that of `common`.
 *
 * @throws {TypeError} for an option that is unknown, malformed, or cannot be supported safely.
 *
 * @example
 * ```ts
 * const { verifier, access } = translateOptions({ identityMetadata, clientID, scope: ['Orders.Read'] })
 * const identity = await createVerifier(verifier).authenticate(authorization, access)
 * ```
 */
export function translateOptions(options: IBearerStrategyOption, tenantIdOrName?: string): Translation {
  if (typeof options !== 'object' || options === null)
    throw new TypeError('BearerStrategy: options are required')
  return translate(readLegacyOptions(options), tenantIdOrName)
}
