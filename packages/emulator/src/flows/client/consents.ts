import type { App, User } from '../../directory/registrations.ts'
import { BoundedMap } from '../../values/bounded-map.ts'

/** What people have agreed to, beyond what an administrator granted for everybody. */
export interface Consents {
  /** Those of the permissions that nobody has agreed to yet. */
  missing(client: App, user: User, resource: App, permissions: readonly string[]): readonly string[]
  give(client: App, user: User, resource: App, permissions: readonly string[]): void
  /** Everything that people agreed to, oldest first. */
  given(): readonly GivenConsent[]
  /** Takes all of it back, for one client. Was there something? */
  withdraw(clientId: string): boolean
}

/** What one person agreed to, for one client and one API. */
export interface GivenConsent {
  readonly clientId: string
  readonly tenantId: string
  /** Object id. */
  readonly user: string
  /** Client id of the API. */
  readonly resource: string
  readonly permissions: readonly string[]
}

const MOST = 10_000

const keyOf = ({ clientId }: App, user: User, resource: App): string =>
  `${clientId} ${user.tenantId} ${user.id} ${resource.clientId}`

function grantedToAll({ grantedScopes }: App, resource: App, permission: string): boolean {
  if (grantedScopes === undefined) return true
  const names = [permission, `${resource.appIdUri}/${permission}`, `${resource.clientId}/${permission}`]
  return names.some((name) => grantedScopes.includes(name))
}

export function createConsents(): Consents {
  const given = new BoundedMap<string, GivenConsent>(MOST)
  return {
    missing(client, user, resource, permissions) {
      const own = given.get(keyOf(client, user, resource))
      return permissions.filter(
        (permission) =>
          !grantedToAll(client, resource, permission) && own?.permissions.includes(permission) !== true,
      )
    },
    give(client, user, resource, permissions) {
      const key = keyOf(client, user, resource)
      given.set(key, {
        clientId: client.clientId,
        tenantId: user.tenantId,
        user: user.id,
        resource: resource.clientId,
        permissions: [...new Set([...(given.get(key)?.permissions ?? []), ...permissions])],
      })
    },
    given: () => [...given.values()],
    withdraw(clientId) {
      const found = [...given].filter(([, consent]) => consent.clientId === clientId.toLowerCase())
      for (const [key] of found) given.delete(key)
      return found.length > 0
    },
  }
}
