import { clouds, PERSONAL_TENANT_ID, type Cloud } from './clouds.ts'
import { isGuid } from './encoding.ts'
import type {
  AppOptions,
  AppRoleOptions,
  EmulatorOptions,
  PolicyOptions,
  TenantOptions,
  TokenVersion,
  UserOptions,
} from './options.ts'

export interface Tenant {
  readonly id: string
  readonly name: string
  /** All verified domains, `{name}.onmicrosoft.com` first. */
  readonly domains: readonly string[]
  readonly kind: 'workforce' | 'b2c' | 'externalId'
  readonly cloud: Cloud
  /** The host that its documents name: the cloud's login host, `….b2clogin.com`, `….ciamlogin.com` or its own. */
  readonly host: string
  readonly policies: readonly Policy[]
}

export type Policy = Required<PolicyOptions>

export interface App {
  readonly clientId: string
  readonly name: string
  readonly tenantId: string
  readonly multiTenant: boolean
  readonly appIdUri: string
  readonly secret: string | undefined
  readonly scopes: readonly string[]
  readonly appRoles: readonly AppRoleOptions[]
  readonly tokenVersion: TokenVersion
  readonly optionalClaims: readonly string[]
  readonly claimsMapping: Readonly<Record<string, unknown>>
  /** Signed with a key of its own? */
  readonly ownKey: boolean
}

export interface User {
  readonly id: string
  readonly tenantId: string
  readonly name: string
  readonly givenName: string
  readonly familyName: string
  readonly userPrincipalName: string
  readonly email: string | undefined
  readonly guestFrom: string | undefined
}

/**
 * The ids that are there without any option. They are the same at every start, so that they can stand in a
 * configuration file; only the keys are new.
 */
export const defaults = {
  tenantId: '11111111-1111-4111-8111-111111111111',
  tenantName: 'contoso',
  otherTenantId: '99999999-9999-4999-8999-999999999999',
  otherTenantName: 'fabrikam',
  b2cTenantId: '55555555-5555-4555-8555-555555555555',
  b2cTenantName: 'contosob2c',
  b2cPolicies: ['B2C_1_susi', 'B2C_1A_signup_signin'],
  externalIdTenantId: '66666666-6666-4666-8666-666666666666',
  externalIdTenantName: 'contosociam',
  apiClientId: '22222222-2222-4222-8222-222222222222',
  webClientId: '33333333-3333-4333-8333-333333333333',
  daemonClientId: '44444444-4444-4444-8444-444444444444',
  /** The client secret of the API and of the daemon. Not a secret: the emulator listens on loopback only. */
  secret: 'emulator-only-secret',
  scopes: ['Orders.Read', 'Orders.Write'],
  appPermissions: ['Orders.Read.All', 'Orders.Write.All'],
  roles: ['Orders.Admin'],
} as const

/** Who and what the emulator knows. */
export interface Directory {
  readonly tenants: readonly Tenant[]
  readonly apps: readonly App[]
  readonly users: readonly User[]
  readonly firstTenant: Tenant
  readonly firstApp: App
  tenant(idOrDomain: string): Tenant | undefined
  tenantOfHost(host: string): Tenant | undefined
  /** By client id or Application ID URI. */
  app(name: string): App | undefined
  /** By object id or user principal name. */
  user(name: string): User | undefined
}

const defaultApi: AppOptions = {
  clientId: defaults.apiClientId,
  name: 'Orders API',
  multiTenant: true,
  secret: defaults.secret,
  scopes: defaults.scopes,
  appRoles: [
    ...defaults.appPermissions.map((value) => ({ value, allowedMemberTypes: ['Application'] as const })),
    ...defaults.roles.map((value) => ({ value, allowedMemberTypes: ['User'] as const })),
  ],
}

const defaultApps: readonly AppOptions[] = [
  defaultApi,
  { clientId: defaults.webClientId, name: 'Orders web', multiTenant: true },
  { clientId: defaults.daemonClientId, name: 'Orders daemon', multiTenant: true, secret: defaults.secret },
]

const defaultB2c: TenantOptions = {
  id: defaults.b2cTenantId,
  name: defaults.b2cTenantName,
  kind: 'b2c',
  policies: defaults.b2cPolicies,
}

const defaultExternalId: TenantOptions = {
  id: defaults.externalIdTenantId,
  name: defaults.externalIdTenantName,
  kind: 'externalId',
}

const defaultTenants: readonly TenantOptions[] = [
  { id: defaults.tenantId, name: defaults.tenantName, domains: ['contoso.com'] },
  { id: defaults.otherTenantId, name: defaults.otherTenantName, domains: ['fabrikam.com'] },
]

function requireGuid(value: string, option: string): string {
  const id = value.toLowerCase()
  if (!isGuid(id)) throw new TypeError(`${option} must be a GUID, not ${JSON.stringify(value)}`)
  return id
}

const hostSuffix = { b2c: 'b2clogin.com', externalId: 'ciamlogin.com' } as const

function toTenant(options: TenantOptions, index: number): Tenant {
  const first = index === 0
  const kind = options.kind ?? 'workforce'
  const id = requireGuid(options.id ?? (first ? defaults.tenantId : crypto.randomUUID()), 'tenants[].id')
  const name = options.name ?? (first ? defaults.tenantName : `tenant${index + 1}`)
  if (!/^[a-z0-9-]+$/i.test(name)) {
    throw new TypeError(`tenants[].name must be a short name such as "contoso", not ${JSON.stringify(name)}`)
  }
  const cloud = clouds[options.cloud ?? 'public']
  const host = kind === 'workforce' ? cloud.loginHost : (options.host ?? `${name}.${hostSuffix[kind]}`)
  const domains = [`${name}.onmicrosoft.com`, ...(options.domains ?? [])].map((domain) =>
    domain.toLowerCase(),
  )
  const policies = options.policies ?? (kind === 'b2c' ? defaults.b2cPolicies : [])
  return { id, name, domains, kind, cloud, host: host.toLowerCase(), policies: policies.map(toPolicy) }
}

function toPolicy(options: string | PolicyOptions): Policy {
  const given = typeof options === 'string' ? { name: options } : options
  return { issuer: 'tenant', policyClaim: 'tfp', ...given }
}

function toAppRole(role: string | AppRoleOptions): AppRoleOptions {
  return typeof role === 'string' ? { value: role, allowedMemberTypes: ['User', 'Application'] } : role
}

function toApp(options: AppOptions, index: number, homeTenantId: string): App {
  const first = index === 0
  const given = options.clientId ?? (first ? defaults.apiClientId : crypto.randomUUID())
  const clientId = requireGuid(given, 'apps[].clientId')
  return {
    clientId,
    name: options.name ?? (first ? 'Orders API' : `App ${index + 1}`),
    tenantId: requireGuid(options.tenantId ?? homeTenantId, 'apps[].tenantId'),
    multiTenant: options.multiTenant ?? false,
    appIdUri: options.appIdUri ?? `api://${clientId}`,
    secret: options.secret,
    scopes: options.scopes ?? (first ? defaults.scopes : []),
    appRoles: (options.appRoles ?? (first ? (defaultApi.appRoles ?? []) : [])).map(toAppRole),
    tokenVersion: options.tokenVersion ?? '2.0',
    optionalClaims: options.optionalClaims ?? [],
    claimsMapping: options.claimsMapping ?? {},
    ownKey: options.samlSso === true || options.claimsMapping !== undefined,
  }
}

export function toUser(options: UserOptions, homeTenantId: string): User {
  const name = options.name ?? options.userPrincipalName.split('@')[0] ?? options.userPrincipalName
  const [givenName = name, ...rest] = name.split(' ')
  return {
    id: requireGuid(options.id ?? crypto.randomUUID(), 'users[].id'),
    tenantId: requireGuid(options.tenantId ?? homeTenantId, 'users[].tenantId'),
    name,
    givenName: options.givenName ?? givenName,
    familyName: options.familyName ?? (rest.length > 0 ? rest.join(' ') : name),
    userPrincipalName: options.userPrincipalName,
    email: options.email,
    guestFrom: options.guestFrom,
  }
}

function defaultUsers(tenants: readonly Tenant[]): readonly UserOptions[] {
  const [home] = tenants
  const members = tenants.map((tenant, index) => ({
    id: `aaaaaaaa-0000-4000-8000-${String(index + 1).padStart(12, '0')}`,
    tenantId: tenant.id,
    name: 'Ada Lovelace',
    userPrincipalName: `ada@${tenant.domains.at(-1) ?? tenant.name}`,
  }))
  if (home === undefined) return members
  const domain = home.domains[0] ?? home.name
  return [
    ...members,
    {
      id: 'bbbbbbbb-0000-4000-8000-000000000001',
      tenantId: home.id,
      name: 'Grace Hopper',
      userPrincipalName: `grace_fabrikam.com#EXT#@${domain}`,
      email: 'grace@fabrikam.com',
      guestFrom: defaults.otherTenantId,
    },
    {
      id: '00000000-0000-0000-a1b2-c3d4e5f60718',
      tenantId: PERSONAL_TENANT_ID,
      name: 'Alan Turing',
      userPrincipalName: 'alan.turing@outlook.com',
    },
  ]
}

function refuseTwice(values: readonly string[], what: string): void {
  const twice = values.find((value, index) => values.indexOf(value) !== index)
  if (twice !== undefined) throw new TypeError(`${what} ${JSON.stringify(twice)} is there twice`)
}

export function createDirectory(options: EmulatorOptions): Directory {
  const given = options.tenants ?? defaultTenants
  const tenants = given.map(toTenant)
  // A B2C and an External ID tenant are always there, so that their tokens need no configuration.
  if (!tenants.some(({ kind }) => kind === 'b2c')) tenants.push(toTenant(defaultB2c, tenants.length))
  if (!tenants.some(({ kind }) => kind === 'externalId'))
    tenants.push(toTenant(defaultExternalId, tenants.length))
  const firstTenant = tenants.find(({ kind }) => kind === 'workforce')
  if (firstTenant === undefined) throw new TypeError('tenants must name at least one workforce tenant')
  const apps = (options.apps ?? defaultApps).map((app, index) => toApp(app, index, firstTenant.id))
  const [firstApp] = apps
  if (firstApp === undefined) throw new TypeError('apps must name at least one app')
  const users = (options.users ?? defaultUsers(tenants)).map((user) => toUser(user, firstTenant.id))
  refuseTwice(
    tenants.map(({ id }) => id),
    'tenants: the id',
  )
  refuseTwice(
    tenants.flatMap(({ domains }) => domains),
    'tenants: the domain',
  )
  refuseTwice(
    apps.map(({ clientId }) => clientId),
    'apps: the client id',
  )
  return {
    tenants,
    apps,
    users,
    firstTenant,
    firstApp,
    tenant(idOrDomain) {
      const name = idOrDomain.toLowerCase()
      return tenants.find(({ id, domains }) => id === name || domains.includes(name))
    },
    tenantOfHost: (host) =>
      tenants.find((tenant) => {
        if (tenant.kind === 'workforce') return false
        const suffix = hostSuffix[tenant.kind]
        return (
          host === tenant.host || host === `${tenant.name}.${suffix}` || host === `${tenant.id}.${suffix}`
        )
      }),
    app: (name) =>
      apps.find(({ clientId, appIdUri }) => clientId === name.toLowerCase() || appIdUri === name),
    user: (name) => users.find(({ id, userPrincipalName }) => id === name || userPrincipalName === name),
  }
}
