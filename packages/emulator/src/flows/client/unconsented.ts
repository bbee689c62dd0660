import type { App, User } from '../../directory/registrations.ts'
import type { World } from '../../world.ts'
import { delegatedPermissions, type RequestedScopes } from './requested-scopes.ts'

/**
 * The permissions of a request that still lack consent. `.default` accepts whatever was granted, however little; it
 * lacks consent only if nothing was granted at all.
 *
 * @see https://learn.microsoft.com/entra/identity-platform/scopes-oidc#the-default-scope
 */
export function unconsented(
  world: World,
  client: App,
  user: User,
  requested: RequestedScopes,
): readonly string[] {
  const permissions = delegatedPermissions(world, client, requested)
  const missing = world.consents.missing(client, user, requested.resource, permissions)
  const isDefault = requested.permissions.includes('.default')
  return isDefault && missing.length < permissions.length ? [] : missing
}
