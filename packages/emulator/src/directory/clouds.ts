/** The clouds that the emulator can speak for. */
export type CloudName = 'public' | 'usgov' | 'china'

/** The names of one cloud, as its own documents spell them. */
export interface Cloud {
  readonly name: CloudName
  readonly loginHost: string
  readonly aliases: readonly string[]
  readonly v1IssuerHost: string
  readonly instanceName: string
  readonly graphHost: string
  readonly msgraphHost: string
  readonly rbacUrl: string
  /** `tenant_region_scope` of its tenants; each cloud has several, one is enough here. */
  readonly regionScope: string
  /** The common name in the certificates of this cloud's signing keys. */
  readonly certificateName: string
}

export const clouds: Readonly<Record<CloudName, Cloud>> = {
  public: {
    name: 'public',
    loginHost: 'login.microsoftonline.com',
    aliases: ['login.windows.net', 'login.microsoft.com', 'sts.windows.net'],
    v1IssuerHost: 'sts.windows.net',
    instanceName: 'microsoftonline.com',
    graphHost: 'graph.windows.net',
    msgraphHost: 'graph.microsoft.com',
    rbacUrl: 'https://pas.windows.net',
    regionScope: 'EU',
    certificateName: 'accounts.accesscontrol.windows.net',
  },
  usgov: {
    name: 'usgov',
    loginHost: 'login.microsoftonline.us',
    aliases: ['login.usgovcloudapi.net'],
    // Not a slip: v1.0 tokens of the US Government cloud carry the public cloud's issuer host.
    v1IssuerHost: 'sts.windows.net',
    instanceName: 'microsoftonline.us',
    graphHost: 'graph.windows.net',
    msgraphHost: 'graph.microsoft.us',
    rbacUrl: 'https://pasff.usgovcloudapi.net',
    regionScope: 'USGov',
    certificateName: 'login.microsoftonline.us',
  },
  china: {
    name: 'china',
    loginHost: 'login.partner.microsoftonline.cn',
    aliases: ['login.chinacloudapi.cn'],
    v1IssuerHost: 'sts.chinacloudapi.cn',
    instanceName: 'partner.microsoftonline.cn',
    graphHost: 'graph.chinacloudapi.cn',
    msgraphHost: 'microsoftgraph.chinacloudapi.cn',
    rbacUrl: 'https://pas.chinacloudapi.cn',
    regionScope: 'AS',
    certificateName: 'accounts.accesscontrol.chinacloudapi.cn',
  },
}

const byLoginHost: ReadonlyMap<string, Cloud> = new Map(
  Object.values(clouds).flatMap((cloud) =>
    [cloud.loginHost, ...cloud.aliases].map((host) => [host, cloud] as const),
  ),
)

const byGraphHost: ReadonlyMap<string, Cloud> = new Map(
  Object.values(clouds).map((cloud) => [cloud.msgraphHost, cloud] as const),
)

export const cloudOfLoginHost = (host: string): Cloud | undefined => byLoginHost.get(host)

export const cloudOfGraphHost = (host: string): Cloud | undefined => byGraphHost.get(host)

/** The tenant of personal Microsoft accounts. */
export const PERSONAL_TENANT_ID = '9188040d-6c67-4c5b-b112-36a304b66dad'

/** Every host name of the clouds; B2C's and External ID's have one for each tenant. */
export const microsoftHosts: readonly string[] = [...byLoginHost.keys(), ...byGraphHost.keys()]

/** Is this a host name that Microsoft serves, and that the emulator answers for? */
export function isMicrosoftHost(host: string): boolean {
  return (
    byLoginHost.has(host) || byGraphHost.has(host) || /^[a-z0-9-]+\.(?:b2clogin|ciamlogin)\.com$/.test(host)
  )
}
