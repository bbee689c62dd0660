import type { IBearerStrategyOption, Translation } from './options.ts'
import { readLegacyOptions } from './read-options.ts'
import { translate } from './translate.ts'

/**
 * Says in options of `createVerifier` what options of passport-azure-ad's `BearerStrategy` mean. It makes no verifier
 * and fetches nothing; `createVerifier` checks the result further.
 *
 * `tenantIdOrName` is what `passport.authenticate` is told where `identityMetadata` is that of `common`.
 *
 * @throws {TypeError} for an option that is unknown or malformed, or that cannot be honoured safely.
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
