import type { ConditionalAccessOptions, EmulatorOptions, RegistrationOptions } from './options.ts'
import {
  hasMembers,
  hasMembersAnd,
  isEither,
  isFlag,
  isFunction,
  isHostName,
  isLike,
  isList,
  isObject,
  isOneOf,
  isText,
  isTextOr,
  isTexts,
  isTime,
  isWhole,
  type Schema,
} from '../values/shape.ts'

const tenant = hasMembers({
  id: isText,
  name: isText,
  domains: isTexts,
  kind: isOneOf('workforce', 'b2c', 'externalId'),
  cloud: isOneOf('public', 'usgov', 'china'),
  host: isHostName,
  policies: isList(
    isTextOr(
      hasMembersAnd(['name'], {
        name: isText,
        issuer: isOneOf('tenant', 'policy'),
        policyClaim: isOneOf('tfp', 'acr'),
      }),
    ),
  ),
})

const app = hasMembers({
  clientId: isText,
  name: isText,
  tenantId: isText,
  multiTenant: isFlag,
  appIdUri: isText,
  clientIdDocument: isText,
  secret: isText,
  certificates: isTexts,
  federatedCredentials: isList(
    hasMembersAnd(['issuer', 'subject'], {
      issuer: isText,
      subject: isText,
      audience: isText,
      keys: isObject,
    }),
  ),
  secretExpiresAt: isTime,
  publicClientFlows: isFlag,
  redirectUris: isList(
    isTextOr(
      hasMembersAnd(['uri', 'platform'], { uri: isText, platform: isOneOf('web', 'spa', 'publicClient') }),
    ),
  ),
  frontChannelLogoutUri: isText,
  implicitGrant: hasMembers({ idTokens: isFlag, accessTokens: isFlag }),
  grantedPermissions: isTexts,
  grantedScopes: isTexts,
  apiPermissions: isTexts,
  assignmentRequired: isFlag,
  assigned: isTexts,
  groupClaims: isFlag,
  scopes: isTexts,
  appRoles: isList(
    isTextOr(
      hasMembersAnd(['value', 'allowedMemberTypes'], {
        value: isText,
        allowedMemberTypes: isList(isOneOf('User', 'Application')),
      }),
    ),
  ),
  tokenVersion: isOneOf('1.0', '2.0'),
  optionalClaims: isTexts,
  idTokenClaims: isTexts,
  accessTokenLifetime: isWhole(60, 86_400),
  claimsMapping: isObject,
  customSigningKey: isFlag,
  dpop: hasMembers({ nonce: isFlag, boundRefreshTokens: isFlag }),
  samlSso: isFlag,
})

const user = hasMembersAnd(['userPrincipalName'], {
  id: isText,
  tenantId: isText,
  name: isText,
  givenName: isText,
  familyName: isText,
  userPrincipalName: isText,
  email: isText,
  password: isText,
  roles: isTexts,
  guestFrom: isText,
})

const group = hasMembers({ id: isText, tenantId: isText, name: isText, members: isTexts })

const managedIdentity = hasMembers({
  name: isText,
  clientId: isText,
  objectId: isText,
  resourceId: isText,
  tenantId: isText,
  assignedBy: isOneOf('system', 'user'),
  grantedPermissions: isTexts,
})

const conditionalAccess = hasMembersAnd(['requires'], {
  id: isText,
  users: isTexts,
  clients: isTexts,
  resources: isTexts,
  authenticationContexts: isTexts,
  requires: isEither(
    [
      isOneOf('mfa', 'mfaRegistration', 'signInFrequency', 'compliantDevice', 'block'),
      isLike(/^c[1-9]\d?$/, 'an authentication context from c1 to c99'),
    ],
    'mfa, mfaRegistration, signInFrequency, compliantDevice, block, or an authentication context from c1 to c99',
  ),
})

const registrations = {
  tenants: isList(tenant),
  apps: isList(app),
  users: isList(user),
  groups: isList(group),
  managedIdentities: isList(managedIdentity),
}

const checkRegistrations = hasMembers(registrations)

const emulatorOptions = hasMembers({
  ...registrations,
  conditionalAccess: isList(conditionalAccess),
  now: isFunction,
  $schema: isText,
})

/** The JSON schema of a configuration file, for editors. */
export const optionsSchema: Schema = emulatorOptions.schema

function isRegistrations(value: unknown): value is RegistrationOptions {
  checkRegistrations(value, '')
  return true
}

/** Reads tenants, apps and people from JSON. @throws TypeError that names the wrong option. */
export function readRegistrations(value: unknown): RegistrationOptions {
  if (!isRegistrations(value)) throw new TypeError('The registrations must be an object')
  return value
}

function isConditionalAccess(value: unknown): value is ConditionalAccessOptions {
  conditionalAccess(value, '')
  return true
}

/** Reads a Conditional Access policy from JSON. @throws TypeError that names the wrong member. */
export function readConditionalAccess(value: unknown): ConditionalAccessOptions {
  if (!isConditionalAccess(value)) throw new TypeError('The policy must be an object')
  return value
}

function isEmulatorOptions(value: unknown): value is EmulatorOptions {
  emulatorOptions(value, '')
  return true
}

/**
 * Checks options from elsewhere, such as a configuration file, for `createEmulator`.
 *
 * @throws TypeError that names the option by its path: `apps[0].scopes must be a list of strings`.
 *
 * @example
 * ```ts
 * const entra = await createEmulator(readEmulatorOptions(JSON.parse(text)))
 * ```
 */
export function readEmulatorOptions(value: unknown): EmulatorOptions {
  if (!isEmulatorOptions(value)) throw new TypeError('The options must be an object')
  return value
}
