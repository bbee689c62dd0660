import { readAuthorityUrl } from '../authority/authority-url.ts'
import type { AuthorityRule } from '../authority/authority.ts'
import { b2c, b2cAddresses, b2cAuthority, type B2cAuthority } from '../authority/b2c.ts'
import {
  clouds,
  isGuid,
  isHostName,
  personalTenantId,
  type Cloud,
  type CloudName,
} from '../authority/clouds.ts'
import { entraAuthority, type TenantSelection } from '../authority/entra-authority.ts'
import { externalId, externalIdAuthority, type ExternalIdAuthority } from '../authority/external-id.ts'
import { flag, lowerCase, rejectUnknown, shown, textProblem } from './option-values.ts'

/** The options that decide whose tokens are accepted. Exactly one of `tenants` and `authority` is required. */
export interface AuthorityOptions {
  /**
   * A tenant id, a list of tenant ids, a verified domain, `'organizations'`, `'common'`, `'consumers'`, or a function
   * that decides about a tenant id. The function is called on every request, after the signature was checked.
   */
  readonly tenants?:
    | string
    | readonly string[]
    | ((tenantId: string) => boolean | Promise<boolean>)
    | undefined
  /** With a function in `tenants`: also call it for personal Microsoft accounts. Default false. */
  readonly personalAccounts?: boolean | undefined
  /** Default `'public'`. */
  readonly cloud?: CloudName | Cloud | undefined
  /**
   * The client id of this API. Needed when its tokens are signed with an app-specific key (claims mapping policy, SAML
   * single sign-on).
   */
  readonly appId?: string | undefined
  /** In place of `tenants`: `b2c(…)`, `externalId(…)`, or the URL of an authority or of its metadata. */
  readonly authority?: string | B2cAuthority | ExternalIdAuthority | undefined
}

export interface ReadAuthority {
  readonly rule: AuthorityRule
  readonly appClients: readonly string[]
  readonly tenantPredicate: ((tenantId: string) => unknown) | undefined
}

/** Converts the options into the rule that assigns a token to an authority. @throws {TypeError} */
export function readAuthority(options: AuthorityOptions): ReadAuthority {
  const { tenants, authority, personalAccounts } = options
  if ((tenants === undefined) === (authority === undefined)) {
    throw new TypeError(
      tenants === undefined
        ? 'tenants is required: a tenant id, a list of them, a domain, "organizations" or a function; or set authority'
        : 'tenants and authority exclude each other: set only one of them',
    )
  }
  if (flag('personalAccounts', personalAccounts) && typeof tenants !== 'function') {
    throw new TypeError(
      "personalAccounts needs a function in tenants; write tenants: 'common' to accept every account",
    )
  }
  const appId = readAppId(options.appId)
  const none = { appClients: [], tenantPredicate: undefined }
  if (authority !== undefined) return readGivenAuthority(authority, options.cloud, appId)
  const selection = readTenants(tenants, personalAccounts === true)
  if (appId !== undefined && (selection.kind === 'any' || selection.kind === 'list')) {
    throw new TypeError('appId needs one tenant: keys of an app are published per tenant')
  }
  const cloud = readCloud(options.cloud) ?? clouds.public
  const rule = entraAuthority({ cloud, tenants: selection, appId })
  return { ...none, rule, tenantPredicate: typeof tenants === 'function' ? tenants : undefined }
}

function readGivenAuthority(
  authority: string | B2cAuthority | ExternalIdAuthority,
  cloud: CloudName | Cloud | undefined,
  appId: string | undefined,
): ReadAuthority {
  const none = { appClients: [], tenantPredicate: undefined }
  if (typeof authority === 'string')
    return { ...none, rule: readAuthorityUrl(authority, readCloud(cloud), appId) }
  if (cloud !== undefined)
    throw new TypeError('cloud does not apply to b2c(...) and externalId(...): their host decides the cloud')
  // Made again, because an object written by hand has the shape without the checks.
  if (authority?.kind === 'b2c') {
    if (appId !== undefined) throw new TypeError('appId does not apply to B2C: its keys belong to policies')
    const checked = b2c(authority)
    return { ...none, rule: b2cAuthority(b2cAddresses(checked)), appClients: checked.appClients }
  }
  if (authority?.kind === 'externalId')
    return { ...none, rule: externalIdAuthority(externalId(authority), appId) }
  throw new TypeError('authority must be b2c(...), externalId(...) or a URL')
}

function readTenants(tenants: AuthorityOptions['tenants'], personal: boolean): TenantSelection {
  if (typeof tenants === 'function') return { kind: 'any', personal }
  if (Array.isArray(tenants)) return readTenantList(tenants)
  if (tenants === 'organizations') return { kind: 'any', personal: false }
  if (tenants === 'common') return { kind: 'any', personal: true }
  if (tenants === 'consumers') return { kind: 'tenant', tenantId: personalTenantId, path: 'consumers' }
  const tenant = lowerCase(tenants)
  if (isGuid(tenant)) return { kind: 'tenant', tenantId: tenant }
  if (isHostName(tenant)) return { kind: 'domain', domain: tenant }
  throw new TypeError(
    'tenants must be a tenant id (GUID), a list of them, a verified domain such as "contoso.com", "organizations", "common", ' +
      `"consumers" or a function, not ${shown(tenants)}`,
  )
}

function readTenantList(tenants: readonly unknown[]): TenantSelection {
  const tenantIds = new Set(tenants.map(lowerCase))
  if (tenantIds.size === 0 || ![...tenantIds].every(isGuid)) {
    throw new TypeError(
      'tenants as a list must contain at least one tenant id, and nothing but tenant ids (GUIDs)',
    )
  }
  const [only] = tenantIds
  return tenantIds.size === 1 && only !== undefined
    ? { kind: 'tenant', tenantId: only }
    : { kind: 'list', tenantIds }
}

function readAppId(appId: unknown): string | undefined {
  if (appId === undefined) return undefined
  const id = lowerCase(appId)
  if (isGuid(id)) return id
  throw new TypeError('appId must be the client id (GUID) of this API')
}

/** The cloud of an option: by its name, or as data. @throws {TypeError} */
export function readCloud(cloud: CloudName | Cloud | undefined): Cloud | undefined {
  if (cloud === undefined) return undefined
  if (typeof cloud === 'string' && Object.hasOwn(clouds, cloud)) return clouds[cloud]
  if (typeof cloud !== 'object' || cloud === null)
    throw new TypeError(`cloud must be ${Object.keys(clouds).join(', ')} or { loginHost, v1IssuerHost }`)
  rejectUnknown(
    'option cloud.',
    cloud,
    new Set(['loginHost', 'aliases', 'v1IssuerHost', 'name', 'graphHosts']),
  )
  const { loginHost, aliases = [], v1IssuerHost, name, graphHosts } = cloud
  // Said, not forgotten: without it v1.0 tokens are refused.
  const v1Hosts = 'v1IssuerHost' in cloud && v1IssuerHost === undefined ? [] : [v1IssuerHost]
  const hosts: readonly unknown[] = [loginHost, ...v1Hosts, ...aliases, ...(graphHosts ?? [])]
  if (!hosts.every((host) => typeof host === 'string' && isHostName(host))) {
    throw new TypeError(
      'cloud: loginHost, v1IssuerHost, aliases and graphHosts must be host names without scheme or path',
    )
  }
  const problem = name === undefined ? undefined : textProblem(name)
  if (problem !== undefined)
    throw new TypeError(`cloud: name ${problem}: write the cloud_instance_name of the metadata`)
  return Object.freeze({
    loginHost,
    aliases: Object.freeze([...aliases]),
    v1IssuerHost,
    name,
    graphHosts: graphHosts === undefined ? undefined : Object.freeze([...graphHosts]),
  })
}
