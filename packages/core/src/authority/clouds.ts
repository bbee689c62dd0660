/** A Microsoft cloud, described as data, so that a new cloud needs no new release of this package. */
export interface Cloud {
  /** The host that serves metadata and keys: `login.microsoftonline.com` for the public cloud. */
  readonly loginHost: string
  /** Other host names of the same cloud. */
  readonly aliases?: readonly string[] | undefined
  /**
   * The host in the issuer of v1.0 tokens: `sts.windows.net` for the public cloud. `undefined` when it is not known;
   * then only v2.0 tokens are accepted.
   */
  readonly v1IssuerHost: string | undefined
  /** The name of this cloud in the metadata (`cloud_instance_name`). It is compared when both are known. */
  readonly name?: string | undefined
  /**
   * Hosts of Microsoft Graph, in addition to those of the named clouds. `graphGroups` sends its token to the host that
   * the metadata names, and only if that host is one of these.
   */
  readonly graphHosts?: readonly string[] | undefined
}

/**
 * The name of a known cloud: Microsoft's public cloud, US Government, China (operated by 21Vianet), and the sovereign
 * clouds Bleu (France), Delos (Germany) and GovSG (Singapore), for which only v2.0 tokens are accepted.
 */
export type CloudName = 'public' | 'usgov' | 'china' | 'bleu' | 'delos' | 'govsg'

/** Neither the v1.0 issuer nor what the documents call such a cloud is documented, and a wrong one would open or close it. */
const sovereign = (loginHost: string, graphHost: string): Cloud =>
  Object.freeze({ loginHost, v1IssuerHost: undefined, graphHosts: Object.freeze([graphHost]) })

/** The clouds with a name. Source: Microsoft's documentation of national clouds, and MSAL's own tables. */
export const clouds: Readonly<Record<CloudName, Cloud>> = Object.freeze({
  public: Object.freeze({
    loginHost: 'login.microsoftonline.com',
    aliases: Object.freeze(['login.windows.net', 'login.microsoft.com', 'sts.windows.net']),
    v1IssuerHost: 'sts.windows.net',
    name: 'microsoftonline.com',
    graphHosts: Object.freeze(['graph.microsoft.com']),
  }),
  usgov: Object.freeze({
    loginHost: 'login.microsoftonline.us',
    aliases: Object.freeze(['login.usgovcloudapi.net']),
    // The same host as in the public cloud: the issuer of a v1.0 token does not tell the two apart.
    v1IssuerHost: 'sts.windows.net',
    name: 'microsoftonline.us',
    graphHosts: Object.freeze(['graph.microsoft.us', 'dod-graph.microsoft.us']),
  }),
  china: Object.freeze({
    loginHost: 'login.partner.microsoftonline.cn',
    aliases: Object.freeze(['login.chinacloudapi.cn']),
    v1IssuerHost: 'sts.chinacloudapi.cn',
    // No name: reports of what the documents say differ, and a wrong name would refuse good keys.
    graphHosts: Object.freeze(['microsoftgraph.chinacloudapi.cn']),
  }),
  bleu: sovereign('login.sovcloud-identity.fr', 'graph.svc.sovcloud.fr'),
  delos: sovereign('login.sovcloud-identity.de', 'graph.svc.sovcloud.de'),
  govsg: sovereign('login.sovcloud-identity.sg', 'graph.svc.sovcloud.sg'),
})

/** The tenant of all personal Microsoft accounts. */
export const personalTenantId = '9188040d-6c67-4c5b-b112-36a304b66dad'

/** True for a GUID in lower case, the only form in which Entra writes tenant ids. */
export function isGuid(value: string): boolean {
  return /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/.test(value)
}

/** True for a DNS name with at least two labels; never an IP address, a port or a path. */
export function isHostName(value: string): boolean {
  return (
    value.length <= 253 &&
    /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$/.test(value)
  )
}

/** Every name by which a cloud is known. */
// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the keys of a frozen record
export const cloudNames: readonly CloudName[] = Object.freeze(Object.keys(clouds) as CloudName[])

/** The hosts of Microsoft Graph in the clouds that are known by name. */
export const knownGraphHosts: ReadonlySet<string> = new Set(
  Object.values(clouds).flatMap(({ graphHosts = [] }) => graphHosts),
)
