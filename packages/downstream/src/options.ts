import { readCredential, type Credential } from './credential-options.ts'
import { isGuid, isRecord, listOf, readScopes, rejectUnknown } from './option-values.ts'

/** Another API to call on behalf of the user. */
export interface ApiOptions {
  /** The scopes to request: `['api://…/.default']`, or scopes by name. */
  readonly scopes: readonly string[]
  /** The origins that its tokens may be sent to, such as `https://invoices.contoso.com`. */
  readonly origins: readonly string[]
}

/** A store that several processes share. It has the shape of an unstorage `Storage`. */
export interface TokenStore {
  /** Returns what is stored under the key, or `null`. */
  getItem(key: string): unknown
  /** Stores a value for `ttl` seconds. */
  setItem(key: string, value: string, options?: { readonly ttl: number }): unknown
}

/** Options of `onBehalfOf`. */
export interface DownstreamOptions<Name extends string = string> {
  /** The client id of this API. */
  readonly clientId: string
  readonly credential: Credential
  /** The other APIs, by a name of your choice: for `fetchFor`. */
  readonly apis?: Readonly<Record<Name, ApiOptions>> | undefined
  /** How many tokens are kept. Default 10,000. */
  readonly cacheSize?: number | undefined
  /**
   * A store for several processes, so that only one of them makes an exchange. It contains tokens, sealed with
   * `storeSecret`.
   */
  readonly store?: TokenStore | undefined
  /**
   * The secret that seals the tokens in the store: at least 32 characters, the same in each process. Required with a
   * store.
   */
  readonly storeSecret?: string | undefined
  /**
   * The login host for `tokenForApp`. Default `login.microsoftonline.com`. For users, it is always that of their
   * authority.
   */
  readonly loginHost?: string | undefined
  /** The time limit of an exchange, in seconds: from 0.001 to 120. Default 10. */
  readonly timeout?: number | undefined
  /** Sends the exchanges and the calls of `fetchFor`. Default the global `fetch`. */
  readonly fetch?: typeof globalThis.fetch | undefined
  /** The clock, in milliseconds since the epoch. */
  readonly now?: (() => number) | undefined
}

const names: readonly string[] = [
  'clientId',
  'credential',
  'apis',
  'cacheSize',
  'store',
  'storeSecret',
  'loginHost',
  'timeout',
  'fetch',
  'now',
]

/** Options after they were checked. */
export interface Settings {
  readonly clientId: string
  readonly credential: Credential
  readonly apis: ReadonlyMap<string, ApiOptions>
  readonly cacheSize: number
  readonly store: { readonly store: TokenStore; readonly secret: string } | undefined
  readonly loginHost: string
  /** Milliseconds. */
  readonly timeout: number
  readonly fetch: typeof globalThis.fetch
  readonly now: () => number
}

/** Checks and copies the options. @throws {TypeError} that says what to write instead. */
export function readOptions(options: DownstreamOptions): Settings {
  if (!isRecord(options))
    throw new TypeError('onBehalfOf needs options: onBehalfOf({ clientId, credential, apis })')
  rejectUnknown('onBehalfOf', options, names)
  const { clientId, cacheSize = 10_000, timeout = 10, loginHost = 'login.microsoftonline.com' } = options
  if (!isGuid(clientId)) throw new TypeError('clientId must be the client id (GUID) of this API')
  if (!Number.isInteger(cacheSize) || cacheSize < 1 || cacheSize > 10_000_000)
    throw new TypeError('cacheSize must be a whole number from 1 to 10000000')
  if (typeof timeout !== 'number' || !(timeout >= 0.001 && timeout <= 120))
    throw new TypeError('timeout must be a number of seconds, from 0.001 to 120')
  if (typeof loginHost !== 'string' || !/^[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::\d+)?$/.test(loginHost))
    throw new TypeError('loginHost must be a host name, such as login.microsoftonline.us')
  for (const name of ['fetch', 'now'] as const) {
    if (options[name] !== undefined && typeof options[name] !== 'function')
      throw new TypeError(`${name} must be a function`)
  }
  return Object.freeze({
    clientId: clientId.toLowerCase(),
    credential: readCredential(options.credential),
    apis: readApis(options.apis),
    cacheSize,
    store: readStore(options),
    loginHost,
    // 4.02 * 1000 is no whole number, and AbortSignal.timeout throws for one that is not.
    timeout: Math.round(timeout * 1000),
    // Looked up at each call: tests and instrumentation replace the global one.
    fetch: options.fetch ?? ((input, init) => globalThis.fetch(input, init)),
    now: options.now ?? (() => Date.now()),
  })
}

function readApis(apis: DownstreamOptions['apis'] = {}): ReadonlyMap<string, ApiOptions> {
  if (!isRecord(apis))
    throw new TypeError('apis must be an object of APIs by name: { invoices: { scopes, origins } }')
  return new Map(Object.entries<ApiOptions>(apis).map(([name, api]) => [name, readApi(`apis.${name}`, api)]))
}

function readApi(name: string, api: ApiOptions): ApiOptions {
  if (!isRecord(api)) throw new TypeError(`${name} must be an object: { scopes, origins }`)
  rejectUnknown(name, api, ['scopes', 'origins'])
  const scopes = readScopes(`${name}.scopes`, api.scopes)
  const origins = listOf(api.origins)
  if (!origins?.every(isOrigin))
    throw new TypeError(
      `${name}.origins must be a list of origins, such as https://invoices.contoso.com (http on loopback only)`,
    )
  return Object.freeze({ scopes, origins })
}

function isOrigin(text: unknown): text is string {
  if (typeof text !== 'string' || !URL.canParse(text)) return false
  const { origin, protocol, hostname } = new URL(text)
  const isLoopback = ['localhost', '127.0.0.1', '[::1]'].includes(hostname)
  return origin === text && (protocol === 'https:' || (protocol === 'http:' && isLoopback))
}

function readStore({ store, storeSecret }: DownstreamOptions): Settings['store'] {
  if (store === undefined) {
    if (storeSecret !== undefined) throw new TypeError('storeSecret needs a store')
    return undefined
  }
  if (typeof store?.getItem !== 'function' || typeof store.setItem !== 'function')
    throw new TypeError('store must have getItem(key) and setItem(key, value), as an unstorage Storage does')
  if (typeof storeSecret !== 'string' || storeSecret.length < 32)
    throw new TypeError('storeSecret must have at least 32 characters: it seals the tokens in the store')
  return { store, secret: storeSecret }
}
