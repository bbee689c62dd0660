import { cloudOfLoginHost, PERSONAL_TENANT_ID, type Cloud } from '../clouds.ts'
import type { Audience } from '../documents.ts'
import type { User } from '../registrations.ts'
import { baseOf, findAudience, type HostedRequest } from '../router.ts'
import type { World } from '../world.ts'

/** Where a flow happens: the first segment of the path, and what it stands for. */
export interface FlowAuthority {
  readonly audience: Audience
  readonly segment: string
  readonly cloud: Cloud
  /** `https://{host}/{segment}`, or the same behind the emulator's own address. */
  readonly root: string
  /** The path after the tenant, such as `oauth2/v2.0/token`. */
  readonly path: string
}

/** The authority of a request, or why it has none: a tenant that is not there, or not a host of flows. */
export function flowAuthority(world: World, hosted: HostedRequest): FlowAuthority | 'tenant' | undefined {
  const [, segment = '', ...rest] = hosted.url.pathname.split('/')
  const path = rest.join('/')
  if (!path.startsWith('oauth2/')) return undefined
  const asked = cloudOfLoginHost(hosted.host)
  const external = asked === undefined ? world.directory.tenantOfHost(hosted.host) : undefined
  if (asked === undefined && external?.kind !== 'externalId') return undefined
  const found = findAudience(world.directory, segment)
  const audience = external === undefined || found === external ? found : undefined
  if (audience === undefined) return 'tenant'
  const cloud = typeof audience === 'string' ? (asked ?? world.directory.firstTenant.cloud) : audience.cloud
  return { audience, segment, cloud, root: `${baseOf(hosted.host, hosted)}/${segment}`, path }
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
