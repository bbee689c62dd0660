import { optionalClaims, type Permission, type Registration } from './registration.ts'

const scopeOf = ({ id, value, description }: Permission): object => ({
  id,
  value,
  type: 'User',
  isEnabled: true,
  adminConsentDisplayName: value,
  adminConsentDescription: description,
  userConsentDisplayName: value,
  userConsentDescription: description,
})

const roleOf = ({ id, value, description }: Permission): object => ({
  id,
  value,
  displayName: value,
  description,
  isEnabled: true,
  allowedMemberTypes: ['Application'],
})

const claimOf = ({ name, additionalProperties }: (typeof optionalClaims)[number]): object => ({
  name,
  essential: false,
  additionalProperties,
})

/**
 * The resource `application` of Microsoft Graph. Without `identifierUris`, where they are made of the client id: that
 * is known only afterwards.
 *
 * @see https://learn.microsoft.com/graph/api/resources/application
 */
export function toGraph({ name, scopes, appRoles, multiTenant, mcp, ...more }: Registration): object {
  return {
    displayName: name,
    signInAudience: multiTenant ? 'AzureADMultipleOrgs' : 'AzureADMyOrg',
    ...(mcp !== undefined && { identifierUris: [mcp] }),
    api: {
      requestedAccessTokenVersion: 2,
      oauth2PermissionScopes: scopes.map(scopeOf),
      preAuthorizedApplications: more.clients.map((appId) => ({
        appId,
        delegatedPermissionIds: scopes.map(({ id }) => id),
      })),
    },
    appRoles: appRoles.map(roleOf),
    optionalClaims: {
      accessToken: optionalClaims.map(claimOf),
    },
    ...(more.spaRedirects.length > 0 && { spa: { redirectUris: more.spaRedirects } }),
  }
}
