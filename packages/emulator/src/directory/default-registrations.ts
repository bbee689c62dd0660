import { PERSONAL_TENANT_ID } from './clouds.ts'
import { defaultAppRoles, defaults } from './defaults.ts'
import type { AppOptions, TenantOptions, UserOptions } from './options.ts'
import type { Tenant } from './registrations.ts'

const api: AppOptions = {
  clientId: defaults.apiClientId,
  name: 'Orders API',
  multiTenant: true,
  secret: defaults.secret,
  scopes: defaults.scopes,
  appRoles: defaultAppRoles,
}

/** Where well-known libraries of web apps wait for the answer, below the address of the app. */
const callbacks = [
  '/auth/callback',
  '/callback',
  '/signin-oidc',
  '/auth/openid/return',
  '/api/auth/callback/microsoft',
  '/api/auth/callback/microsoft-entra-id',
]

/** A web app with a server: it proves itself, and may ask for an ID token together with the code. */
const portal: AppOptions = {
  clientId: defaults.portalClientId,
  name: 'Orders portal',
  multiTenant: true,
  secret: defaults.secret,
  redirectUris: ['http://localhost', 'https://localhost', 'http://127.0.0.1'].flatMap((origin) =>
    ['/', ...callbacks].map((path) => ({ uri: `${origin}${path}`, platform: 'web' as const })),
  ),
  implicitGrant: { idTokens: true },
}

export const defaultApps: readonly AppOptions[] = [
  api,
  {
    clientId: defaults.webClientId,
    name: 'Orders web',
    multiTenant: true,
    redirectUris: ['localhost', '127.0.0.1'].flatMap((host) =>
      ['', '/callback', '/auth/callback'].map((path) => `http://${host}${path}`),
    ),
  },
  { clientId: defaults.daemonClientId, name: 'Orders daemon', multiTenant: true, secret: defaults.secret },
  portal,
]

export const defaultB2c: TenantOptions = {
  id: defaults.b2cTenantId,
  name: defaults.b2cTenantName,
  kind: 'b2c',
  policies: defaults.b2cPolicies,
}

export const defaultExternalId: TenantOptions = {
  id: defaults.externalIdTenantId,
  name: defaults.externalIdTenantName,
  kind: 'externalId',
}

export const defaultTenants: readonly TenantOptions[] = [
  { id: defaults.tenantId, name: defaults.tenantName, domains: ['contoso.com'] },
  { id: defaults.otherTenantId, name: defaults.otherTenantName, domains: ['fabrikam.com'] },
]

export function defaultUsers(tenants: readonly Tenant[]): readonly UserOptions[] {
  const [home] = tenants
  const members = tenants.map((tenant, index) => ({
    id: `aaaaaaaa-0000-4000-8000-${String(index + 1).padStart(12, '0')}`,
    tenantId: tenant.id,
    name: 'Ada Lovelace',
    userPrincipalName: `ada@${tenant.domains.at(-1) ?? tenant.name}`,
  }))
  if (home === undefined) return members
  const domain = home.domains[0] ?? home.name
  return [
    ...members,
    {
      id: 'bbbbbbbb-0000-4000-8000-000000000001',
      tenantId: home.id,
      name: 'Grace Hopper',
      userPrincipalName: `grace_fabrikam.com#EXT#@${domain}`,
      email: 'grace@fabrikam.com',
      guestFrom: defaults.otherTenantId,
    },
    {
      id: '00000000-0000-0000-a1b2-c3d4e5f60718',
      tenantId: PERSONAL_TENANT_ID,
      name: 'Alan Turing',
      userPrincipalName: 'alan.turing@outlook.com',
    },
  ]
}
