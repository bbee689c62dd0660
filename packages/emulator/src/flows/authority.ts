import { cloudOfLoginHost, PERSONAL_TENANT_ID, type Cloud } from '../directory/clouds.ts'
import type { TokenVersion } from '../directory/options.ts'
import { findAudience, type Audience } from '../directory/audience.ts'
import { findPolicy } from '../directory/policies.ts'
import type { Policy, Tenant, User } from '../directory/registrations.ts'
import { b2cAddress } from '../http/b2c-address.ts'
import { baseOf, seenIssuer, type HostedRequest } from '../http/hosted-request.ts'
import type { World } from '../world.ts'

/** Where a flow happens: the tenant segment of the path, and what it stands for. */
export interface FlowAuthority {
  readonly audience: Audience
  readonly segment: string
  readonly cloud: Cloud
  /** `https://{host}/{segment}`, or the same behind the emulator's own address. */
  readonly root: string
  /** The path after the tenant, such as `oauth2/v2.0/token`. */
  readonly path: string
  /** The user flow or custom policy of B2C. */
  readonly policy?: Policy
  /** Of the endpoint: it decides how requests and answers look, and which ID token there is. */
  readonly version: TokenVersion
  /** The issuer that a client of this address expects in its ID tokens, made of Microsoft's own. */
  readonly seenIssuer: (issuer: string) => string
}

/** The authority of a request, or why it has none: a tenant that is not there, or not a host of flows. */
export function flowAuthority(world: World, hosted: HostedRequest): FlowAuthority | 'tenant' | undefined {
  const { directory } = world
  const cloud = cloudOfLoginHost(hosted.host)
  const own = cloud === undefined ? directory.tenantOfHost(hosted.host) : undefined
  if (own?.kind === 'b2c') return b2cAuthority(world, hosted, own)
  if (cloud === undefined && own === undefined) return undefined
  const [, segment = '', ...rest] = hosted.url.pathname.split('/')
  const path = rest.join('/')
  if (!path.startsWith('oauth2/')) return undefined
  const found = findAudience(directory, segment)
  const audience = own === undefined || found === own ? found : undefined
  if (audience === undefined) return 'tenant'
  const speaking = typeof audience === 'string' ? (cloud ?? directory.firstTenant.cloud) : audience.cloud
  const base = baseOf(hosted.host, hosted)
  return {
    audience,
    segment,
    cloud: speaking,
    root: `${base}/${segment}`,
    path,
    version: own === undefined && !path.includes('/v2.0/') ? '1.0' : '2.0',
    seenIssuer: (issuer) => seenIssuer(issuer, hosted),
  }
}

function b2cAuthority(
  { directory }: World,
  hosted: HostedRequest,
  tenant: Tenant,
): FlowAuthority | 'tenant' | undefined {
  const { segment, policyName, path } = b2cAddress(hosted.url)
  if (!path.startsWith('oauth2/')) return undefined
  const policy = findPolicy(tenant, policyName)
  if (directory.tenant(segment) !== tenant || policy === undefined) return 'tenant'
  const base = baseOf(hosted.host, hosted)
  return {
    audience: tenant,
    segment,
    cloud: tenant.cloud,
    root: `${base}/${segment}/${policyName}`,
    path,
    policy,
    version: '2.0',
    seenIssuer: (issuer) => seenIssuer(issuer, hosted),
  }
}

/** The user as the directory knows them now, if they may still sign in here: registrations come and go. */
export function currentUser(
  world: World,
  authority: FlowAuthority,
  { id, tenantId }: User,
): User | undefined {
  return usersAt(world, authority).find((user) => user.id === id && user.tenantId === tenantId)
}

/** The users who may sign in at this authority. */
export function usersAt({ directory }: World, { audience }: FlowAuthority): readonly User[] {
  if (typeof audience !== 'string') return directory.users.filter(({ tenantId }) => tenantId === audience.id)
  return directory.users.filter(({ tenantId }) => {
    const personal = tenantId === PERSONAL_TENANT_ID
    if (audience === 'consumers') return personal
    if (personal) return audience === 'common'
    return directory.tenant(tenantId)?.kind === 'workforce'
  })
}
