import { clouds } from './clouds.ts'
import { defaultApps, defaultB2c, defaultExternalId, defaultTenants, defaultUsers } from './defaults.ts'
import type { EmulatorOptions } from './options.ts'
import {
  hostSuffix,
  microsoftGraph,
  toApp,
  toGroup,
  toTenant,
  toUser,
  type App,
  type Group,
  type Tenant,
  type User,
} from './registrations.ts'

/** Who and what the emulator knows. */
export interface Directory {
  readonly tenants: readonly Tenant[]
  readonly apps: readonly App[]
  readonly users: readonly User[]
  readonly groups: readonly Group[]
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
  const groups = (options.groups ?? []).map((group) => toGroup(group, firstTenant.id))
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
    groups,
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
    groupsOf: (tenantId, ...names) => groupsOf(groups, tenantId, names),
    app: (name) =>
      graphNames.has(name)
        ? microsoftGraph
        : apps.find(({ clientId, appIdUri }) => clientId === name.toLowerCase() || appIdUri === name),
    user: (name) => users.find(({ id, userPrincipalName }) => id === name || userPrincipalName === name),
  }
}
