import { cloudOfGraphHost } from '../directory/clouds.ts'
import type { HostedRequest } from '../http/hosted-request.ts'

/** The kinds of request that can be disturbed or changed. */
export type RequestKind = 'metadata' | 'keys' | 'token' | 'graph'

export function kindOfRequest({ host, url }: HostedRequest): RequestKind | undefined {
  if (cloudOfGraphHost(host) !== undefined) return 'graph'
  if (url.pathname.endsWith('/.well-known/openid-configuration')) return 'metadata'
  if (/\/discovery\/(?:v2\.0\/)?keys$/.test(url.pathname)) return 'keys'
  return url.pathname.endsWith('/token') ? 'token' : undefined
}
