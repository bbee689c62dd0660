import { cloudOfLoginHost, PERSONAL_TENANT_ID } from '../directory/clouds.ts'
import type { HostedRequest } from '../http/hosted-request.ts'
import { json } from '../http/responses.ts'
import type { World } from '../world.ts'

/**
 * `GET /common/userrealm/{name}`: how Microsoft's clients ask, before they hand a password over, whether Entra or a
 * federation server checks it. Here it is always Entra.
 */
export function answerUserRealm({ directory }: World, hosted: HostedRequest): Response | undefined {
  const cloud = cloudOfLoginHost(hosted.host)
  const name = /^\/common\/userrealm\/([^/]+)\/?$/i.exec(hosted.url.pathname)?.[1]
  if (cloud === undefined || name === undefined) return undefined
  const domain = decoded(name).split('@').at(-1)?.toLowerCase() ?? ''
  const tenant = directory.tenant(domain)
  const isManaged = tenant?.kind === 'workforce' && tenant.id !== PERSONAL_TENANT_ID
  return json({
    ver: '1.0',
    account_type: isManaged ? 'Managed' : 'Unknown',
    domain_name: domain,
    cloud_instance_name: cloud.instanceName,
    cloud_audience_urn: 'urn:federation:MicrosoftOnline',
  })
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    return ''
  }
}
