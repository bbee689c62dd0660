import type { App } from '../../directory/registrations.ts'
import { isThumbprint } from '../../values/encoding.ts'
import type { World } from '../../world.ts'
import type { FlowAuthority } from '../authority.ts'
import { readClaimsRequest, type ClaimsRequest } from '../claims-request.ts'
import { findClient } from '../client/client-authentication.ts'
import { platformOf, type Platform } from '../client/redirect-uris.ts'
import { delegatedPermissions, readConsentScopes, type RequestedScopes } from '../client/requested-scopes.ts'
import { required } from '../refusal.ts'
import { refusals } from '../refusals.ts'

/** Where the answer goes, known to be the client's own. */
export interface ReplyAddress {
  readonly client: App
  readonly redirectUri: string
  readonly platform: Platform
  readonly mode: 'query' | 'fragment' | 'form_post'
  readonly state: string | null
}

/** What the authorization endpoint may hand out. */
export type ResponseType = 'code' | 'id_token' | 'token'

/** A request for sign-in that is known to be sound. */
export interface AuthorizationRequest {
  readonly query: URLSearchParams
  readonly authority: FlowAuthority
  readonly address: ReplyAddress
  readonly types: readonly ResponseType[]
  /** As the code will remember it. */
  readonly scope: string
  /** For each API one element. */
  readonly scopes: readonly [RequestedScopes, ...RequestedScopes[]]
  readonly claims: ClaimsRequest
  readonly nonce: string | undefined
}

const isMode = (mode: string | null): mode is ReplyAddress['mode'] =>
  mode === 'query' || mode === 'fragment' || mode === 'form_post'

const isType = (type: string): type is ResponseType =>
  type === 'code' || type === 'id_token' || type === 'token'

const typesOf = (query: URLSearchParams): readonly string[] =>
  (query.get('response_type') ?? '').split(' ').filter((type) => type !== '')

/**
 * Whom to answer, and how. It is never anybody else than the registered client: an open redirector would hand the code
 * to whoever made the link.
 */
export function readReplyAddress(
  world: World,
  query: URLSearchParams,
  authority: FlowAuthority,
): ReplyAddress {
  const client = findClient(world, required(query, 'client_id'), authority)
  const redirectUri = query.get('redirect_uri') ?? client.redirectUris[0] ?? ''
  const platform = platformOf(client, redirectUri)
  if (platform === undefined) throw refusals.redirectUnknown(redirectUri, client.clientId)
  const carriesTokens = typesOf(query).some((type) => type !== 'code')
  const asked = query.get('response_mode')
  const usable = isMode(asked) && !(asked === 'query' && carriesTokens)
  const mode = usable ? asked : carriesTokens ? 'fragment' : 'query'
  return { client, redirectUri, platform, mode, state: query.get('state') }
}

function readTypes(query: URLSearchParams, { implicitGrant }: App): readonly ResponseType[] {
  const asked = required(query, 'response_type')
  const types = typesOf(query)
  if (!types.every(isType) || new Set(types).size !== types.length) throw refusals.responseTypeUnknown(asked)
  if (types.includes('id_token') && !implicitGrant.idTokens) throw refusals.responseTypeDisabled('id_token')
  if (types.includes('token') && !implicitGrant.accessTokens) throw refusals.responseTypeDisabled('token')
  if (types.includes('id_token')) required(query, 'nonce')
  const mode = query.get('response_mode')
  if (mode !== null && (!isMode(mode) || (mode === 'query' && types.some((type) => type !== 'code')))) {
    throw refusals.responseModeUnsupported(mode)
  }
  return types
}

/** The v2.0 endpoint has `scope`; at the v1.0 one `resource` names the API, and nothing may be asked for at all. */
function readScope(query: URLSearchParams, { version }: FlowAuthority): string {
  if (version === '2.0') return required(query, 'scope')
  const resource = query.get('resource')
  const openId = 'openid profile email offline_access'
  return resource === null || resource === '' ? openId : `${openId} ${resource}/.default`
}

/** What the client asks for, checked before anybody is asked to sign in. */
export function readAuthorizationRequest(
  world: World,
  query: URLSearchParams,
  authority: FlowAuthority,
  address: ReplyAddress,
): AuthorizationRequest {
  const { client } = address
  const types = readTypes(query, client)
  const scope = readScope(query, authority)
  const scopes = readConsentScopes(world, scope, client, authority)
  for (const one of scopes) delegatedPermissions(world, client, one)
  const resource = query.get('resource') ?? undefined
  if (authority.version === '2.0' && resource !== undefined) {
    if (world.directory.app(resource) !== scopes[0].resource) throw refusals.resourceMismatch()
  }
  const thumbprint = query.get('dpop_jkt') ?? ''
  if (thumbprint !== '' && !isThumbprint(thumbprint)) throw refusals.requestMalformed()
  return {
    query,
    authority,
    address,
    types,
    scope,
    scopes,
    claims: readClaimsRequest(query),
    nonce: query.get('nonce') ?? undefined,
  }
}
