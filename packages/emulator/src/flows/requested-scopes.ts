import type { App } from '../directory/registrations.ts'
import { microsoftGraph } from '../directory/registrations.ts'
import type { World } from '../world.ts'
import { refusals } from './refusal.ts'

const openIdScopes = new Set(['openid', 'profile', 'email', 'offline_access'])

/** What a `scope` parameter asks for: one API, some of its permissions, and perhaps OpenID Connect's own words. */
export interface RequestedScopes {
  readonly resource: App
  /** The `aud` that the request wrote: a v1.0 token repeats it. */
  readonly resourceName: string
  /** `Orders.Read`, or `.default`. */
  readonly permissions: readonly string[]
  /** With the resource in front, as the answer's `scope` has them. */
  readonly qualified: readonly string[]
  readonly openId: readonly string[]
}

interface QualifiedScope {
  readonly resourceName: string
  readonly permission: string
}

/** `api://…/Orders.Read` is a permission of an API; a bare `User.Read` is one of Microsoft Graph. */
function split(scope: string): QualifiedScope {
  const slash = scope.lastIndexOf('/')
  if (slash === -1) return { resourceName: microsoftGraph.appIdUri, permission: scope }
  // `https://host//.default`: the resource's name ends in a slash of its own.
  return { resourceName: scope.slice(0, slash), permission: scope.slice(slash + 1) }
}

/** Reads a `scope` parameter. Without any permission of an API it is a request for Graph's `User.Read`. */
export function readScopes({ directory }: World, scope: string, tenant: string): RequestedScopes {
  const words = scope.split(' ').filter((word) => word !== '')
  const openId = words.filter((word) => openIdScopes.has(word))
  const asked = words.filter((word) => !openIdScopes.has(word)).map(split)
  const [first = split('User.Read')] = asked
  const { resourceName } = first
  const resource = directory.app(resourceName)
  if (resource === undefined) throw refusals.resourceUnknown(resourceName, tenant)
  if (asked.some((one) => directory.app(one.resourceName) !== resource)) throw refusals.resourcesMixed()
  const permissions = (asked.length === 0 ? [first] : asked).map(({ permission }) => permission)
  const qualified = permissions.map((permission) => `${resourceName}/${permission}`)
  return { resource, resourceName, permissions, qualified, openId }
}

/** The delegated permissions of the request. Everything that is asked for and exists counts as consented. */
export function delegatedPermissions(
  client: App,
  { resource, permissions }: RequestedScopes,
): readonly string[] {
  if (permissions.includes('.default')) return resource.scopes
  const unknown = permissions.find((permission) => !resource.scopes.includes(permission))
  if (unknown !== undefined && resource !== microsoftGraph) {
    throw refusals.scopeUnknown(client.name, unknown, resource.clientId)
  }
  return permissions
}

/** The application permissions that a client holds on an API. */
export function applicationPermissions(client: App, resource: App): readonly string[] {
  const offered = resource.appRoles
    .filter(({ allowedMemberTypes }) => allowedMemberTypes.includes('Application'))
    .map(({ value }) => value)
  const granted = client.grantedPermissions
  return granted === undefined ? offered : offered.filter((value) => granted.includes(value))
}
