import { cloudOfLoginHost, clouds, isMicrosoftHost } from '../directory/clouds.ts'
import { answerControl, type ControlWorld } from './control.ts'
import { HOST_HEADER, isLoopback } from './emulator-fetch.ts'
import type { Emulator } from '../emulator-interface.ts'
import { json } from '../http/responses.ts'
import { answerPortal, type FindPortalFile } from './portal.ts'
import type { HostedRequest } from '../http/hosted-request.ts'

/** How the emulator shows itself to those who call it by its own address. */
export interface ListenerOptions extends ControlWorld {
  /** Do documents and ID tokens name that address as their issuer? */
  readonly localIssuer: boolean
  readonly findPortalFile: FindPortalFile
}

/** Answers a request that came over a socket, for whatever host name it is meant. */
export async function answerListener(
  entra: Emulator,
  request: Request,
  options: ListenerOptions,
): Promise<Response> {
  const { localIssuer, traffic, findPortalFile } = options
  const url = new URL(request.url)
  const knows = (host: string): boolean =>
    isMicrosoftHost(host) || entra.directory.tenantOfHost(host) !== undefined
  // A page whose name was made to resolve to 127.0.0.1 arrives with its own Host: DNS rebinding.
  if (!isLoopback(url.hostname) && !knows(url.hostname)) {
    return json({ error: 'This is a local Entra ID: use a loopback address' }, 403)
  }
  const handle = (hosted: HostedRequest): Promise<Response> =>
    traffic.follow(hosted, () => entra.handle(hosted))
  if (!isLoopback(url.hostname)) return handle({ host: url.hostname, url, request, origin: undefined })
  const named = request.headers.get(HOST_HEADER)?.toLowerCase()
  if (named !== undefined) {
    if (!knows(named)) return json({ error: `${HOST_HEADER} must be one of Microsoft's host names` }, 400)
    return handle({ host: named, url, request, origin: undefined })
  }
  return (
    (await answerPortal(request, 'emulator', findPortalFile)) ??
    (await answerControl(entra, request, options)) ??
    handle({ ...addressedByPath(url, request, knows), localIssuer })
  )
}

/** `http://127.0.0.1:8080/{tenant}/…` is the public cloud; another host name is the first segment of the path. */
function addressedByPath(url: URL, request: Request, knows: (host: string) => boolean): HostedRequest {
  const origin = url.origin
  const [, first = '', ...rest] = url.pathname.split('/')
  const host = first.toLowerCase()
  if (!knows(host)) return { host: clouds.public.loginHost, url, request, origin }
  const inner = new URL(url)
  inner.pathname = `/${rest.join('/')}`
  return { host: cloudOfLoginHost(host)?.loginHost ?? host, url: inner, request, origin }
}
