import { cloudOfGraphHost } from '../directory/clouds.ts'
import { servicePrincipalId } from '../directory/principals.ts'
import { microsoftGraph, type User } from '../directory/registrations.ts'
import { json, preflight } from '../http/responses.ts'
import { baseOf, type HostedRequest } from '../http/hosted-request.ts'
import { isRecord } from '../values/shape.ts'
import type { World } from '../world.ts'
import { readPresentedToken } from './presented-token.ts'
import { answerUserInfo } from './userinfo.ts'

/** Group ids in one answer. The rest follows under `@odata.nextLink`. */
const PAGE_SIZE = 100

/** Application permissions that let a daemon read who is in which group. */
const readsMembers = new Set([
  'GroupMember.Read.All',
  'Directory.Read.All',
  'Group.Read.All',
  'User.Read.All',
  'Application.Read.All',
])

/** Delegated permissions that let an app read the person who signed in. */
const readsSelf = new Set([
  ...readsMembers,
  'User.Read',
  'User.ReadWrite',
  'User.ReadBasic.All',
  'User.ReadWrite.All',
])

interface Caller {
  readonly tenantId: string
  readonly objectId: string
  readonly isUser: boolean
  readonly permissions: readonly string[]
}

const failure = (status: number, code: string, message: string): Response =>
  json({ error: { code, message, innerError: { 'request-id': crypto.randomUUID() } } }, status)

async function readCaller(world: World, hosted: HostedRequest): Promise<Caller | undefined> {
  const claims = await readPresentedToken(world, hosted)
  if (typeof claims?.aud !== 'string') return undefined
  if (world.directory.app(claims.aud.replace(/\/$/, '')) !== microsoftGraph) return undefined
  const { tid, oid, scp, roles } = claims
  if (typeof tid !== 'string' || typeof oid !== 'string') return undefined
  const isUser = typeof scp === 'string'
  const permissions = isUser
    ? scp.split(' ')
    : Array.isArray(roles)
      ? roles.filter((one) => typeof one === 'string')
      : []
  return { tenantId: tid, objectId: oid, isUser, permissions }
}

/** Answers Microsoft Graph: `me`, `users/{id}`, group membership, and OpenID Connect's userinfo. */
export async function answerGraph(world: World, hosted: HostedRequest): Promise<Response | undefined> {
  if (cloudOfGraphHost(hosted.host) === undefined) return undefined
  if (hosted.request.method === 'OPTIONS') return preflight('GET, POST, OPTIONS')
  if (hosted.url.pathname === '/oidc/userinfo') return answerUserInfo(world, hosted)
  const response = await answerCaller(world, hosted)
  // Graph is there for pages too; who may read, the token says.
  response.headers.set('access-control-allow-origin', '*')
  return response
}

async function answerCaller(world: World, hosted: HostedRequest): Promise<Response> {
  const caller = await readCaller(world, hosted)
  if (caller === undefined)
    return failure(401, 'InvalidAuthenticationToken', 'Access token validation failure.')
  const { pathname } = hosted.url
  const [, kind, id, action] =
    /^\/v1\.0\/(me|users|servicePrincipals)(?:\/([^/]+))?(?:\/(\w+))?$/.exec(pathname) ?? []
  if (kind === undefined)
    return failure(400, 'BadRequest', `Resource not found for the segment '${pathname}'.`)
  const target = kind === 'me' ? { id: caller.objectId, action: id } : { id: id ?? '', action }
  if (kind === 'me' && !caller.isUser) {
    return failure(400, 'BadRequest', '/me request is only valid with delegated authentication flow.')
  }
  const own = caller.isUser && target.id === caller.objectId
  const needed = own ? readsSelf : readsMembers
  if (!caller.permissions.some((permission) => needed.has(permission))) {
    return failure(403, 'Authorization_RequestDenied', 'Insufficient privileges to complete the operation.')
  }
  const member =
    kind === 'servicePrincipals'
      ? await findApp(world, caller, target.id)
      : findUser(world, caller, target.id)
  if (member === undefined) {
    return failure(
      404,
      'Request_ResourceNotFound',
      `Resource '${target.id}' does not exist or one of its queried reference-property objects are not present.`,
    )
  }
  if (target.action === 'getMemberObjects' || target.action === 'getMemberGroups')
    return memberObjects(world, hosted, caller, member.names)
  return target.action === undefined
    ? json(member.shown)
    : failure(400, 'BadRequest', `Resource not found for the segment '${target.action}'.`)
}

interface Member {
  /** Under which a group may list it. */
  readonly names: readonly string[]
  readonly shown: Readonly<Record<string, unknown>>
}

/** A path segment as text; one that is no valid encoding is nobody's name. */
function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    return ''
  }
}

function findUser({ directory }: World, { tenantId }: Caller, name: string): Member | undefined {
  const wanted = decoded(name)
  const user = directory.users.find(
    (one) => one.tenantId === tenantId && (one.id === wanted || one.userPrincipalName === wanted),
  )
  return user === undefined
    ? undefined
    : { names: [user.id, user.userPrincipalName], shown: toGraphUser(user) }
}

const toGraphUser = (user: User): Readonly<Record<string, unknown>> => ({
  '@odata.context': 'https://graph.microsoft.com/v1.0/$metadata#users/$entity',
  displayName: user.name,
  givenName: user.givenName,
  surname: user.familyName,
  mail: user.email ?? null,
  userPrincipalName: user.userPrincipalName,
  id: user.id,
})

async function findApp(
  { directory }: World,
  { tenantId }: Caller,
  objectId: string,
): Promise<Member | undefined> {
  for (const { clientId, name } of directory.apps) {
    if ((await servicePrincipalId(tenantId, clientId)) !== objectId) continue
    return { names: [clientId, objectId], shown: { id: objectId, appId: clientId, displayName: name } }
  }
  return undefined
}

async function memberObjects(
  world: World,
  hosted: HostedRequest,
  caller: Caller,
  names: readonly string[],
): Promise<Response> {
  const { request, url } = hosted
  const token = url.searchParams.get('$skiptoken')
  if (token === null) {
    const body: unknown = await request.json().catch(() => undefined)
    if (request.method !== 'POST' || !isRecord(body) || typeof body['securityEnabledOnly'] !== 'boolean') {
      return failure(400, 'Request_BadRequest', 'The request body must hold securityEnabledOnly.')
    }
  }
  const all = world.directory.groupsOf(caller.tenantId, ...names)
  const start = Number(token ?? 0)
  const end = start + PAGE_SIZE
  const next = new URL(`${baseOf(hosted.host, hosted)}${url.pathname}`)
  next.searchParams.set('$skiptoken', String(end))
  return json({
    '@odata.context': `https://${hosted.host}/v1.0/$metadata#Collection(Edm.String)`,
    ...(end < all.length ? { '@odata.nextLink': next.href } : {}),
    value: all.slice(start, end),
  })
}
