import { isHttps, isScopeToken, parsePlainUrl, readTexts, rejectUnknown, shown } from './option-values.ts'

/** The protected resource metadata of RFC 9728 §2: the members that an API with Entra ID needs. */
export interface ProtectedResourceMetadata {
  readonly resource: string
  readonly authorization_servers: readonly string[]
  readonly scopes_supported?: readonly string[]
  readonly bearer_methods_supported: readonly ['header']
}

/**
 * Creates the protected resource metadata (RFC 9728) to serve at `/.well-known/oauth-protected-resource`. Clients that
 * discover the authorization server by themselves need it; MCP clients do.
 *
 * Entra ID needs scopes in their full form, `api://{client id}/{scope}`. `resource` is the URL of the API, not the
 * audience of the tokens.
 *
 * @throws {TypeError} for a `resource` that is not an https URL or has a fragment (http is allowed on loopback), an
 * authorization server that is not an https URL or has a query or fragment (RFC 8414 §2), a scope with a character that
 * scopes cannot have (RFC 6749 §3.3), or an unknown member.
 * @see https://www.rfc-editor.org/rfc/rfc9728#section-2
 *
 * @example
 * ```ts
 * const document = protectedResourceMetadata({
 *   resource: 'https://api.contoso.com',
 *   authorizationServers: [`https://login.microsoftonline.com/${tenantId}/v2.0`],
 *   scopes: [`api://${clientId}/Orders.Read`],
 * })
 * ```
 */
export function protectedResourceMetadata(options: {
  readonly resource: string
  readonly authorizationServers: readonly [string, ...string[]]
  readonly scopes?: readonly string[] | undefined
}): ProtectedResourceMetadata {
  rejectUnknown('protectedResourceMetadata option', options, names)
  const { resource, authorizationServers, scopes = [] } = options
  const url = parsePlainUrl(resource)
  if (url === undefined || !isHttps(url))
    throw fault(`resource must be an https URL without user and fragment, not ${shown(resource)}`)
  const servers = readTexts(
    'protectedResourceMetadata: authorizationServers',
    authorizationServers,
    issuerProblem,
  )
  // RFC 9728 §3.2: what has no values is left out.
  const scopeNames =
    scopes.length === 0 ? [] : readTexts('protectedResourceMetadata: scopes', scopes, scopeProblem)
  return Object.freeze({
    resource,
    authorization_servers: Object.freeze(servers),
    ...(scopeNames.length > 0 && { scopes_supported: Object.freeze(scopeNames) }),
    bearer_methods_supported: Object.freeze(['header'] as const),
  })
}

const names: ReadonlySet<string> = new Set(['resource', 'authorizationServers', 'scopes'])

function issuerProblem(issuer: string): string | undefined {
  if (/[?#]/.test(issuer)) return 'has a query or a fragment, which an issuer does not have: write it without'
  return parsePlainUrl(issuer)?.protocol === 'https:'
    ? undefined
    : 'is not an https URL: write the issuer, such as "https://login.microsoftonline.com/<tenant id>/v2.0"'
}

function scopeProblem(scope: string): string | undefined {
  if (!isScopeToken(scope))
    return 'is not a scope: write each in its own string, without spaces, quotes or backslashes'
  // Neither the id of a client nor an Application ID URI has these.
  return /^[a-z][\w+.-]*:\/\/[^/]*[<>{}]/i.test(scope)
    ? 'contains a placeholder: write the client id of this API'
    : undefined
}

function fault(reason: string): TypeError {
  return new TypeError(`protectedResourceMetadata: ${reason}`)
}
