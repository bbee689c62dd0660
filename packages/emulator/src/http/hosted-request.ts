import { cloudOfLoginHost } from '../directory/clouds.ts'

/** A request for one of Microsoft's host names. */
export interface HostedRequest {
  /** The host name that it is for, in lower case. */
  readonly host: string
  readonly url: URL
  readonly request: Request
  /** The emulator's own address when it was called there; documents then lead back to it. */
  readonly origin: string | undefined
}

/** The address of a Microsoft host: the real one, or behind the emulator's own. */
export function baseOf(host: string, { origin }: HostedRequest): string {
  if (origin === undefined) return `https://${host}`
  return cloudOfLoginHost(host)?.name === 'public' ? origin : `${origin}/${host}`
}
