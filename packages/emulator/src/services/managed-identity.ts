import { defaults } from '../directory/defaults.ts'
import { azureResource } from '../directory/azure-resources.ts'
import { servicePrincipalId } from '../directory/principals.ts'
import { microsoftGraph, type App, type ManagedIdentity } from '../directory/registrations.ts'
import type { HostedRequest } from '../http/hosted-request.ts'
import { json } from '../http/responses.ts'
import { audienceOf, issueAppToken } from '../tokens/access-token.ts'
import { lifetimeOf } from '../tokens/own-token.ts'
import type { World } from '../world.ts'

/** Tokens of managed identities last a day. */
const LIFETIME = 24 * 3600

const refused = (error: string, description: string, status = 400): Response =>
  json({ error, error_description: description }, status)

/** An id of the identity, under the names that the endpoints have for them. */
const idNames = ['client_id', 'object_id', 'principal_id', 'mi_res_id', 'msi_res_id']

async function findIdentity(
  { directory }: World,
  query: URLSearchParams,
): Promise<ManagedIdentity | undefined> {
  const asked = idNames.flatMap((name) => query.get(name) ?? [])[0]
  if (asked === undefined)
    return directory.managedIdentities.find(({ assignedBy }) => assignedBy === 'system')
  for (const identity of directory.managedIdentities) {
    const names = [identity.clientId, await objectIdOf(identity), identity.resourceId]
    if (names.some((name) => name.toLowerCase() === asked.toLowerCase())) return identity
  }
  return undefined
}

const objectIdOf = async ({ objectId, tenantId, clientId }: ManagedIdentity): Promise<string> =>
  objectId ?? servicePrincipalId(tenantId, clientId)

function permissionsOf(identity: ManagedIdentity, { appRoles }: App): readonly string[] {
  const offered = appRoles
    .filter(({ allowedMemberTypes }) => allowedMemberTypes.includes('Application'))
    .map(({ value }) => value)
  const { grantedPermissions } = identity
  return grantedPermissions === undefined
    ? offered
    : offered.filter((one) => grantedPermissions.includes(one))
}

const isMicrosoft = (app: App): boolean => app === microsoftGraph || azureResource(app.clientId) === app

async function answerIdentity(world: World, query: URLSearchParams): Promise<Response> {
  const resource = query.get('resource')
  if (resource === null || resource === '')
    return refused('invalid_request', 'Required parameter resource is missing')
  const app = world.directory.app(resource)
  if (app === undefined) {
    return refused(
      'invalid_resource',
      `AADSTS500011: The resource principal named ${resource} was not found in the tenant.`,
    )
  }
  const identity = await findIdentity(world, query)
  if (identity === undefined) return refused('invalid_request', 'Identity not found')
  const { clientId, tenantId, resourceId } = identity
  const token = await issueAppToken(world, {
    tenantId,
    clientId,
    objectId: await objectIdOf(identity),
    managedIdentity: resourceId,
    audience: isMicrosoft(app) && app.tokenVersion === '1.0' ? resource : audienceOf(app, app.tokenVersion),
    roles: permissionsOf(identity, app),
    expiresIn: LIFETIME,
  })
  const now = Math.floor(world.now() / 1000)
  const lasts = lifetimeOf(token, world.now())
  return json({
    access_token: token,
    client_id: clientId,
    expires_in: String(lasts),
    expires_on: String(now + lasts),
    ext_expires_in: String(lasts),
    not_before: String(now - 300),
    resource,
    token_type: 'Bearer',
  })
}

/** The endpoint of a virtual machine: the header keeps out whoever can only make it fetch an address. */
async function answerMachine(world: World, { request, url }: HostedRequest): Promise<Response> {
  if (request.headers.get('metadata')?.toLowerCase() !== 'true') {
    return refused('invalid_request', 'Required metadata header not specified')
  }
  if (request.headers.has('x-forwarded-for'))
    return refused('invalid_request', 'A proxy may not ask for a token')
  return answerIdentity(world, url.searchParams)
}

/** The endpoint of App Service and Functions: the header is known to the app only. */
async function answerAppService(world: World, { request, url }: HostedRequest): Promise<Response> {
  if (request.headers.get('x-identity-header') !== defaults.identityHeader) {
    return refused('invalid_request', 'X-IDENTITY-HEADER is not the IDENTITY_HEADER of this app', 401)
  }
  return answerIdentity(world, url.searchParams)
}

/**
 * Gives tokens to managed identities, at the emulator's own address: as the metadata service of a virtual machine does
 * (`AZURE_POD_IDENTITY_AUTHORITY_HOST`), and as App Service does (`IDENTITY_ENDPOINT`).
 *
 * @see https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/how-to-use-vm-token
 */
export async function answerManagedIdentity(
  world: World,
  hosted: HostedRequest,
): Promise<Response | undefined> {
  const { origin, request, url } = hosted
  if (origin === undefined || request.method !== 'GET') return undefined
  // MSAL for Node writes a slash at the end.
  const path = url.pathname.replace(/\/$/, '')
  if (path === '/metadata/identity/oauth2/token') return answerMachine(world, hosted)
  return path === '/msi/token' ? answerAppService(world, hosted) : undefined
}
