import { clouds, PERSONAL_TENANT_ID, type Cloud } from './clouds.ts'
import { defaultAppRoles, defaults } from './defaults.ts'
import { isGuid } from '../values/encoding.ts'
import type {
  AppOptions,
  AppRoleOptions,
  DpopOptions,
  FederatedCredentialOptions,
  GroupOptions,
  ImplicitGrantOptions,
  ManagedIdentityOptions,
  PolicyOptions,
  RedirectUriOptions,
  TenantOptions,
  TokenVersion,
  UserOptions,
} from './options.ts'

/** A directory, with every default filled in. */
export interface Tenant {
  readonly id: string
  readonly name: string
  /** All verified domains, `{name}.onmicrosoft.com` first. */
  readonly domains: readonly string[]
  readonly kind: 'workforce' | 'b2c' | 'externalId'
  readonly cloud: Cloud
  /** The host that its documents name: the cloud's login host, `….b2clogin.com`, `….ciamlogin.com` or its own. */
  readonly host: string
  readonly policies: readonly Policy[]
}

/** Options of which none is left out. */
type Complete<T> = { readonly [K in keyof T]-?: Exclude<T[K], undefined> }

/** A user flow or custom policy of a B2C tenant. */
export type Policy = Complete<PolicyOptions>

/** An app registration, with every default filled in. */
export interface App {
  readonly clientId: string
  readonly name: string
  readonly tenantId: string
  readonly multiTenant: boolean
  readonly appIdUri: string
  readonly clientIdDocument: string | undefined
  readonly secret: string | undefined
  readonly certificates: readonly string[]
  readonly federatedCredentials: readonly FederatedCredentialOptions[]
  /** Milliseconds since the epoch. */
  readonly secretExpiresAt: number
  readonly publicClientFlows: boolean
  readonly redirectUris: readonly string[]
  /** The platform of each redirect URI that has one. */
  readonly platforms: Readonly<Record<string, RedirectUriOptions['platform'] | undefined>>
  readonly frontChannelLogoutUri: string | undefined
  readonly implicitGrant: Complete<ImplicitGrantOptions>
  /** Application permissions that it holds; `undefined`: all that an API offers. */
  readonly grantedPermissions: readonly string[] | undefined
  /** Delegated permissions that everybody's administrator consented to; `undefined`: all. */
  readonly grantedScopes: readonly string[] | undefined
  /** APIs that it may ask for; `undefined`: all. */
  readonly apiPermissions: readonly string[] | undefined
  readonly assignmentRequired: boolean
  readonly assigned: readonly string[]
  readonly groupClaims: boolean
  readonly scopes: readonly string[]
  readonly appRoles: readonly AppRoleOptions[]
  readonly tokenVersion: TokenVersion
  readonly optionalClaims: readonly string[]
  readonly idTokenClaims: readonly string[]
  /** Seconds; `undefined`: as long as Entra's own. */
  readonly accessTokenLifetime: number | undefined
  readonly claimsMapping: Readonly<Record<string, unknown>>
  readonly dpop: Complete<DpopOptions>
  /** Signed with a key of its own? */
  readonly ownKey: boolean
}

/** A user or guest of a tenant. */
export interface User {
  readonly id: string
  readonly tenantId: string
  readonly name: string
  readonly givenName: string
  readonly familyName: string
  readonly userPrincipalName: string
  readonly email: string | undefined
  readonly password: string
  readonly roles: readonly string[]
  readonly guestFrom: string | undefined
}

/** A managed identity, with every default filled in. */
export interface ManagedIdentity {
  readonly name: string
  readonly clientId: string
  /** `undefined`: made of the client id. */
  readonly objectId: string | undefined
  readonly resourceId: string
  readonly tenantId: string
  readonly assignedBy: 'system' | 'user'
  readonly grantedPermissions: readonly string[] | undefined
}

/** A group of a tenant and its members. */
export type Group = Complete<GroupOptions>

function requireGuid(value: string, option: string): string {
  const id = value.toLowerCase()
  if (!isGuid(id)) throw new TypeError(`${option} must be a GUID, not ${JSON.stringify(value)}`)
  return id
}

export const hostSuffix = { b2c: 'b2clogin.com', externalId: 'ciamlogin.com' } as const

export function toTenant(options: TenantOptions, index: number): Tenant {
  const first = index === 0
  const kind = options.kind ?? 'workforce'
  const id = requireGuid(options.id ?? (first ? defaults.tenantId : crypto.randomUUID()), 'tenants[].id')
  const name = options.name ?? (first ? defaults.tenantName : `tenant${index + 1}`)
  if (!/^[a-z0-9-]+$/i.test(name)) {
    throw new TypeError(`tenants[].name must be a short name such as "contoso", not ${JSON.stringify(name)}`)
  }
  const cloud = clouds[options.cloud ?? 'public']
  const host = kind === 'workforce' ? cloud.loginHost : (options.host ?? `${name}.${hostSuffix[kind]}`)
  const domains = [`${name}.onmicrosoft.com`, ...(options.domains ?? [])].map((domain) =>
    domain.toLowerCase(),
  )
  const policies = options.policies ?? (kind === 'b2c' ? defaults.b2cPolicies : [])
  return { id, name, domains, kind, cloud, host: host.toLowerCase(), policies: policies.map(toPolicy) }
}

function toPolicy(options: string | PolicyOptions): Policy {
  const {
    name,
    issuer = 'tenant',
    policyClaim = 'tfp',
  }: PolicyOptions = typeof options === 'string' ? { name: options } : options
  return { name, issuer, policyClaim }
}

function toAppRole(role: string | AppRoleOptions): AppRoleOptions {
  return typeof role === 'string' ? { value: role, allowedMemberTypes: ['User', 'Application'] } : role
}

interface Credentials {
  readonly secret?: string | undefined
  readonly certificates?: readonly string[] | undefined
  readonly federatedCredentials?: readonly FederatedCredentialOptions[] | undefined
}

/** Has it anything to prove itself with? */
export const isConfidential = ({
  secret,
  certificates = [],
  federatedCredentials = [],
}: Credentials): boolean => secret !== undefined || certificates.length > 0 || federatedCredentials.length > 0

const platformsOf = (options: AppOptions): App['platforms'] =>
  Object.fromEntries(
    (options.redirectUris ?? []).flatMap((one) => (typeof one === 'string' ? [] : [[one.uri, one.platform]])),
  )

/** An https address with a path (draft-ietf-oauth-client-id-metadata-document §3), of a client without credentials. */
function readDocumentAddress({ clientIdDocument, ...options }: AppOptions): string | undefined {
  if (clientIdDocument === undefined) return undefined
  const url = URL.canParse(clientIdDocument) ? new URL(clientIdDocument) : undefined
  const isAddress = url?.protocol === 'https:' && url.pathname !== '/' && url.hash === ''
  if (!isAddress || url.href !== clientIdDocument)
    throw new TypeError(
      `apps[].clientIdDocument must be an https address with a path, not ${clientIdDocument}`,
    )
  if (isConfidential(options))
    throw new TypeError(
      'apps[].clientIdDocument: a client with such a document has no secret and no certificate',
    )
  return clientIdDocument
}

export function toApp(options: AppOptions, index: number, homeTenantId: string): App {
  const first = index === 0
  const given = options.clientId ?? (first ? defaults.apiClientId : crypto.randomUUID())
  const clientId = requireGuid(given, 'apps[].clientId')
  return {
    clientId,
    name: options.name ?? (first ? 'Orders API' : `App ${index + 1}`),
    tenantId: requireGuid(options.tenantId ?? homeTenantId, 'apps[].tenantId'),
    multiTenant: options.multiTenant ?? false,
    appIdUri: options.appIdUri ?? `api://${clientId}`,
    clientIdDocument: readDocumentAddress(options),
    secret: options.secret,
    certificates: options.certificates ?? [],
    federatedCredentials: options.federatedCredentials ?? [],
    secretExpiresAt:
      options.secretExpiresAt === undefined ? Number.POSITIVE_INFINITY : Date.parse(options.secretExpiresAt),
    publicClientFlows: options.publicClientFlows ?? !isConfidential(options),
    redirectUris: (options.redirectUris ?? []).map((one) => (typeof one === 'string' ? one : one.uri)),
    platforms: platformsOf(options),
    frontChannelLogoutUri: options.frontChannelLogoutUri,
    implicitGrant: {
      idTokens: options.implicitGrant?.idTokens ?? false,
      accessTokens: options.implicitGrant?.accessTokens ?? false,
    },
    grantedPermissions: options.grantedPermissions,
    grantedScopes: options.grantedScopes,
    apiPermissions: options.apiPermissions?.map((id) => id.toLowerCase()),
    assignmentRequired: options.assignmentRequired ?? false,
    assigned: options.assigned ?? [],
    groupClaims: options.groupClaims ?? false,
    scopes: options.scopes ?? (first ? defaults.scopes : []),
    appRoles: (options.appRoles ?? (first ? defaultAppRoles : [])).map(toAppRole),
    tokenVersion: options.tokenVersion ?? '2.0',
    optionalClaims: options.optionalClaims ?? [],
    idTokenClaims: options.idTokenClaims ?? [],
    accessTokenLifetime: options.accessTokenLifetime,
    claimsMapping: options.claimsMapping ?? {},
    dpop: {
      nonce: options.dpop?.nonce ?? false,
      boundRefreshTokens: options.dpop?.boundRefreshTokens ?? false,
    },
    ownKey:
      options.samlSso === true || (options.claimsMapping !== undefined && options.customSigningKey !== false),
  }
}

export function toUser(options: UserOptions, homeTenantId: string): User {
  const name = options.name ?? options.userPrincipalName.split('@')[0] ?? options.userPrincipalName
  const [givenName = name, ...rest] = name.split(' ')
  return {
    id: requireGuid(options.id ?? crypto.randomUUID(), 'users[].id'),
    tenantId: requireGuid(options.tenantId ?? homeTenantId, 'users[].tenantId'),
    name,
    givenName: options.givenName ?? givenName,
    familyName: options.familyName ?? (rest.length > 0 ? rest.join(' ') : name),
    userPrincipalName: options.userPrincipalName,
    email: options.email,
    password: options.password ?? defaults.password,
    roles: options.roles ?? [],
    guestFrom: options.guestFrom,
  }
}

export function toGroup(options: GroupOptions, homeTenantId: string): Group {
  const id = requireGuid(options.id ?? crypto.randomUUID(), 'groups[].id')
  return {
    id,
    tenantId: requireGuid(options.tenantId ?? homeTenantId, 'groups[].tenantId'),
    name: options.name ?? `Group ${id.slice(0, 8)}`,
    members: options.members ?? [],
  }
}

export function toManagedIdentity(
  options: ManagedIdentityOptions,
  index: number,
  homeTenantId: string,
): ManagedIdentity {
  const first = index === 0
  const name = options.name ?? (first ? 'orders-vm' : `identity${index + 1}`)
  const given = options.clientId ?? (first ? defaults.managedIdentityClientId : crypto.randomUUID())
  const provider = first
    ? 'Microsoft.Compute/virtualMachines'
    : 'Microsoft.ManagedIdentity/userAssignedIdentities'
  return {
    name,
    clientId: requireGuid(given, 'managedIdentities[].clientId'),
    objectId: options.objectId,
    resourceId:
      options.resourceId ??
      `/subscriptions/00000000-0000-4000-8000-000000000001/resourcegroups/orders/providers/${provider}/${name}`,
    tenantId: requireGuid(options.tenantId ?? homeTenantId, 'managedIdentities[].tenantId'),
    assignedBy: options.assignedBy ?? (first ? 'system' : 'user'),
    grantedPermissions: options.grantedPermissions,
  }
}

/** In every tenant. Its tokens are for Graph alone: nobody else can check their signature. */
export const microsoftGraph: App = {
  ...toApp(
    { clientId: '00000003-0000-0000-c000-000000000000', name: 'Microsoft Graph' },
    1,
    PERSONAL_TENANT_ID,
  ),
  multiTenant: true,
  appIdUri: 'https://graph.microsoft.com',
  scopes: ['User.Read', 'GroupMember.Read.All', 'Directory.Read.All'],
  appRoles: ['User.Read.All', 'GroupMember.Read.All', 'Directory.Read.All'].map((value) => ({
    value,
    allowedMemberTypes: ['Application'],
  })),
  tokenVersion: '1.0',
}
