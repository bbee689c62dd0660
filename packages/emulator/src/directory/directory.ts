import { azureResource } from './azure-resources.ts'
import { clouds, cloudOfLoginHost } from './clouds.ts'
import {
  defaultApps,
  defaultB2c,
  defaultExternalId,
  defaultTenants,
  defaultUsers,
} from './default-registrations.ts'
import type { EmulatorOptions } from './options.ts'
import {
  hostSuffix,
  microsoftGraph,
  toApp,
  toGroup,
  toManagedIdentity,
  toTenant,
  toUser,
  type App,
  type Group,
  type ManagedIdentity,
  type Tenant,
  type User,
} from './registrations.ts'

/** Who and what the emulator knows. */
export interface Directory {
  readonly tenants: readonly Tenant[]
  readonly apps: readonly App[]
  readonly users: readonly User[]
  readonly groups: readonly Group[]
  readonly managedIdentities: readonly ManagedIdentity[]
  readonly firstTenant: Tenant
  readonly firstApp: App
  /** By id or verified domain. */
  tenant(idOrDomain: string): Tenant | undefined
  /** The B2C or External ID tenant that has a login host of its own. */
  tenantOfHost(host: string): Tenant | undefined
  /** By client id or Application ID URI. */
  app(name: string): App | undefined
  /** Object ids of the groups that hold this user or app, directly or through another group. */
  groupsOf(tenantId: string, ...names: readonly string[]): readonly string[]
  /** By object id or user principal name. */
  user(name: string): User | undefined
}

const graphNames = new Set([
  microsoftGraph.clientId,
  ...Object.values(clouds).map(({ msgraphHost }) => `https://${msgraphHost}`),
])

function groupsOf(groups: readonly Group[], tenantId: string, names: readonly string[]): readonly string[] {
  const found = new Set<string>()
  const search = (members: readonly string[]): void => {
    for (const group of groups) {
      if (group.tenantId !== tenantId || found.has(group.id)) continue
      if (!group.members.some((member) => members.includes(member))) continue
      found.add(group.id)
      search([group.id])
    }
  }
  search(names)
  return [...found]
}

function refuseTwice(values: readonly string[], what: string): void {
  const twice = values.find((value, index) => values.indexOf(value) !== index)
  if (twice !== undefined) throw new TypeError(`${what} ${JSON.stringify(twice)} is there twice`)
}

interface Registrations {
  readonly tenants: readonly Tenant[]
  readonly apps: readonly App[]
  readonly users: readonly User[]
  readonly groups: readonly Group[]
  readonly managedIdentities: readonly ManagedIdentity[]
  readonly firstTenant: Tenant
  readonly firstApp: App
}

function readTenants({ tenants: given = defaultTenants }: EmulatorOptions): readonly Tenant[] {
  const tenants = given.map(toTenant)
  // A B2C and an External ID tenant are always there, so that their tokens need no configuration.
  for (const always of [defaultB2c, defaultExternalId]) {
    if (!tenants.some(({ kind }) => kind === always.kind)) tenants.push(toTenant(always, tenants.length))
  }
  refuseTwice(
    tenants.map(({ id }) => id),
    'tenants: the id',
  )
  refuseTwice(
    tenants.flatMap(({ domains }) => domains),
    'tenants: the domain',
  )
  return tenants
}

function readApps({ apps: given = defaultApps }: EmulatorOptions, home: Tenant): readonly App[] {
  const apps = given.map((app, index) => toApp(app, index, home.id))
  refuseTwice(
    apps.map(({ clientId }) => clientId),
    'apps: the client id',
  )
  for (const app of apps) requireKeys(app)
  return apps
}

/** Does the emulator itself issue what this issuer signs? */
function isOwnIssuer(issuer: string): boolean {
  return URL.canParse(issuer) && cloudOfLoginHost(new URL(issuer).hostname) !== undefined
}

function requireKeys({ federatedCredentials }: App): void {
  const without = federatedCredentials.find(({ issuer, keys }) => keys === undefined && !isOwnIssuer(issuer))
  if (without !== undefined) {
    throw new TypeError(`apps[].federatedCredentials[].keys must be given for the issuer ${without.issuer}`)
  }
}

function readRegistrations(options: EmulatorOptions): Registrations {
  const tenants = readTenants(options)
  const firstTenant = tenants.find(({ kind }) => kind === 'workforce')
  if (firstTenant === undefined) throw new TypeError('tenants must name at least one workforce tenant')
  const apps = readApps(options, firstTenant)
  const [firstApp] = apps
  if (firstApp === undefined) throw new TypeError('apps must name at least one app')
  const users = (options.users ?? defaultUsers(tenants)).map((user) => toUser(user, firstTenant.id))
  const groups = (options.groups ?? []).map((group) => toGroup(group, firstTenant.id))
  const managedIdentities = (options.managedIdentities ?? [{}]).map((identity, index) =>
    toManagedIdentity(identity, index, firstTenant.id),
  )
  return { tenants, apps, users, groups, managedIdentities, firstTenant, firstApp }
}

function ownsHost(tenant: Tenant, host: string): boolean {
  if (tenant.kind === 'workforce') return false
  const suffix = hostSuffix[tenant.kind]
  return [tenant.host, `${tenant.name}.${suffix}`, `${tenant.id}.${suffix}`].includes(host)
}

/** Everything that the options name, and the defaults for what they do not, under each of its names. */
export function createDirectory(options: EmulatorOptions): Directory {
  const registrations = readRegistrations(options)
  const { tenants, apps, users, groups } = registrations
  return {
    ...registrations,
    tenant(idOrDomain) {
      const name = idOrDomain.toLowerCase()
      return tenants.find(({ id, domains }) => id === name || domains.includes(name))
    },
    tenantOfHost: (host) => tenants.find((tenant) => ownsHost(tenant, host)),
    groupsOf: (tenantId, ...names) => groupsOf(groups, tenantId, names),
    app: (name) =>
      graphNames.has(name)
        ? microsoftGraph
        : (apps.find(({ clientId, appIdUri }) => clientId === name.toLowerCase() || appIdUri === name) ??
          azureResource(name)),
    user: (name) => users.find(({ id, userPrincipalName }) => id === name || userPrincipalName === name),
  }
}
