import { PERSONAL_TENANT_ID } from './clouds.ts'
import type { AppOptions, TenantOptions, UserOptions } from './options.ts'
import type { Tenant } from './registrations.ts'

/**
 * The ids that are there without any option. They are the same at every start, so that they can stand in a
 * configuration file; only the keys are new.
 */
export const defaults = {
  tenantId: '11111111-1111-4111-8111-111111111111',
  tenantName: 'contoso',
  otherTenantId: '99999999-9999-4999-8999-999999999999',
  otherTenantName: 'fabrikam',
  b2cTenantId: '55555555-5555-4555-8555-555555555555',
  b2cTenantName: 'contosob2c',
  b2cPolicies: ['B2C_1_susi', 'B2C_1A_signup_signin'],
  externalIdTenantId: '66666666-6666-4666-8666-666666666666',
  externalIdTenantName: 'contosociam',
  apiClientId: '22222222-2222-4222-8222-222222222222',
  webClientId: '33333333-3333-4333-8333-333333333333',
  daemonClientId: '44444444-4444-4444-8444-444444444444',
  /** The client secret of the API and of the daemon. Not a secret: the emulator listens on loopback only. */
  secret: 'emulator-only-secret',
  scopes: ['Orders.Read', 'Orders.Write'],
  appPermissions: ['Orders.Read.All', 'Orders.Write.All'],
  roles: ['Orders.Admin'],
} as const

export const defaultApi: AppOptions = {
  clientId: defaults.apiClientId,
  name: 'Orders API',
  multiTenant: true,
  secret: defaults.secret,
  scopes: defaults.scopes,
  appRoles: [
    ...defaults.appPermissions.map((value) => ({ value, allowedMemberTypes: ['Application'] as const })),
    ...defaults.roles.map((value) => ({ value, allowedMemberTypes: ['User'] as const })),
  ],
}

export const defaultApps: readonly AppOptions[] = [
  defaultApi,
  {
    clientId: defaults.webClientId,
    name: 'Orders web',
    multiTenant: true,
    redirectUris: ['localhost', '127.0.0.1'].flatMap((host) =>
      ['', '/callback', '/auth/callback'].map((path) => `http://${host}${path}`),
    ),
  },
  { clientId: defaults.daemonClientId, name: 'Orders daemon', multiTenant: true, secret: defaults.secret },
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
