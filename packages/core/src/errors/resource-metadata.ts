/** The document of RFC 9728 §2, as far as an API on Entra ID needs it. */
export interface ProtectedResourceMetadata {
  readonly resource: string
  readonly authorization_servers: readonly string[]
  readonly scopes_supported?: readonly string[]
  readonly bearer_methods_supported: readonly ['header']
}

/**
 * Makes the protected resource metadata (RFC 9728) to serve at `/.well-known/oauth-protected-resource`, for clients
 * that find out by themselves whom to ask for a token (MCP clients do).
 *
 * Entra ID wants scopes in their full form, `api://{client id}/{scope}`. The `resource` is the address of the API;
 * it is not the audience of the tokens.
 *
 * @throws {TypeError} when an address is not an https URL (http on loopback is allowed for `resource`).
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
  readonly scopes?: readonly string[]
}): ProtectedResourceMetadata {
  const { resource, authorizationServers, scopes } = options
  if (!isResourceUrl(resource))
    throw new TypeError('protectedResourceMetadata: resource must be an https URL without fragment')
  if (
    authorizationServers.length === 0 ||
    !authorizationServers.every((server) => server.startsWith('https://') && URL.canParse(server))
  ) {
    throw new TypeError('protectedResourceMetadata: authorizationServers must be https URLs')
  }
  return Object.freeze({
    resource,
    authorization_servers: Object.freeze([...authorizationServers]),
    ...(scopes !== undefined && { scopes_supported: Object.freeze([...scopes]) }),
    bearer_methods_supported: Object.freeze(['header'] as const),
  })
}

function isResourceUrl(text: string): boolean {
  if (!URL.canParse(text)) return false
  const { protocol, hostname, hash } = new URL(text)
  const isLoopback = hostname === 'localhost' || hostname === '127.0.0.1' || hostname === '[::1]'
  return hash === '' && (protocol === 'https:' || (protocol === 'http:' && isLoopback))
}
