import type { EmulatorOptions } from '@entraguard/emulator'

import { guidOf, optionalClaims, type Registration } from './registration.ts'

/** A configuration for `entraguard emulator --config`. The client id is made up, and stays the same. */
export function toEmulator({
  name,
  uniqueName,
  scopes,
  appRoles,
  multiTenant,
  mcp,
  ...more
}: Registration): EmulatorOptions {
  return {
    apps: [
      {
        clientId: guidOf('client', uniqueName),
        name,
        multiTenant,
        ...(mcp !== undefined && { appIdUri: mcp }),
        scopes: scopes.map(({ value }) => value),
        appRoles: appRoles.map(({ value }) => ({ value, allowedMemberTypes: ['Application'] as const })),
        tokenVersion: '2.0',
        optionalClaims: optionalClaims.map((claim) => claim.name),
        redirectUris: more.spaRedirects.map((uri) => ({ uri, platform: 'spa' as const })),
      },
      ...more.clients.map((clientId, index) => ({
        clientId,
        name: `Client ${index + 1} of ${name}`,
        multiTenant,
        redirectUris: ['http://localhost'],
      })),
    ],
  }
}
