import type { Directory } from '../../directory/directory.ts'
import { graphScopes } from '../../directory/graph-scopes.ts'
import { microsoftGraph, type App } from '../../directory/registrations.ts'
import type { World } from '../../world.ts'
import type { FlowAuthority } from '../authority.ts'
import { refusals } from '../refusals.ts'

const openIdScopes = new Set(['openid', 'profile', 'email', 'offline_access'])

/** What a `scope` parameter asks for: one API, some of its permissions, and perhaps OpenID Connect's own words. */
export interface RequestedScopes {
  readonly resource: App
  /** The `aud` that the request wrote: a v1.0 token repeats it. */
  readonly resourceName: string
  /** `Orders.Read`, or `.default`. */
  readonly permissions: readonly string[]
  /** With whatever the request wrote in front, as the answer's `scope` has them. */
  readonly qualified: readonly string[]
  readonly openId: readonly string[]
  /** Did the request name an API at all, or only OpenID Connect's own words? */
  readonly namesApi: boolean
}

interface QualifiedScope {
  readonly word: string
  readonly resourceName: string
  readonly permission: string
}

/** `api://…/Orders.Read` is a permission of an API; a bare `User.Read` is one of Microsoft Graph. */
function split(word: string): QualifiedScope {
  const slash = word.lastIndexOf('/')
  if (slash === -1) return { word, resourceName: microsoftGraph.appIdUri, permission: word }
  // `https://host//.default`: the resource's name ends in a slash of its own.
  return { word, resourceName: word.slice(0, slash), permission: word.slice(slash + 1) }
}

const wordsOf = (scope: string): readonly string[] => scope.split(' ').filter((word) => word !== '')

/** B2C lets an app name itself by its bare client id; elsewhere that is no scope. */
function splitFor(client: App, { policy }: FlowAuthority): (word: string) => QualifiedScope {
  return (word) =>
    policy !== undefined && word === client.clientId
      ? { word, resourceName: word, permission: '.default' }
      : split(word)
}

function toRequest(
  asked: readonly [QualifiedScope, ...QualifiedScope[]],
  resource: App,
  openId: readonly string[],
  namesApi: boolean,
): RequestedScopes {
  const permissions = asked.map(({ permission }) => permission)
  if (permissions.includes('.default') && permissions.length > 1) {
    throw refusals.scopeWithDefault(asked.map(({ word }) => word).join(' '))
  }
  return {
    resource,
    resourceName: asked[0].resourceName,
    permissions,
    qualified: asked.map(({ word }) => word),
    openId,
    namesApi,
  }
}

/** The name of an API alone, without one of its permissions. */
function findBareApi({ directory }: World, words: readonly string[]): string | undefined {
  return words.find(
    (word) => directory.app(word) !== undefined && directory.app(split(word).resourceName) === undefined,
  )
}

function findResource({ directory }: World, { resourceName }: QualifiedScope, tenant: string): App {
  const resource = directory.app(resourceName)
  if (resource === undefined) throw refusals.resourceUnknown(resourceName, tenant)
  return resource
}

/**
 * Reads the `scope` parameter of an authorization request, which may ask for consent to several APIs at once: one
 * element for each, in their order. Without any permission of an API it is a request for Graph's `User.Read`.
 */
export function readConsentScopes(
  world: World,
  scope: string,
  client: App,
  authority: FlowAuthority,
): readonly [RequestedScopes, ...RequestedScopes[]] {
  const words = wordsOf(scope)
  const bare = findBareApi(world, words)
  if (bare !== undefined) throw refusals.scopeInvalid(bare)
  const openId = words.filter((word) => openIdScopes.has(word))
  const asked = words.filter((word) => !openIdScopes.has(word)).map(splitFor(client, authority))
  const resources = new Map<App, [QualifiedScope, ...QualifiedScope[]]>()
  for (const one of asked.length === 0 ? [split('User.Read')] : asked) {
    const resource = findResource(world, one, authority.segment)
    const known = resources.get(resource)
    if (known === undefined) resources.set(resource, [one])
    else known.push(one)
  }
  const [first, ...rest] = [...resources].map(([resource, of]) =>
    toRequest(of, resource, openId, asked.length > 0),
  )
  // There is at least one: either what was asked for, or `User.Read`.
  if (first === undefined) throw refusals.scopeInvalid(scope)
  return [first, ...rest]
}

/** Reads the `scope` parameter of a token request: an access token is for one API. */
export function readScopes(
  world: World,
  scope: string,
  client: App,
  authority: FlowAuthority,
): RequestedScopes {
  const bare = findBareApi(world, wordsOf(scope))
  if (bare !== undefined) throw refusals.scopeUnfit(bare)
  const [only, ...more] = readConsentScopes(world, scope, client, authority)
  if (more.length > 0) throw refusals.resourcesMixed(scope)
  return only
}

/** Permissions of Graph that the list does not have, but that some app was granted. */
function moreOfGraph({ apps }: Directory): readonly string[] {
  const prefix = `${microsoftGraph.appIdUri}/`
  const granted = apps.flatMap(({ grantedScopes }) => grantedScopes ?? [])
  return granted.filter((scope) => scope.startsWith(prefix)).map((scope) => scope.slice(prefix.length))
}

/** The spelling of the API itself: Entra compares permissions in any case. */
function canonical(directory: Directory, resource: App, permission: string): string | undefined {
  const same = (one: string): boolean => one.toLowerCase() === permission.toLowerCase()
  if (resource !== microsoftGraph) return resource.scopes.find(same)
  return graphScopes.find(same) ?? moreOfGraph(directory).find(same)
}

/** The delegated permissions that a request names, in the spelling of the API; `.default` stands for all of them. */
export function delegatedPermissions(
  { directory }: World,
  client: App,
  { resource, permissions }: RequestedScopes,
): readonly string[] {
  if (permissions.includes('.default')) {
    if (client.apiPermissions?.includes(resource.clientId) === false) {
      throw refusals.resourceNotListed(client, resource)
    }
    return resource.scopes
  }
  return permissions.map((permission) => {
    const known = canonical(directory, resource, permission)
    if (known === undefined) throw refusals.scopeUnknown(client.name, permission, resource.clientId)
    return known
  })
}

/** The application permissions that a client holds on an API. */
export function applicationPermissions(client: App, resource: App): readonly string[] {
  const offered = resource.appRoles
    .filter(({ allowedMemberTypes }) => allowedMemberTypes.includes('Application'))
    .map(({ value }) => value)
  const granted = client.grantedPermissions
  return granted === undefined ? offered : offered.filter((value) => granted.includes(value))
}
