import { isMicrosoftHost } from '../directory/clouds.ts'
import { hasMembers, isFunction, isHostName, isList, isRecord, type Check } from '../values/shape.ts'

/** The header that carries the host name a request was for. */
export const HOST_HEADER = 'x-entraguard-host'

/** Options of `emulatorFetch`. */
export interface EmulatorFetchOptions {
  /** Further host names to send to the emulator: custom domains of B2C and External ID. */
  readonly hosts?: readonly string[] | undefined
  /** The `fetch` that reaches the emulator. Default: the global one. */
  readonly fetch?: typeof globalThis.fetch | undefined
}

const checkOptions = hasMembers({
  hosts: isList(isHostName),
  fetch: isFunction,
} satisfies Readonly<Record<keyof EmulatorFetchOptions, Check>>)

/** Does this host name lead back to this machine, whatever any name server says? */
export function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(hostname)
}

function refuseProduction(): void {
  // `process` is there in Node, Bun and Deno; workerd and the edge VM have none.
  const process: unknown = Reflect.get(globalThis, 'process')
  const env = isRecord(process) ? process['env'] : undefined
  if (isRecord(env) && env['NODE_ENV'] === 'production') {
    throw new Error('emulatorFetch trusts a local Entra ID, so it does not run if NODE_ENV is "production"')
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

/** @throws TypeError that never quotes a password. */
function readAddress(address: string | URL): URL {
  const target = new URL(address)
  if (!/^https?:$/.test(target.protocol) || !isLoopback(target.hostname)) {
    throw new TypeError(
      `emulatorFetch reaches this machine only, such as http://127.0.0.1:{port}, not ${target.origin}`,
    )
  }
  if (target.href !== `${target.origin}/`) {
    throw new TypeError(
      `emulatorFetch takes an address without user, password, path, query and fragment: ${target.origin}`,
    )
  }
  return target
}

/**
 * Creates a `fetch` that sends requests for Microsoft's host names to an emulator in another process on this machine.
 * Code that uses it still requests `https://login.microsoftonline.com/…`, so no check has to be switched off.
 *
 * A request for any other host, or for another port, is refused. Nothing in a request can lead it elsewhere: its path
 * and its query are appended to the address as they are.
 *
 * @param address where the emulator listens, such as `http://127.0.0.1:8080`: scheme, host and port. Loopback only.
 * @throws TypeError when the address is not on this machine, or has a user, a path, a query or a fragment; and when an
 * option is unknown or of the wrong kind. Error when `NODE_ENV` is `production`.
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
  const target = readAddress(address)
  checkOptions(options, '')
  const more = new Set(options.hosts?.map((host) => host.toLowerCase()))
  return async (input, init) => {
    refuseProduction()
    const request = new Request(input, init)
    const asked = new URL(request.url)
    const isKnown = isMicrosoftHost(asked.hostname) || more.has(asked.hostname)
    if (asked.protocol !== 'https:' || asked.port !== '' || !isKnown) {
      throw new TypeError(`emulatorFetch answers for Microsoft's host names, not for ${asked.origin}`)
    }
    const headers = new Headers(request.headers)
    headers.set(HOST_HEADER, asked.hostname)
    const body = request.body === null ? undefined : await request.arrayBuffer()
    // Never resolved against the target: the path `//evil.example/` would stand in for its host.
    const local = new URL(target)
    local.pathname = asked.pathname
    local.search = asked.search
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
          ? `The certificate of the emulator at ${target.origin} is not trusted here: set NODE_EXTRA_CA_CERTS to the file that the emulator prints, or pass its certificate to tls.setDefaultCACertificates`
          : `No emulator answers at ${target.origin}: start one with "npx entraguard emulator", or bring it back online`,
        { cause },
      )
    })
  }
}
