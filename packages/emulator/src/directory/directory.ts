import { azureResource } from './azure-resources.ts'
import { clouds, cloudOfLoginHost } from './clouds.ts'
import {
  defaultApps,
  defaultB2c,
  defaultExternalId,
  defaultTenants,
  defaultUsers,
} from './default-registrations.ts'
import type {
  AppOptions,
  EmulatorOptions,
  GroupOptions,
  ManagedIdentityOptions,
  RegistrationOptions,
  TenantOptions,
  UserOptions,
} from './options.ts'
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
import { createRegistry, type Kind, type Registry } from './registry.ts'

/** Everything that the emulator knows: tenants, apps, users, groups and managed identities. */
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
  /** The B2C or External ID tenant with this login host. */
  tenantOfHost(host: string): Tenant | undefined
  /** By client id or Application ID URI. */
  app(name: string): App | undefined
  /** Object ids of the groups that this user or app is in, directly or through another group. */
  groupsOf(tenantId: string, ...names: readonly string[]): readonly string[]
  /** By object id or user principal name. */
  user(name: string): User | undefined
  /** Adds what the options name, or puts it in the place of what has the same id. */
  register(options: RegistrationOptions): void
  /** Removes the app, user, group or managed identity with this id. Returns whether there was one. */
  unregister(id: string): boolean
  /** The options that create the same directory again. */
  registrations(): RegistrationOptions
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

function requireOwnDomains({ domains }: Tenant, others: readonly Tenant[]): void {
  const twice = domains.find((domain) => others.some((other) => other.domains.includes(domain)))
  if (twice !== undefined) throw new TypeError(`tenants: the domain ${JSON.stringify(twice)} is used twice`)
}

/** The given tenants, and a B2C and an External ID tenant in any case: their tokens need no configuration. */
function withDefaults(given: readonly TenantOptions[]): readonly TenantOptions[] {
  const missing = [defaultB2c, defaultExternalId].filter(
    ({ kind }) => !given.some((one) => one.kind === kind),
  )
  return [...given, ...missing]
}

function createTenants(given: readonly TenantOptions[]): Registry<Tenant, TenantOptions> {
  const kind: Kind<Tenant, TenantOptions> = {
    toItem: toTenant,
    toOptions: (options, { id, name }) => ({ ...options, id, name }),
    idOf: ({ id }) => id,
    check: requireOwnDomains,
  }
  return named('tenants', () => createRegistry(kind, withDefaults(given), { needsFirst: true }))
}

function createApps(given: readonly AppOptions[], home: string): Registry<App, AppOptions> {
  const kind: Kind<App, AppOptions> = {
    toItem: (options, index) => toApp(options, index, home),
    toOptions: (options, { clientId, name, tenantId, scopes, appRoles }) => ({
      ...options,
      clientId,
      name,
      tenantId,
      scopes,
      appRoles,
    }),
    idOf: ({ clientId }) => clientId,
    check: requireKeys,
  }
  return named('apps', () => createRegistry(kind, given, { needsFirst: true }))
}

function createUsers(given: readonly UserOptions[], home: string): Registry<User, UserOptions> {
  const kind: Kind<User, UserOptions> = {
    toItem: (options) => toUser(options, home),
    toOptions: (options, { id, tenantId }) => ({ ...options, id, tenantId }),
    idOf: ({ id }) => id,
  }
  return named('users', () => createRegistry(kind, given, { needsFirst: false }))
}

function createGroups(given: readonly GroupOptions[], home: string): Registry<Group, GroupOptions> {
  const kind: Kind<Group, GroupOptions> = {
    toItem: (options) => toGroup(options, home),
    toOptions: (_, group) => group,
    idOf: ({ id }) => id,
  }
  return named('groups', () => createRegistry(kind, given, { needsFirst: false }))
}

function createIdentities(
  given: readonly ManagedIdentityOptions[],
  home: string,
): Registry<ManagedIdentity, ManagedIdentityOptions> {
  const kind: Kind<ManagedIdentity, ManagedIdentityOptions> = {
    toItem: (options, index) => toManagedIdentity(options, index, home),
    toOptions: (options, { clientId, name, resourceId, tenantId, assignedBy }) => ({
      ...options,
      clientId,
      name,
      resourceId,
      tenantId,
      assignedBy,
    }),
    idOf: ({ clientId }) => clientId,
  }
  return named('managedIdentities', () => createRegistry(kind, given, { needsFirst: false }))
}

/** Says of which option a complaint is. */
function named<Result>(option: string, make: () => Result): Result {
  try {
    return make()
  } catch (error) {
    if (error instanceof TypeError && !error.message.startsWith(option)) {
      throw new TypeError(`${option}: ${error.message}`, { cause: error })
    }
    throw error
  }
}

interface Registries {
  readonly tenants: Registry<Tenant, TenantOptions>
  readonly apps: Registry<App, AppOptions>
  readonly users: Registry<User, UserOptions>
  readonly groups: Registry<Group, GroupOptions>
  readonly managedIdentities: Registry<ManagedIdentity, ManagedIdentityOptions>
  readonly firstTenant: Tenant
  readonly firstApp: App
}

function createRegistries(options: EmulatorOptions): Registries {
  const tenants = createTenants(options.tenants ?? defaultTenants)
  const firstTenant = tenants.items.find(({ kind }) => kind === 'workforce')
  if (firstTenant === undefined) throw new TypeError('tenants must name at least one workforce tenant')
  const home = firstTenant.id
  const apps = createApps(options.apps ?? defaultApps, home)
  const [firstApp] = apps.items
  if (firstApp === undefined) throw new TypeError('apps must name at least one app')
  return {
    tenants,
    apps,
    users: createUsers(options.users ?? defaultUsers(tenants.items), home),
    groups: createGroups(options.groups ?? [], home),
    managedIdentities: createIdentities(options.managedIdentities ?? [{}], home),
    firstTenant,
    firstApp,
  }
}

function ownsHost(tenant: Tenant, host: string): boolean {
  if (tenant.kind === 'workforce') return false
  const suffix = hostSuffix[tenant.kind]
  return [tenant.host, `${tenant.name}.${suffix}`, `${tenant.id}.${suffix}`].includes(host)
}

function lookups({
  tenants,
  apps,
  users,
  groups,
}: Registries): Pick<Directory, 'tenant' | 'tenantOfHost' | 'groupsOf' | 'app' | 'user'> {
  return {
    tenant(idOrDomain) {
      const name = idOrDomain.toLowerCase()
      return tenants.items.find(({ id, domains }) => id === name || domains.includes(name))
    },
    tenantOfHost: (host) => tenants.items.find((tenant) => ownsHost(tenant, host)),
    groupsOf: (tenantId, ...names) => groupsOf(groups.items, tenantId, names),
    app: (name) =>
      graphNames.has(name)
        ? microsoftGraph
        : (apps.items.find(
            ({ clientId, appIdUri }) => clientId === name.toLowerCase() || appIdUri === name,
          ) ?? azureResource(name)),
    user: (name) =>
      users.items.find(({ id, userPrincipalName }) => id === name || userPrincipalName === name),
  }
}

/** Adds what the options name, or puts it in the place of what has the same id. */
function register(registries: Registries, options: RegistrationOptions): void {
  for (const tenant of options.tenants ?? []) registries.tenants.put(tenant)
  for (const app of options.apps ?? []) registries.apps.put(app)
  for (const user of options.users ?? []) registries.users.put(user)
  for (const group of options.groups ?? []) registries.groups.put(group)
  for (const identity of options.managedIdentities ?? []) registries.managedIdentities.put(identity)
}

/** Everything that the options name, and the defaults for what they do not, under each of its names. */
export function createDirectory(options: EmulatorOptions): Directory {
  const registries = createRegistries(options)
  const { tenants, apps, users, groups, managedIdentities } = registries
  return {
    tenants: tenants.items,
    apps: apps.items,
    users: users.items,
    groups: groups.items,
    managedIdentities: managedIdentities.items,
    get firstTenant() {
      return tenants.items.find(({ kind }) => kind === 'workforce') ?? registries.firstTenant
    },
    get firstApp() {
      return apps.items[0] ?? registries.firstApp
    },
    ...lookups(registries),
    register: (more) => register(registries, more),
    unregister: (id) => [apps, users, groups, managedIdentities].some((registry) => registry.remove(id)),
    registrations: () => ({
      tenants: tenants.options(),
      apps: apps.options(),
      users: users.options(),
      groups: groups.options(),
      managedIdentities: managedIdentities.options(),
    }),
  }
}
