import type { ConditionalAccessOptions, EmulatorOptions } from './options.ts'
import {
  hasMembers,
  isEither,
  isFlag,
  isFunction,
  isList,
  isObject,
  isOneOf,
  isRecord,
  isText,
  isTexts,
  isTime,
  isWhole,
  type Check,
} from '../values/shape.ts'

const tenant = hasMembers({
  id: isText,
  name: isText,
  domains: isTexts,
  kind: isOneOf('workforce', 'b2c', 'externalId'),
  cloud: isOneOf('public', 'usgov', 'china'),
  host: isText,
  policies: isList(
    textOr(
      hasMembers({ name: isText, issuer: isOneOf('tenant', 'policy'), policyClaim: isOneOf('tfp', 'acr') }),
    ),
  ),
})

const app = hasMembers({
  clientId: isText,
  name: isText,
  tenantId: isText,
  multiTenant: isFlag,
  appIdUri: isText,
  secret: isText,
  certificates: isTexts,
  federatedCredentials: isList(
    hasMembers({ issuer: isText, subject: isText, audience: isText, keys: isObject }),
  ),
  secretExpiresAt: isTime,
  publicClientFlows: isFlag,
  redirectUris: isList(textOr(hasMembers({ uri: isText, platform: isOneOf('web', 'spa', 'publicClient') }))),
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
    textOr(hasMembers({ value: isText, allowedMemberTypes: isList(isOneOf('User', 'Application')) })),
  ),
  tokenVersion: isOneOf('1.0', '2.0'),
  optionalClaims: isTexts,
  idTokenClaims: isTexts,
  accessTokenLifetime: isWhole(60, 86_400),
  claimsMapping: isObject,
  customSigningKey: isFlag,
  samlSso: isFlag,
})

const user = requiring(
  'userPrincipalName',
  hasMembers({
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
  }),
)

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

const conditionalAccess = requiring(
  'requires',
  hasMembers({
    id: isText,
    users: isTexts,
    clients: isTexts,
    resources: isTexts,
    authenticationContexts: isTexts,
    requires: isEither(
      [isOneOf('mfa', 'mfaRegistration', 'signInFrequency', 'compliantDevice', 'block'), isContext],
      'mfa, mfaRegistration, signInFrequency, compliantDevice, block, or an authentication context from c1 to c99',
    ),
  }),
)

const emulatorOptions = hasMembers({
  tenants: isList(tenant),
  apps: isList(app),
  users: isList(user),
  groups: isList(group),
  managedIdentities: isList(managedIdentity),
  conditionalAccess: isList(conditionalAccess),
  now: isFunction,
})

/** A plain name, or the whole thing. */
function textOr(check: Check): Check {
  return (value, path) => {
    if (typeof value !== 'string') check(value, path)
  }
}

/** A member that must be there. */
function requiring(name: string, check: Check): Check {
  return (value, path) => {
    check(value, path)
    isText(isRecord(value) ? value[name] : undefined, path === '' ? name : `${path}.${name}`)
  }
}

function isContext(value: unknown, path: string): void {
  if (typeof value !== 'string' || !/^c[1-9]\d?$/.test(value)) {
    throw new TypeError(`${path} must be an authentication context from c1 to c99`)
  }
}

function isConditionalAccess(value: unknown): value is ConditionalAccessOptions {
  conditionalAccess(value, '')
  return true
}

/** A Conditional Access policy from JSON. @throws TypeError naming the member that is wrong. */
export function readConditionalAccess(value: unknown): ConditionalAccessOptions {
  if (!isConditionalAccess(value)) throw new TypeError('The policy must be an object')
  return value
}

function isEmulatorOptions(value: unknown): value is EmulatorOptions {
  emulatorOptions(value, '')
  return true
}

/**
 * Checks options that come from somewhere else, such as a configuration file, before `createEmulator` gets them.
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
