/** A value, or a function that returns the current one, for credentials that are rotated. */
export type Current<T> = T | (() => T | Promise<T>)

/** A certificate, like `clientCertificate` of MSAL. */
export interface Certificate {
  /** SHA-256, hexadecimal. */
  readonly thumbprintSha256: string
  /** PEM. */
  readonly privateKey: string
  /** The certificate itself (PEM), for registrations that trust by subject name and issuer. */
  readonly x5c?: string | undefined
}

/** How this API authenticates to Entra ID. */
export type Credential =
  | { readonly secret: Current<string> }
  | { readonly certificate: Current<Certificate> }
  | {
      /** Returns a federated credential, of a workload identity or a managed identity. Called for every exchange. */
      readonly assertion: () => string | Promise<string>
    }

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
  /** The time limit of an exchange, in seconds. Default 10. */
  readonly timeout?: number | undefined
  /** Sends the exchanges and the calls of `fetchFor`. Default the global `fetch`. */
  readonly fetch?: typeof globalThis.fetch | undefined
  /** The clock, in milliseconds since the epoch. */
  readonly now?: (() => number) | undefined
}

const names: ReadonlySet<string> = new Set([
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
])

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

const guid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** Checks and copies the options. @throws {TypeError} that says what to write instead. */
export function readOptions(options: DownstreamOptions): Settings {
  if (typeof options !== 'object' || options === null)
    throw new TypeError('onBehalfOf needs options: onBehalfOf({ clientId, credential, apis })')
  const unknown = Object.keys(options).find((name) => !names.has(name))
  if (unknown !== undefined) throw new TypeError(`onBehalfOf has no option "${unknown}"`)
  const { clientId, cacheSize = 10_000, timeout = 10, loginHost = 'login.microsoftonline.com' } = options
  if (typeof clientId !== 'string' || !guid.test(clientId))
    throw new TypeError('clientId must be the client id (GUID) of this API')
  if (!Number.isInteger(cacheSize) || cacheSize < 1 || cacheSize > 10_000_000)
    throw new TypeError('cacheSize must be a whole number from 1 to 10000000')
  if (!(timeout > 0 && timeout <= 120))
    throw new TypeError('timeout must be a number of seconds, at most 120')
  if (!/^[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::\d+)?$/.test(loginHost))
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
    timeout: timeout * 1000,
    // Looked up at each call: tests and instrumentation replace the global one.
    fetch: options.fetch ?? ((input, init) => globalThis.fetch(input, init)),
    now: options.now ?? (() => Date.now()),
  })
}

function readCredential(credential: Credential): Credential {
  const kinds = ['secret', 'certificate', 'assertion']
  const [kind = '', ...more] = Object.keys(credential ?? {})
  if (!kinds.includes(kind) || more.length > 0)
    throw new TypeError('credential must be one of { secret }, { certificate } and { assertion }')
  if ('assertion' in credential && typeof credential.assertion !== 'function')
    throw new TypeError('credential.assertion must be a function: assertions are valid for minutes')
  if ('secret' in credential && typeof credential.secret !== 'function' && !isText(credential.secret))
    throw new TypeError('credential.secret must be a non-empty string, or a function that returns one')
  if ('certificate' in credential && typeof credential.certificate !== 'function')
    checkCertificate(credential.certificate)
  return Object.freeze({ ...credential })
}

/** @throws {TypeError} */
export function checkCertificate(certificate: Certificate): void {
  const { thumbprintSha256, privateKey } = certificate ?? {}
  if (typeof thumbprintSha256 !== 'string' || !/^[0-9a-f]{64}$/i.test(thumbprintSha256))
    throw new TypeError('credential.certificate.thumbprintSha256 must be 64 hexadecimal digits')
  if (typeof privateKey !== 'string' || !privateKey.includes('PRIVATE KEY-----'))
    throw new TypeError('credential.certificate.privateKey must be a private key as PEM')
}

function readApis(apis: DownstreamOptions['apis'] = {}): ReadonlyMap<string, ApiOptions> {
  const entries = Object.entries(apis).map(([name, { scopes, origins }]) => {
    checkScopes(`apis.${name}.scopes`, scopes)
    if (!Array.isArray(origins) || origins.length === 0 || !origins.every(isOrigin))
      throw new TypeError(
        `apis.${name}.origins must be a list of origins, such as https://invoices.contoso.com (http on loopback only)`,
      )
    return [name, Object.freeze({ scopes: [...scopes], origins: [...origins] })] as const
  })
  return new Map(entries)
}

/** @throws {TypeError} */
export function checkScopes(name: string, scopes: readonly string[]): void {
  const isList = Array.isArray(scopes) && scopes.length > 0
  if (!isList || !scopes.every((scope) => isText(scope) && !/\s/.test(scope)))
    throw new TypeError(`${name} must be a list of scopes, such as ["api://…/Invoices.Read"]`)
}

function isOrigin(text: unknown): boolean {
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

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}
