import { isMicrosoftHost } from '../directory/clouds.ts'
import { isRecord } from '../values/shape.ts'

/** The header that carries the host name a request was for. */
export const HOST_HEADER = 'x-entraguard-host'

/** Options of `emulatorFetch`. */
export interface EmulatorFetchOptions {
  /** More host names to send to the emulator: custom domains of B2C and External ID. */
  readonly hosts?: readonly string[] | undefined
  /** How to reach it. Default: the global `fetch`. */
  readonly fetch?: typeof globalThis.fetch | undefined
}

/** Does this host name lead back to this machine, whatever any name server says? */
export function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(hostname)
}

function refuseProduction(): void {
  // `process` is there in Node, Bun and Deno; workerd and the edge VM have none.
  const process: unknown = Reflect.get(globalThis, 'process')
  const env = isRecord(process) ? process['env'] : undefined
  if (isRecord(env) && env['NODE_ENV'] === 'production') {
    throw new Error('emulatorFetch trusts a local Entra ID: it does not run where NODE_ENV is "production"')
  }
}

/** Did TLS fail because nobody told this process to trust the emulator? Node says so in the code of a cause. */
function isAboutTrust(error: unknown): boolean {
  for (let at = error; at instanceof Error; at = at.cause) {
    const code = 'code' in at ? String(at.code) : ''
    if (/^(?:UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|CERT_|ERR_TLS_CERT)/.test(code)) return true
    // Bun and Deno have no code for it.
    if (/certificate|UnknownIssuer/i.test(at.message)) return true
  }
  return false
}

/**
 * A `fetch` that takes requests for Microsoft's host names to an emulator in another process on this machine. The
 * code that uses it goes on asking for `https://login.microsoftonline.com/…`: nothing else has to be switched off.
 *
 * It takes nothing else anywhere: a request for another host is refused.
 *
 * @param address where the emulator listens, such as `http://127.0.0.1:8080`. Loopback only.
 * @throws TypeError when the address is not a loopback one. Error when `NODE_ENV` is `production`.
 *
 * @example
 * ```ts
 * const verifier = createVerifier({ tenants, audience, fetch: emulatorFetch('http://127.0.0.1:8080') })
 * ```
 */
export function emulatorFetch(
  address: string | URL,
  options: EmulatorFetchOptions = {},
): typeof globalThis.fetch {
  refuseProduction()
  const target = new URL(address)
  if (!/^https?:$/.test(target.protocol) || !isLoopback(target.hostname)) {
    throw new TypeError(
      `emulatorFetch reaches this machine only, http://127.0.0.1:{port} for instance, not ${target.origin}`,
    )
  }
  const more = new Set(options.hosts ?? [])
  return async (input, init) => {
    refuseProduction()
    const request = new Request(input, init)
    const asked = new URL(request.url)
    if (asked.protocol !== 'https:' || !(isMicrosoftHost(asked.hostname) || more.has(asked.hostname))) {
      throw new TypeError(`emulatorFetch answers for Microsoft's host names, not for ${asked.origin}`)
    }
    const headers = new Headers(request.headers)
    headers.set(HOST_HEADER, asked.hostname)
    const body = request.body === null ? undefined : await request.arrayBuffer()
    const local = new URL(`${asked.pathname}${asked.search}`, target)
    const answer = (options.fetch ?? globalThis.fetch)(local, {
      method: request.method,
      headers,
      signal: request.signal,
      redirect: 'manual',
      // Next.js patches fetch and would answer from its own cache without this; workerd knows no such option.
      ...(init?.cache === undefined ? {} : { cache: init.cache }),
      ...(body === undefined ? {} : { body }),
    })
    return answer.catch((cause: unknown) => {
      // What is no failure of the network is somebody else's: an abort, or what Next throws to end a prerender.
      if (!(cause instanceof TypeError)) throw cause
      throw new TypeError(
        isAboutTrust(cause)
          ? `The certificate of the emulator at ${target.origin} is not trusted here: start this process with NODE_EXTRA_CA_CERTS and the file that the emulator names, or give its certificate to tls.setDefaultCACertificates`
          : `No emulator answers at ${target.origin}: start one with "npx entraguard emulator", or let it go online`,
        { cause },
      )
    })
  }
}
