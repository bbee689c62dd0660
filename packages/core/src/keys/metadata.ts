import type { Authority } from '../authority/authority.ts'
import type { CacheWorld } from '../documents/cache-world.ts'
import { CachedDocument } from '../documents/cache.ts'
import { knownGraphHosts } from '../authority/clouds.ts'
import { EntraGuardError, loggable } from '../errors/errors.ts'
import { isJsonObject, member, parseJson, type JsonObject } from '../token/strict-json.ts'

/** The members of an OpenID configuration that are used, after the checks. */
export interface Metadata {
  readonly issuer: string
  readonly keysAddress: string
  /** The one tenant of this document; absent in documents that serve many. */
  readonly tenantId?: string
  readonly cloudName?: string
  /** Where Microsoft Graph of this cloud lives, for reading group memberships: a host that the configuration or this package knows. */
  readonly graphHost?: string
}

/** The metadata document of an authority, kept and refreshed. */
export function metadataDocument(
  authority: Authority,
  world: CacheWorld,
  changed: () => void,
): CachedDocument<Metadata> {
  // A domain name can be moved to another directory. Who was let in by name must not be replaced by name, also not
  // after the document was forgotten.
  let pinnedTenant: string | undefined
  return new CachedDocument<Metadata>(
    {
      document: 'metadata',
      unavailable: 'metadata_unavailable',
      address: () => authority.metadataAddress,
      read: (text) => {
        const metadata = readMetadata(text, authority, pinnedTenant)
        pinnedTenant ??= metadata.tenantId
        return metadata
      },
      // Keys decide how long trust lasts. Metadata that merely could not be read again must not end it sooner.
      outlives: (failure) => failure?.code !== 'metadata_invalid',
      changed,
    },
    world,
  )
}

/**
 * Checks an OpenID configuration against the authority that it should describe.
 *
 * @throws {EntraGuardError} `metadata_invalid`.
 */
function readMetadata(text: string, authority: Authority, pinnedTenant?: string): Metadata {
  const document = parseObject(text, authority)
  const issuer = member(document, 'issuer')
  const proven = typeof issuer === 'string' ? authority.readMetadataIssuer(issuer) : undefined
  if (typeof issuer !== 'string' || proven === undefined) throw invalid(authority, 'issuer', loggable(issuer))
  const { tenantId } = proven
  if (pinnedTenant !== undefined && tenantId !== undefined && tenantId !== pinnedTenant)
    throw invalid(authority, 'issuer', loggable(issuer))
  const cloudName = optionalString(document, 'cloud_instance_name')
  if (cloudName !== undefined && authority.cloudName !== undefined && cloudName !== authority.cloudName) {
    throw invalid(authority, 'cloud_instance_name', loggable(cloudName))
  }
  const graphHost = readGraphHost(document, authority)
  return Object.freeze({
    issuer,
    keysAddress: readKeysAddress(member(document, 'jwks_uri'), authority),
    ...(tenantId !== undefined && { tenantId }),
    ...(cloudName !== undefined && { cloudName }),
    ...(graphHost !== undefined && { graphHost }),
  })
}

/** RFC 8725 §3.10 (SSRF): keys come from the authority's own host over https, or not at all. */
function readKeysAddress(value: unknown, authority: Authority): string {
  let url: URL
  try {
    url = new URL(String(value))
  } catch {
    throw invalid(authority, 'jwks_uri', loggable(value))
  }
  const plain = url.protocol === 'https:' && url.username === '' && url.password === '' && url.hash === ''
  if (typeof value !== 'string' || !plain || !authority.keyHosts.includes(url.host)) {
    throw invalid(authority, 'jwks_uri', loggable(value))
  }
  // The document of an app names the app in its key address too. Without it the two key sets would share one entry.
  if (authority.appId !== undefined) url.searchParams.set('appid', authority.appId)
  return url.href
}

/**
 * A token that may read the directory is sent to this host. Someone who can write to a shared store, or answer in place
 * of a login host, must not choose the host.
 */
function readGraphHost(document: JsonObject, { graphHosts = [] }: Authority): string | undefined {
  const host = optionalString(document, 'msgraph_host')
  return host !== undefined && (knownGraphHosts.has(host) || graphHosts.includes(host)) ? host : undefined
}

function parseObject(text: string, authority: Authority): JsonObject {
  let value: unknown
  try {
    value = parseJson(text)
  } catch {
    throw invalid(authority, 'JSON', undefined)
  }
  if (!isJsonObject(value)) throw invalid(authority, 'JSON', undefined)
  return value
}

function optionalString(document: JsonObject, name: string): string | undefined {
  const value = member(document, name)
  return typeof value === 'string' && value !== '' ? value : undefined
}

function invalid(authority: Authority, claim: string, actual: unknown): EntraGuardError {
  return new EntraGuardError('metadata_invalid', {
    details: { claim, actual, address: authority.metadataAddress },
  })
}
