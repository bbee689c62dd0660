import { compileAccess, type Access, type Verifier } from '@entraguard/core'

/** What {@link mcpGuard} is told. */
export interface McpGuardOptions<A extends Access = Access> {
  /**
   * The address of the server, where clients reach it: `https://mcp.contoso.com/mcp`, without a slash at the end. It is
   * also the App ID URI that Microsoft recommends, and not what `aud` says.
   */
  readonly resource: string
  /** What every request asks of its caller, before the SDK reads it. */
  readonly access: A
  /**
   * What stands before a scope where a client asks Entra for it. Default: that of the verifier, which is its App ID URI
   * where `audience` has exactly one, else the resource and a slash.
   */
  readonly scopePrefix?: string | undefined
  /**
   * Scopes that the metadata names, as tokens have them or in full: a client without a challenge asks for all of them.
   * Default: those of `access`.
   */
  readonly scopesSupported?: readonly string[] | undefined
  /**
   * Whom clients ask for a token: issuers of Entra, or the origin of `resource` for clients that need the document of
   * this server. Default: the authority of a verifier for one tenant id, else the origin of `resource`.
   */
  readonly authorizationServers?: readonly [string, ...string[]] | undefined
  /** Origins of web pages that may call, such as `https://inspector.contoso.com`. Default: all, with a token of their own. */
  readonly allowedOrigins?: readonly string[] | undefined
}

/** The options, checked and copied. */
export interface GuardSettings<A extends Access> {
  readonly access: A
  readonly resource: URL
  readonly scopePrefix: string
  readonly allowedOrigins: ReadonlySet<string> | undefined
}

const names: ReadonlySet<string> = new Set([
  'resource',
  'access',
  'scopePrefix',
  'scopesSupported',
  'authorizationServers',
  'allowedOrigins',
])

/** @throws {TypeError} */
export function readOptions<A extends Access>(
  verifier: Verifier,
  options: McpGuardOptions<A>,
): GuardSettings<A> {
  if (typeof verifier?.authenticate !== 'function')
    throw fault('needs a verifier: mcpGuard(createVerifier({ tenants, audience }), …)')
  if (typeof options !== 'object' || options === null)
    throw fault("needs options: { resource: 'https://…/mcp', access: { scopes: […] } }")
  for (const name in options) {
    if (!names.has(name)) throw fault(`has no option "${name}"; known are ${[...names].join(', ')}`)
    if (!Object.hasOwn(options, name)) throw fault(`option "${name}" is inherited: pass a plain object`)
  }
  compileAccess(options.access)
  const resource = readResource(options.resource)
  const scopePrefix = options.scopePrefix ?? verifier.challenge.scopePrefix ?? `${options.resource}/`
  // RFC 6749 §3.3: what a scope may consist of.
  if (typeof scopePrefix !== 'string' || !/^[!#-[\]-~]*$/.test(scopePrefix))
    throw fault('scopePrefix must be what stands before a scope, such as "api://<client id>/"')
  const allowedOrigins = readOrigins(options.allowedOrigins)
  return Object.freeze({ access: options.access, resource, scopePrefix, allowedOrigins })
}

function readResource(resource: unknown): URL {
  const url = typeof resource === 'string' && URL.canParse(resource) ? new URL(resource) : undefined
  if (url === undefined)
    throw fault('resource must be the address of the server: "https://mcp.contoso.com/mcp"')
  if (url.search !== '' || url.hash !== '') throw fault('resource must have no query and no fragment')
  // Entra compares whole texts, and for it a slash at the end makes another resource.
  if (typeof resource === 'string' && resource.endsWith('/'))
    throw fault('resource must not end with a slash')
  const written = url.pathname === '/' ? url.origin : url.href
  if (resource !== written) throw fault(`resource must be written as clients send it: "${written}"`)
  return url
}

function readOrigins(origins: readonly string[] | undefined): ReadonlySet<string> | undefined {
  if (origins === undefined) return undefined
  if (!Array.isArray(origins)) throw fault('allowedOrigins must be a list')
  const wrong = origins.find(
    (origin: unknown) =>
      typeof origin !== 'string' || !URL.canParse(origin) || new URL(origin).origin !== origin,
  )
  if (wrong !== undefined)
    throw fault('allowedOrigins must be a list of origins such as "https://inspector.contoso.com"')
  return new Set(origins)
}

/** The mistake of a developer. */
export function fault(reason: string): TypeError {
  return new TypeError(`mcpGuard ${reason}`)
}
