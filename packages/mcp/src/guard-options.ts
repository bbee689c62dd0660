import { checkOptions, compileAccess, type Access, type Verifier } from '@entraguard/core'

/** Options of {@link mcpGuard}. */
export interface McpGuardOptions<A extends Access = Access> {
  /**
   * The URL at which clients reach the server: `https://mcp.contoso.com/mcp`, without a trailing slash. Microsoft
   * recommends the same URL as Application ID URI. It is not the value of `aud`.
   */
  readonly resource: string
  /** What every request requires of its caller. It is checked before the SDK reads the request. */
  readonly access: A
  /**
   * The text before a scope when a client requests it from Entra ID. Default: that of the verifier, which is its App ID
   * URI if `audience` has exactly one; otherwise the resource and a slash.
   */
  readonly scopePrefix?: string | undefined
  /**
   * The scopes that the metadata names, in the form that tokens carry or in full. A client without a challenge requests
   * all of them. Default: those of `access`.
   */
  readonly scopesSupported?: readonly string[] | undefined
  /**
   * Where clients request tokens: issuers of Entra ID, or the origin of `resource` for clients that need the metadata
   * document of this server. Default: the authority of the verifier if it has one tenant id, otherwise the origin of
   * `resource`.
   */
  readonly authorizationServers?: readonly [string, ...string[]] | undefined
  /**
   * Origins of web pages that may call, such as `https://inspector.contoso.com`. Default: all, because a page needs its
   * own token.
   */
  readonly allowedOrigins?: readonly string[] | undefined
}

/** The options, checked and copied. */
export interface GuardSettings<A extends Access> {
  readonly access: A
  /** Those that the access requires, in the form that tokens carry. */
  readonly scopes: readonly string[]
  readonly resource: URL
  readonly scopePrefix: string
  readonly allowedOrigins: ReadonlySet<string> | undefined
}

const names = [
  'resource',
  'access',
  'scopePrefix',
  'scopesSupported',
  'authorizationServers',
  'allowedOrigins',
] as const

/** @throws {TypeError} */
export function readOptions<A extends Access>(
  verifier: Verifier,
  options: McpGuardOptions<A>,
): GuardSettings<A> {
  if (typeof verifier?.authenticate !== 'function')
    throw fault('needs a verifier: mcpGuard(createVerifier({ tenants, audience }), …)')
  if (typeof options !== 'object' || options === null)
    throw fault("needs options: { resource: 'https://…/mcp', access: { scopes: […] } }")
  checkOptions('mcpGuard', options, names)
  const rules = compileAccess(options.access)
  const resource = readResource(options.resource)
  const { scopePrefix = verifier.challenge.scopePrefix ?? `${options.resource}/` } = options
  // RFC 6749 §3.3: what a scope may consist of.
  if (typeof scopePrefix !== 'string' || !/^[!#-[\]-~]*$/.test(scopePrefix))
    throw fault('scopePrefix must be the text before a scope, such as "api://<client id>/"')
  const allowedOrigins = readOrigins(options.allowedOrigins)
  const scopes = rules.flatMap((rule) => rule.scopes?.values ?? [])
  return Object.freeze({ access: options.access, scopes, resource, scopePrefix, allowedOrigins })
}

function readResource(resource: unknown): URL {
  if (typeof resource !== 'string' || !URL.canParse(resource))
    throw fault('resource must be the URL of the server, such as "https://mcp.contoso.com/mcp"')
  // Empty ones too, of which a URL does not tell: for Entra they make another resource.
  if (/[?#]/.test(resource)) throw fault('resource must have no query and no fragment')
  // Entra compares whole texts, and for it a slash at the end makes another resource.
  if (resource.endsWith('/')) throw fault('resource must not end with a slash')
  const url = new URL(resource)
  const written = url.pathname === '/' ? url.origin : url.href
  if (resource !== written) throw fault(`resource must be written as clients send it: "${written}"`)
  return url
}

function readOrigins(origins: readonly string[] | undefined): ReadonlySet<string> | undefined {
  if (origins === undefined) return undefined
  if (!Array.isArray(origins)) throw fault('allowedOrigins must be a list')
  const wrong = origins.find((origin) => !URL.canParse(origin) || new URL(origin).origin !== origin)
  if (wrong !== undefined)
    throw fault('allowedOrigins must be a list of origins such as "https://inspector.contoso.com"')
  return new Set(origins)
}

/** The mistake of a developer. */
export function fault(reason: string): TypeError {
  return new TypeError(`mcpGuard ${reason}`)
}
