import type { Authority, AuthorityRule } from './authority.ts'
import { isGuid, isHostName } from './clouds.ts'
import { lowerCase, rejectUnknown } from '../options/option-values.ts'

/** A Microsoft Entra External ID tenant (a customer directory). Created by {@link externalId}. */
export interface ExternalIdAuthority {
  readonly kind: 'externalId'
  readonly subdomain: string
  readonly tenantId: string
  readonly domain?: string | undefined
}

/**
 * Names a Microsoft Entra External ID tenant.
 *
 * `subdomain` is the first label of `{subdomain}.ciamlogin.com`. `domain` is the custom domain, if there is one. The
 * issuer in tokens is always `https://{tenantId}.ciamlogin.com/{tenantId}/v2.0`, whatever host users sign in at.
 *
 * @throws {TypeError} when a part is missing or malformed.
 *
 * @example
 * ```ts
 * createVerifier({ authority: externalId({ subdomain: 'contoso', tenantId }), audience: clientId })
 * ```
 */
export function externalId(options: {
  readonly subdomain: string
  readonly tenantId: string
  readonly domain?: string | undefined
}): ExternalIdAuthority {
  rejectUnknown('externalId option', options, partNames)
  const subdomain = lowerCase(options.subdomain)
  const tenantId = lowerCase(options.tenantId)
  const domain = options.domain === undefined ? undefined : lowerCase(options.domain)
  if (!isHostName(`${subdomain}.ciamlogin.com`) || subdomain.includes('.')) {
    throw new TypeError(
      'externalId: subdomain must be the first label of "{subdomain}.ciamlogin.com", for example "contoso"',
    )
  }
  if (!isGuid(tenantId)) throw new TypeError('externalId: tenantId must be the GUID of the tenant')
  if (domain !== undefined && !isHostName(domain)) {
    throw new TypeError(
      'externalId: domain must be a host name without scheme or path, for example "login.contoso.com"',
    )
  }
  return Object.freeze({ kind: 'externalId', subdomain, tenantId, ...(domain !== undefined && { domain }) })
}

const partNames: ReadonlySet<string> = new Set(['kind', 'subdomain', 'tenantId', 'domain'])

/** The rule for External ID. `metadataAddress` replaces the address that follows from the parts. */
export function externalIdAuthority(
  { subdomain, tenantId, domain }: ExternalIdAuthority,
  appId?: string,
  metadataAddress?: string,
): AuthorityRule {
  const host = domain ?? `${subdomain}.ciamlogin.com`
  const issuer = `https://${tenantId}.ciamlogin.com/${tenantId}/v2.0`
  const address = metadataAddress ?? `https://${host}/${tenantId}/v2.0/.well-known/openid-configuration`
  const authority: Authority = {
    kind: 'externalId',
    loginHost: host,
    metadataAddress: appId === undefined ? address : `${address}?appid=${appId}`,
    keyHosts: [host, `${subdomain}.ciamlogin.com`, `${tenantId}.ciamlogin.com`],
    appId,
    tenantId,
    readMetadataIssuer: (documented) => (documented === issuer ? { tenantId } : undefined),
    issuerWithoutMetadata: issuer,
    issuerOf: () => issuer,
  }
  return {
    authorities: [authority],
    issuers: [issuer],
    multiTenant: false,
    versions: ['2.0'],
    find: (candidate) => (candidate === issuer ? authority : undefined),
  }
}
