import { cloudOfLoginHost } from '../directory/clouds.ts'

/** A request for one of Microsoft's host names. */
export interface HostedRequest {
  /** The host name that it is for, in lower case. */
  readonly host: string
  readonly url: URL
  readonly request: Request
  /** The emulator's own address, if the request was sent to it. Documents then refer to that address. */
  readonly origin: string | undefined
  /** Whether documents and ID tokens name `origin` as their issuer instead of Microsoft's. */
  readonly localIssuer?: boolean | undefined
}

/** The address of a Microsoft host: the real one, or behind the emulator's own. */
export function baseOf(host: string, { origin }: HostedRequest): string {
  if (origin === undefined) return `https://${host}`
  return cloudOfLoginHost(host)?.name === 'public' ? origin : `${origin}/${host}`
}

/** An issuer as a caller sees it: Microsoft's own, or with `localIssuer` the address at which its documents are. */
export function seenIssuer(issuer: string, hosted: HostedRequest): string {
  if (hosted.localIssuer !== true) return issuer
  const { hostname, host } = new URL(issuer)
  return `${baseOf(hostname, hosted)}${issuer.slice(`https://${host}`.length)}`
}
