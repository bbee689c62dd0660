import type { App, User } from '../../directory/registrations.ts'
import { BoundedMap } from '../../values/bounded-map.ts'

/** The consents that users gave, in addition to what an administrator granted for everybody. */
export interface Consents {
  /** Returns those of the permissions that still lack consent. */
  missing(client: App, user: User, resource: App, permissions: readonly string[]): readonly string[]
  give(client: App, user: User, resource: App, permissions: readonly string[]): void
  /** All consents, oldest first. */
  given(): readonly GivenConsent[]
  /** Withdraws all consents for one client. Returns whether there were any. */
  withdraw(clientId: string): boolean
}

/** The consent of one user, for one client and one API. */
export interface GivenConsent {
  readonly clientId: string
  readonly tenantId: string
  /** The object id of the user. */
  readonly user: string
  /** The client id of the API. */
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
