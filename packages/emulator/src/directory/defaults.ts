import type { AppRoleOptions } from './options.ts'

/**
 * The ids that exist without any option. They are the same at every start, so that a configuration file can contain
 * them; only the keys are new.
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
  portalClientId: '77777777-7777-4777-8777-777777777777',
  managedIdentityClientId: '17171717-1717-4717-8717-171717171717',
  /** The client secret of the API, the daemon and the portal. Not a secret: the emulator listens on loopback only. */
  secret: 'emulator-only-secret',
  /** The password of every user. Only flows that send a password need it. */
  password: 'emulator-only-password',
  /** What App Service puts into `IDENTITY_HEADER`. */
  identityHeader: 'emulator-only-identity-header',
  scopes: ['Orders.Read', 'Orders.Write'],
  appPermissions: ['Orders.Read.All', 'Orders.Write.All'],
  roles: ['Orders.Admin'],
} as const

/** The app roles of the API: application permissions for other apps, and roles for people. */
export const defaultAppRoles: readonly AppRoleOptions[] = [
  ...defaults.appPermissions.map((value) => ({ value, allowedMemberTypes: ['Application'] as const })),
  ...defaults.roles.map((value) => ({ value, allowedMemberTypes: ['User'] as const })),
]
