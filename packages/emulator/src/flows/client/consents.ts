import type { App, User } from '../../directory/registrations.ts'
import { BoundedMap } from '../../values/bounded-map.ts'

/** What people have agreed to, beyond what an administrator granted for everybody. */
export interface Consents {
  /** Those of the permissions that nobody has agreed to yet. */
  missing(client: App, user: User, resource: App, permissions: readonly string[]): readonly string[]
  give(client: App, user: User, resource: App, permissions: readonly string[]): void
}

const MOST = 10_000

const keyOf = (client: App, user: User, resource: App): string =>
  `${client.clientId} ${user.tenantId} ${user.id} ${resource.clientId}`

function grantedToAll({ grantedScopes }: App, resource: App, permission: string): boolean {
  if (grantedScopes === undefined) return true
  const names = [permission, `${resource.appIdUri}/${permission}`, `${resource.clientId}/${permission}`]
  return names.some((name) => grantedScopes.includes(name))
}

export function createConsents(): Consents {
  const given = new BoundedMap<string, ReadonlySet<string>>(MOST)
  return {
    missing(client, user, resource, permissions) {
      const own = given.get(keyOf(client, user, resource))
      return permissions.filter(
        (permission) => !grantedToAll(client, resource, permission) && own?.has(permission) !== true,
      )
    },
    give(client, user, resource, permissions) {
      const key = keyOf(client, user, resource)
      given.set(key, new Set([...(given.get(key) ?? []), ...permissions]))
    },
  }
}
