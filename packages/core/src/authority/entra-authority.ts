import type { Authority, AuthorityRule, TokenVersion } from './authority.ts'
import { isGuid, personalTenantId, type Cloud } from './clouds.ts'

/** Which tenants, after the option was read. */
export type TenantSelection =
  /** One tenant; `path` where its metadata is read under another name. */
  | { readonly kind: 'tenant'; readonly tenantId: string; readonly path?: 'consumers' }
  | { readonly kind: 'domain'; readonly domain: string }
  | { readonly kind: 'list'; readonly tenantIds: ReadonlySet<string> }
  /** Every work or school tenant, and with `personal` the personal accounts too. */
  | { readonly kind: 'any'; readonly personal: boolean }

export interface EntraAuthorityInit {
  readonly cloud: Cloud
  readonly tenants: TenantSelection
  readonly appId?: string | undefined
  /** A metadata address written by the user instead of the one that follows from cloud and tenant. */
  readonly metadataAddress?: string | undefined
}

/** The rule for Entra ID: work and school tenants, and personal accounts if they are configured. */
export function entraAuthority({
  cloud,
  tenants,
  appId,
  metadataAddress,
}: EntraAuthorityInit): AuthorityRule {
  const address =
    metadataAddress ??
    `https://${cloud.loginHost}/${segmentOf(tenants)}/v2.0/.well-known/openid-configuration`
  const authority: Authority = {
    kind: 'entraId',
    loginHost: cloud.loginHost,
    metadataAddress: appId === undefined ? address : `${address}?appid=${appId}`,
    keyHosts: [new URL(address).host, cloud.loginHost],
    appId,
    cloudName: cloud.name,
    graphHosts: cloud.graphHosts,
    tenantId: tenants.kind === 'tenant' ? tenants.tenantId : undefined,
    readMetadataIssuer: (issuer) => readMetadataIssuer(issuer, cloud, tenants),
    issuerWithoutMetadata: issuerWithoutMetadata(cloud, tenants),
    issuerOf: issuerOf(cloud, tenants),
  }
  const issuers = issuersOf(cloud, tenants)
  const accepts = issuerFilter(cloud, tenants, issuers)
  return {
    authorities: [authority],
    issuers,
    multiTenant: tenants.kind === 'list' || tenants.kind === 'any',
    versions: versionsOf(cloud),
    find: (issuer) => (accepts(issuer) ? authority : undefined),
  }
}

function segmentOf(tenants: TenantSelection): string {
  switch (tenants.kind) {
    case 'tenant':
      return tenants.path ?? tenants.tenantId
    case 'domain':
      return tenants.domain
    case 'list':
      // The organizations document lacks the keys of personal accounts.
      return tenants.tenantIds.has(personalTenantId) ? 'common' : 'organizations'
    case 'any':
      return tenants.personal ? 'common' : 'organizations'
  }
}

function issuerFilter(
  cloud: Cloud,
  tenants: TenantSelection,
  issuers: readonly string[],
): (issuer: string) => boolean {
  switch (tenants.kind) {
    case 'tenant':
    case 'list': {
      const accepted = new Set(issuers)
      return (issuer) => accepted.has(issuer)
    }
    case 'domain':
      // Which tenant it is only the metadata says; claims.ts compares with that.
      return (issuer) => tenantOfIssuer(issuer, cloud) !== undefined
    case 'any':
      return (issuer) => {
        const tenantId = tenantOfIssuer(issuer, cloud)
        return tenantId !== undefined && (tenants.personal || tenantId !== personalTenantId)
      }
  }
}

function issuersOf(cloud: Cloud, tenants: TenantSelection): readonly string[] {
  const tenantIds =
    tenants.kind === 'tenant'
      ? [tenants.tenantId]
      : tenants.kind === 'list'
        ? [...tenants.tenantIds]
        : ['{tenantid}']
  return tenantIds.flatMap((tenantId) =>
    versionsOf(cloud).map((version) => issuerFor(cloud, version, tenantId)),
  )
}

function versionsOf({ v1IssuerHost }: Cloud): readonly TokenVersion[] {
  return v1IssuerHost === undefined ? ['2.0'] : ['2.0', '1.0']
}

function issuerFor({ loginHost, v1IssuerHost }: Cloud, version: TokenVersion, tenantId: string): string {
  if (version === '2.0') return `https://${loginHost}/${tenantId}/v2.0`
  // Version 1.0 is refused before its issuer is compared; this equals none, whatever comes.
  return v1IssuerHost === undefined ? 'not known' : `https://${v1IssuerHost}/${tenantId}/`
}

/** For a domain it is the metadata that says which tenant issues. */
function issuerWithoutMetadata(cloud: Cloud, tenants: TenantSelection): string | undefined {
  if (tenants.kind === 'domain') return undefined
  return issuerFor(cloud, '2.0', tenants.kind === 'tenant' ? tenants.tenantId : '{tenantid}')
}

function issuerOf(cloud: Cloud, tenants: TenantSelection): Authority['issuerOf'] {
  const one = tenants.kind === 'tenant' ? tenants.tenantId : ''
  const [v2, v1] = [issuerFor(cloud, '2.0', one), issuerFor(cloud, '1.0', one)]
  return (version, tenantId) => {
    if (tenantId !== one) return issuerFor(cloud, version, tenantId)
    return version === '2.0' ? v2 : v1
  }
}

/** The tenant that an issuer names, in the two exact forms that Entra writes. */
function tenantOfIssuer(issuer: string, cloud: Cloud): string | undefined {
  // In both a GUID is the first segment; that the rest is right the comparison shows.
  const tenantId = issuer.split('/').find(isGuid)
  const isOurs =
    tenantId !== undefined &&
    versionsOf(cloud).some((version) => issuer === issuerFor(cloud, version, tenantId))
  return isOurs ? tenantId : undefined
}

function readMetadataIssuer(
  issuer: string,
  cloud: Cloud,
  tenants: TenantSelection,
): { readonly tenantId?: string } | undefined {
  // Microsoft writes "{tenantid}" and documents "{tenantId}".
  const template = issuer.replace(/\{tenantid\}/i, '{tenantid}')
  if (versionsOf(cloud).some((version) => template === issuerFor(cloud, version, '{tenantid}'))) {
    // A template in the document of one tenant widens nothing: the tenant stays the configured one. For a domain
    // there would be no tenant left to compare with.
    return tenants.kind === 'domain' ? undefined : {}
  }
  const tenantId = tenantOfIssuer(issuer, cloud)
  if (tenantId === undefined) return undefined
  if (tenants.kind === 'tenant') return tenantId === tenants.tenantId ? { tenantId } : undefined
  // Personal accounts are asked for by name, never by a mail domain that happens to lead to their tenant.
  return tenants.kind === 'domain' && tenantId !== personalTenantId ? { tenantId } : undefined
}
