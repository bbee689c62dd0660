export const APP = '22222222-2222-4222-8222-222222222222'
const SCOPE = '33333333-3333-4333-8333-333333333333'

export const claim = (name: string, ...additionalProperties: readonly string[]): object => ({
  name,
  source: null,
  essential: false,
  additionalProperties,
})
export const claims = [claim('idtyp', 'include_user_token'), claim('acct'), claim('xms_cc')]
export const scope = (more: object = {}): object => ({
  id: SCOPE,
  value: 'Orders.Read',
  type: 'User',
  isEnabled: true,
  ...more,
})
export const role = (more: object = {}): object => ({
  id: '44444444-4444-4444-8444-444444444444',
  value: 'Orders.Read.All',
  isEnabled: true,
  allowedMemberTypes: ['Application'],
  ...more,
})
export const client = { appId: '55555555-5555-4555-8555-555555555555', delegatedPermissionIds: [SCOPE] }
export const secretUntil = (endDateTime: string): object => ({
  passwordCredentials: [{ endDateTime, secretText: null }],
})

export interface Api {
  readonly requestedAccessTokenVersion: number | null
  readonly oauth2PermissionScopes: readonly object[]
  readonly preAuthorizedApplications: readonly object[]
  readonly acceptMappedClaims: boolean | null
}

/** As `az ad app show` prints a registration that is as it should be, with some of it changed. */
export const app = (more: object = {}, api: Partial<Api> = {}): object => ({
  '@odata.context': 'https://graph.microsoft.com/v1.0/$metadata#applications/$entity',
  id: '66666666-6666-4666-8666-666666666666',
  appId: APP,
  displayName: 'Orders API',
  signInAudience: 'AzureADMyOrg',
  identifierUris: [`api://${APP}`],
  groupMembershipClaims: null,
  tokenEncryptionKeyId: null,
  passwordCredentials: [],
  keyCredentials: [],
  appRoles: [role()],
  optionalClaims: { idToken: [], accessToken: claims, saml2Token: [] },
  web: {
    redirectUris: [],
    implicitGrantSettings: { enableAccessTokenIssuance: false, enableIdTokenIssuance: false },
  },
  api: {
    requestedAccessTokenVersion: 2,
    oauth2PermissionScopes: [scope()],
    preAuthorizedApplications: [client],
    acceptMappedClaims: null,
    ...api,
  },
  ...more,
})
