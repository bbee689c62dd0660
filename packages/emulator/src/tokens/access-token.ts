import { PERSONAL_TENANT_ID } from '../directory/clouds.ts'
import { microsoftGraph, type App, type User } from '../directory/registrations.ts'
import { homeOfGuest, v1Issuer } from '../directory/issuers.ts'
import { randomBase64url } from '../values/encoding.ts'
import { confirmationOf } from './confirmation.ts'
import { BACKDATED, chooseKey, finishGraphToken, finishToken, timesOf } from './finish-token.ts'
import type { TokenMembers } from '../keys/sign.ts'
import { issuerFor, issuingTenant, ringFor, type IssuingTenant } from './issuing-tenant.ts'
import type { TokenVersion } from '../directory/options.ts'
import { choosePrincipal, guestName, pairwiseSubject, servicePrincipalId } from '../directory/principals.ts'
import type { AccessTokenOptions, AppTokenOptions, UserTokenOptions } from './token-options.ts'
import type { World } from '../world.ts'

const NO_TENANT = '00000000-0000-0000-0000-000000000000'

/** Agent identities: AgentIdentity and AgentIDUser among the facets of actor and subject. */
const AGENT = '3 9 11'
const AGENT_USER = '3 9 13'

interface Resource {
  readonly app: App
  readonly tenant: IssuingTenant
  readonly version: TokenVersion
  readonly audience: string
}

function resolveResource({ directory }: World, options: AccessTokenOptions, tenant: IssuingTenant): Resource {
  const { audience } = options
  const app = (audience === undefined ? undefined : directory.app(audience)) ?? directory.firstApp
  const version = options.version ?? (tenant.kind === 'workforce' ? app.tokenVersion : '2.0')
  return { app, tenant, version, audience: audience ?? audienceOf(app, version) }
}

export function audienceOf(app: App, version: TokenVersion): string {
  return version === '1.0' ? app.appIdUri : app.clientId
}

const authenticationClass = { public: '0', secret: '1', certificate: '2' } as const

/** Who calls, named as the version names it. */
function callerClaims(
  resource: Resource,
  clientId: string,
  options: AccessTokenOptions,
  kind: 'user' | 'app',
): TokenMembers {
  const method = authenticationClass[options.clientAuthentication ?? (kind === 'user' ? 'public' : 'secret')]
  return resource.version === '1.0'
    ? { appid: clientId, appidacr: method }
    : { azp: clientId, azpacr: method }
}

/** Claims that mean nothing to an API, but are in every real token. */
const internalClaims = (resource: Resource): TokenMembers => ({
  rh: `1.${randomBase64url(24)}AA.`,
  tid: resource.tenant.id,
  uti: `${randomBase64url(15)}AA`,
  ver: resource.version,
  xms_ftd: randomBase64url(33),
})

/** Entra writes the protocol claims first and the others in the order of the alphabet. */
function inOrder(first: TokenMembers, rest: TokenMembers): TokenMembers {
  return { ...first, ...Object.fromEntries(Object.entries(rest).toSorted(([a], [b]) => (a < b ? -1 : 1))) }
}

const presentList = (values: readonly string[] | undefined): readonly string[] | undefined =>
  values === undefined || values.length === 0 ? undefined : values

async function issue(
  world: World,
  resource: Resource,
  claims: TokenMembers,
  options: AccessTokenOptions,
): Promise<string> {
  const { app, tenant } = resource
  const key = await chooseKey(world, options, app.ownKey ? `app:${app.clientId}` : ringFor(tenant))
  const protocol = {
    aud: resource.audience,
    iss: issuerFor(tenant, resource.version),
    ...timesOf(options, world.now()),
  }
  const rest = {
    ...internalClaims(resource),
    aio: `A${randomBase64url(60)}`,
    cnf: await confirmationOf(options.boundTo),
    ...resource.app.claimsMapping,
    ...claims,
  }
  if (resource.app === microsoftGraph) return finishGraphToken(key, inOrder(protocol, rest), options)
  return finishToken(
    key,
    inOrder(protocol, rest),
    options,
    resource.version === '1.0' ? { x5t: key.kid } : {},
  )
}

function nameClaims({ version }: Resource, user: User): TokenMembers {
  if (version === '2.0') return { name: user.name, preferred_username: guestName(user) }
  return {
    family_name: user.familyName,
    given_name: user.givenName,
    name: user.name,
    unique_name: guestName(user),
    upn: user.userPrincipalName,
  }
}

/** Above this number a token says only that there are groups. */
const MOST_GROUPS = 200

/** The groups of a user, or where to ask for them. */
export function groupsClaims(
  tenant: IssuingTenant,
  groups: UserTokenOptions['groups'],
  user: User,
): TokenMembers {
  if (groups !== 'overage' && (groups === undefined || groups.length <= MOST_GROUPS)) {
    return { groups: presentList(groups) }
  }
  // The address that Entra still writes is Azure AD Graph's, which is gone: nobody may call it.
  const endpoint = `https://${tenant.cloud.graphHost}/${tenant.id}/users/${user.id}/getMemberObjects`
  return { _claim_names: { groups: 'src1' }, _claim_sources: { src1: { endpoint } } }
}

const offeredTo = (app: App, member: 'User' | 'Application'): readonly string[] =>
  app.appRoles.filter((role) => role.allowedMemberTypes.includes(member)).map(({ value }) => value)

function signInClaims(resource: Resource, user: User, options: UserTokenOptions): TokenMembers {
  const idp = homeOfGuest(user.guestFrom)
  const v1 =
    resource.version === '1.0'
      ? { acr: '1', amr: options.authenticationMethods ?? ['pwd'], ipaddr: '203.0.113.7' }
      : {}
  return { ...v1, idp, acrs: presentList(options.authenticationContexts) }
}

/** Claims that are there only when the registration of the API asks for them. */
function optionalClaims({ app }: Resource, all: TokenMembers): TokenMembers {
  return Object.fromEntries(Object.entries(all).filter(([name]) => app.optionalClaims.includes(name)))
}

/** A delegated access token: a user, through a client. */
export async function issueUserToken(world: World, given: UserTokenOptions = {}): Promise<string> {
  const options = world.hooks.tokenOptions('access', given)
  const personal = options.personalAccount === true ? { tenantId: PERSONAL_TENANT_ID } : options
  const resource = resolveResource(world, options, issuingTenant(world.directory, personal))
  const { app, tenant } = resource
  const chosen = choosePrincipal(world.directory, tenant.id, options.user)
  const user = options.guestFrom === undefined ? chosen : { ...chosen, guestFrom: options.guestFrom }
  const clientId = options.clientId ?? world.directory.apps[1]?.clientId ?? app.clientId
  const scopes = presentList(options.scopes ?? app.scopes)
  const ownGroups = app.groupClaims
    ? world.directory.groupsOf(tenant.id, user.id, user.userPrincipalName)
    : undefined
  const ownRoles = user.roles.filter((role) => offeredTo(app, 'User').includes(role))
  const agent =
    options.agent === undefined
      ? {}
      : {
          idtyp: 'user',
          xms_act_fct: AGENT,
          xms_sub_fct: options.agent === 'userAccount' ? AGENT_USER : '3',
          xms_par_app_azp: app.clientId,
        }
  return issue(
    world,
    resource,
    {
      ...callerClaims(resource, clientId, options, 'user'),
      ...nameClaims(resource, user),
      ...signInClaims(resource, user, options),
      ...groupsClaims(tenant, options.groups ?? ownGroups, user),
      ...optionalClaims(resource, {
        acct: user.guestFrom === undefined ? 0 : 1,
        auth_time: Math.floor(world.now() / 1000) - BACKDATED,
        email: user.email ?? user.userPrincipalName,
        family_name: user.familyName,
        given_name: user.givenName,
        idtyp: 'user',
        upn: user.userPrincipalName,
        xms_cc: presentList(options.capabilities),
      }),
      oid: user.id,
      roles: presentList(options.roles ?? ownRoles),
      scp: scopes?.join(' '),
      sub: await pairwiseSubject(tenant.id, user.id, app.clientId),
      wids: presentList(options.directoryRoles),
      ...agent,
    },
    options,
  )
}

/** An application's access token, as the client credentials flow gives it. */
export async function issueAppToken(world: World, given: AppTokenOptions = {}): Promise<string> {
  const options = world.hooks.tokenOptions('access', given)
  const { directory } = world
  const managed = options.managedIdentity !== undefined
  const resource = resolveResource(world, options, issuingTenant(directory, { tenantId: options.tenantId }))
  const { app, tenant } = resource
  const clientId = options.clientId ?? directory.apps[2]?.clientId ?? app.clientId
  const agent = options.agent === true
  const roles = options.roles ?? (agent ? [] : offeredTo(app, 'Application'))
  const oid = options.objectId ?? (await servicePrincipalId(tenant.id, clientId))
  const authentication = {
    ...options,
    clientAuthentication: options.clientAuthentication ?? (managed || agent ? 'certificate' : 'secret'),
  }
  return issue(
    world,
    resource,
    {
      ...callerClaims(resource, clientId, authentication, 'app'),
      ...optionalClaims(resource, { idtyp: 'app', xms_cc: presentList(options.capabilities) }),
      idp: resource.version === '1.0' ? v1Issuer(tenant.cloud, tenant.id) : undefined,
      oid,
      roles: presentList(roles),
      sub: agent ? await servicePrincipalId(NO_TENANT, clientId) : oid,
      xms_mirid: options.managedIdentity,
      ...(agent
        ? {
            idtyp: 'app',
            xms_act_fct: AGENT,
            xms_sub_fct: AGENT,
            xms_idrel: '7 10',
            xms_tnt_fct: '3 9',
            xms_par_app_azp: app.clientId,
          }
        : {}),
    },
    authentication,
  )
}
