import type { World } from '../../world.ts'
import type { FlowAuthority } from '../authority.ts'
import type { ClaimsRequest } from '../claims-request.ts'
import type { Client } from '../client/client-authentication.ts'
import { readConsentScopes, readScopes, type RequestedScopes } from '../client/requested-scopes.ts'
import { required } from '../refusal.ts'
import { refusals } from '../refusals.ts'
import type { Grant } from './grants.ts'

/** A request at the token endpoint whose client is known. */
export interface TokenRequest {
  readonly world: World
  readonly form: URLSearchParams
  readonly authority: FlowAuthority
  readonly client: Client
  /** The page that asks, if a browser sent it. */
  readonly origin: string | null
  readonly claims: ClaimsRequest
  /** The thumbprint of the key whose possession it proves (DPoP). */
  readonly jkt: string | undefined
}

const v1Words = 'openid profile email offline_access'

/** What is asked for, in the words of `scope`; the v1.0 endpoint has `resource` instead, which is all of an API. */
function askedScope({ form, authority }: TokenRequest): string | undefined {
  if (authority.version === '2.0') return form.get('scope') ?? undefined
  const resource = form.get('resource')
  return resource === null ? (form.get('scope') ?? undefined) : `${v1Words} ${resource}/.default`
}

/** What a request without a grant asks for, as a grant remembers it: something it must ask for. */
export const requestedScope = (request: TokenRequest): string =>
  askedScope(request) ?? required(request.form, request.authority.version === '1.0' ? 'resource' : 'scope')

/** The API and the permissions that a request without a grant is for. */
export function requestedScopes(request: TokenRequest): RequestedScopes {
  const { world, authority, client } = request
  return matchingResource(request, readScopes(world, requestedScope(request), client.app, authority))
}

/** Of several APIs that somebody agreed to at once, one token is for one: that of `resource`, else the first. */
function scopesOfGrant({ world, form, client, authority }: TokenRequest, grant: Grant): RequestedScopes {
  const all = readConsentScopes(world, grant.scope, client.app, authority)
  const resource = form.get('resource')
  if (resource === null) return all[0]
  const named = all.find((one) => one.resource === world.directory.app(resource))
  if (named === undefined) throw refusals.resourceMismatch()
  return named
}

/** The same for a request that redeems a grant: what it does not name is what was agreed to, and no more. */
export function requestedOfGrant(request: TokenRequest, grant: Grant): RequestedScopes {
  const { world, client, authority } = request
  const scope = askedScope(request)
  if (scope === undefined || scope === '') return scopesOfGrant(request, grant)
  return matchingResource(request, readScopes(world, scope, client.app, authority))
}

/** RFC 8707: a `resource` beside `scope` must be the API that the scopes are of. */
function matchingResource({ world, form }: TokenRequest, requested: RequestedScopes): RequestedScopes {
  const resource = form.get('resource')
  if (resource !== null && world.directory.app(resource) !== requested.resource)
    throw refusals.resourceMismatch()
  return requested
}
