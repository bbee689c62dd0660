import type { ChallengeOptions } from '../errors/challenge.ts'
import { flag, hasScheme, isHttps, parsePlainUrl, rejectUnknown, shown } from './option-values.ts'

const names: ReadonlySet<string> = new Set(['realm', 'resourceMetadata', 'exposeCode', 'scopePrefix'])

/** Checks and copies the option `challenge`. @throws {TypeError} */
export function readChallenge(
  challenge: ChallengeOptions | undefined = {},
  audience: ReadonlySet<string>,
): ChallengeOptions {
  rejectUnknown('option challenge.', challenge, names)
  const { realm, resourceMetadata, exposeCode, scopePrefix = scopePrefixOf(audience) } = challenge
  if (realm !== undefined && (typeof realm !== 'string' || !/^[\x20-\x7e]*$/.test(realm))) {
    throw new TypeError('challenge.realm must be printable ASCII')
  }
  const url = parsePlainUrl(resourceMetadata)
  // RFC 9728 §3: over http anyone on the way could name another authorization server.
  if (resourceMetadata !== undefined && (url === undefined || !isHttps(url))) {
    throw new TypeError(
      `challenge.resourceMetadata must be the https URL of the document (http only on this machine), not ${shown(resourceMetadata)}`,
    )
  }
  if (scopePrefix !== undefined && (typeof scopePrefix !== 'string' || !isScopeText(scopePrefix))) {
    throw new TypeError(
      'challenge.scopePrefix must be the text before a scope, such as "api://<client id>/", or "" for none',
    )
  }
  return Object.freeze({
    realm,
    resourceMetadata,
    scopePrefix,
    exposeCode: flag('challenge.exposeCode', exposeCode),
  })
}

/**
 * Entra takes a scope without an API before it for a scope of Microsoft Graph. With several Application ID URIs, any of
 * them could be meant.
 */
function scopePrefixOf(audience: ReadonlySet<string>): string | undefined {
  const [uri, ...others] = [...audience].filter(hasScheme)
  return uri === undefined || others.length > 0 || !isScopeText(uri) ? undefined : `${uri}/`
}

/** RFC 6749 §3.3: what a scope may consist of. */
function isScopeText(text: string): boolean {
  return /^[!#-[\]-~]*$/.test(text)
}
