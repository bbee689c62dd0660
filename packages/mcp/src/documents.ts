import { protectedResourceMetadata, type Access, type Verifier } from '@entraguard/core'

import { fault, type GuardSettings, type McpGuardOptions } from './guard-options.ts'

const resourceDocument = '/.well-known/oauth-protected-resource'
const serverDocument = '/.well-known/oauth-authorization-server'
const discovery = '/.well-known/openid-configuration'

/** The public documents of a server: each path with its JSON. */
export interface Documents {
  readonly byPath: ReadonlyMap<string, string>
  /** Where the metadata of the resource is, for challenges. */
  readonly address: string
}

/**
 * The protected resource metadata at the address that RFC 9728 §3.1 makes of the resource, and the document of RFC 8414
 * for clients that ask the server itself.
 *
 * @throws {TypeError}
 */
export function readDocuments(
  verifier: Verifier,
  options: McpGuardOptions,
  settings: GuardSettings<Access>,
): Documents {
  const { origin, pathname } = settings.resource
  const path = `${resourceDocument}${pathname === '/' ? '' : pathname}`
  const scopes = scopesOf(options, settings)
  const authority = authorityOf(verifier)
  const { authorizationServers: servers = [issuerOf(authority) ?? origin] } = options
  if (!Array.isArray(servers) || servers.length === 0) throw fault('authorizationServers must not be empty')
  const metadata = protectedResourceMetadata({
    resource: options.resource,
    // This server itself is allowed to be http on loopback, as the resource is; core checks all others.
    authorizationServers: asNonEmpty(servers.map((server) => (server === origin ? https(origin) : server))),
    scopes,
  })
  return {
    address: `${origin}${path}`,
    byPath: new Map([
      [path, JSON.stringify({ ...metadata, authorization_servers: servers })],
      [serverDocument, JSON.stringify(serverMetadata(origin, authority, scopes))],
    ]),
  }
}

const https = (origin: string): string => origin.replace(/^http:/, 'https:')

function asNonEmpty(list: readonly string[]): readonly [string, ...string[]] {
  const [first = '', ...more] = list
  return [first, ...more]
}

const isFull = (scope: string): boolean => /^[a-z][\w+.-]*:\/\//i.test(scope)

/** In full, as a client asks Entra for them; Entra reads a short name as a scope of Microsoft Graph. */
function scopesOf(
  { scopesSupported }: McpGuardOptions,
  { scopes, scopePrefix }: GuardSettings<Access>,
): readonly string[] {
  if (scopesSupported !== undefined && !Array.isArray(scopesSupported))
    throw fault('scopesSupported must be a list')
  return [...new Set(scopesSupported ?? scopes)].map((scope) =>
    typeof scope === 'string' && !isFull(scope) ? `${scopePrefix}${scope}` : scope,
  )
}

/** Where the metadata of the verifier's first authority begins: `https://login.microsoftonline.com/{tenant}`. */
function authorityOf(verifier: Verifier): string {
  const document = verifier.health().authorities[0]?.document.split('?')[0] ?? ''
  if (!document.endsWith(discovery))
    throw fault('cannot derive the authority of this verifier: set authorizationServers')
  return document.slice(0, -discovery.length).replace(/\/v2\.0$/, '')
}

/**
 * The issuer, if it equals the address: for one tenant id at a login host. Clients refuse a document with another
 * issuer, and Entra's issuer differs for several tenants (a template), for a domain, for External ID and for B2C.
 */
function issuerOf(authority: string): string | undefined {
  return /^https:\/\/login\.[^/]+\/[\da-f]{8}-[\da-f-]{27}$/.test(authority) ? `${authority}/v2.0` : undefined
}

/**
 * What Entra says of itself, with this server as issuer and with the one thing that it leaves out: that it knows S256.
 * Some clients refuse an authorization server that does not say so.
 */
function serverMetadata(origin: string, authority: string, scopes: readonly string[]): object {
  return {
    issuer: origin,
    authorization_endpoint: `${authority}/oauth2/v2.0/authorize`,
    token_endpoint: `${authority}/oauth2/v2.0/token`,
    jwks_uri: `${authority}/discovery/v2.0/keys`,
    scopes_supported: [...scopes, 'openid', 'profile', 'email', 'offline_access'],
    response_types_supported: ['code'],
    response_modes_supported: ['query', 'fragment', 'form_post'],
    grant_types_supported: ['authorization_code', 'refresh_token'],
    token_endpoint_auth_methods_supported: [
      'none',
      'client_secret_post',
      'client_secret_basic',
      'private_key_jwt',
    ],
    code_challenge_methods_supported: ['S256'],
  }
}
