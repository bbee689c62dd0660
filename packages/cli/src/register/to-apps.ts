import { defaults, type AppOptions } from '@entraguard/emulator'

import type { Application } from '../doctor/application.ts'

const valuesOf = (permissions: Application['scopes']): readonly string[] =>
  permissions.filter(({ isEnabled, value }) => isEnabled && value !== '').map(({ value }) => value)

const isMemberType = (text: string): text is 'User' | 'Application' =>
  text === 'User' || text === 'Application'

/**
 * A registration, as Microsoft Graph prints it, for the emulator; and its authorized clients, as public ones. Secrets are
 * not in what Graph prints: an app that has one gets the emulator's.
 */
export function toApps(app: Application): readonly AppOptions[] {
  const { appId, displayName, signInAudience, identifierUris, secrets } = app
  const multiTenant = signInAudience !== 'AzureADMyOrg'
  const [appIdUri] = identifierUris
  return [
    {
      clientId: appId,
      name: displayName,
      multiTenant,
      ...(appIdUri !== undefined && { appIdUri }),
      scopes: valuesOf(app.scopes),
      appRoles: app.appRoles
        .filter(({ isEnabled, value }) => isEnabled && value !== '')
        .map(({ value, memberTypes }) => ({ value, allowedMemberTypes: memberTypes.filter(isMemberType) })),
      tokenVersion: app.version === 2 ? '2.0' : '1.0',
      optionalClaims: app.accessTokenClaims.map(({ name }) => name),
      groupClaims: !['', 'None'].includes(app.groupMembershipClaims),
      implicitGrant: { accessTokens: app.givesAccessTokensImplicitly },
      redirectUris: app.redirects,
      ...(app.isPublicClient && { publicClientFlows: true }),
      ...(secrets.length > 0 && {
        secret: defaults.secret,
        secretExpiresAt: new Date(Math.max(...secrets)).toISOString(),
      }),
    },
    ...app.preAuthorized.map((client) => ({
      clientId: client.appId,
      name: `Client of ${displayName}`,
      multiTenant,
      redirectUris: ['http://localhost'],
    })),
  ]
}
