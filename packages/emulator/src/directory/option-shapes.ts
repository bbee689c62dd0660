import type { EmulatorOptions } from './options.ts'
import {
  hasMembers,
  isFlag,
  isFunction,
  isList,
  isObject,
  isOneOf,
  isRecord,
  isText,
  isTexts,
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
  redirectUris: isTexts,
  grantedPermissions: isTexts,
  groupClaims: isFlag,
  scopes: isTexts,
  appRoles: isList(
    textOr(hasMembers({ value: isText, allowedMemberTypes: isList(isOneOf('User', 'Application')) })),
  ),
  tokenVersion: isOneOf('1.0', '2.0'),
  optionalClaims: isTexts,
  claimsMapping: isObject,
  samlSso: isFlag,
})

const user = hasMembers({
  id: isText,
  tenantId: isText,
  name: isText,
  givenName: isText,
  familyName: isText,
  userPrincipalName: isText,
  email: isText,
  roles: isTexts,
  guestFrom: isText,
})

const group = hasMembers({ id: isText, tenantId: isText, name: isText, members: isTexts })

const emulatorOptions = hasMembers({
  tenants: isList(tenant),
  apps: isList(app),
  users: isList(requiring('userPrincipalName', user)),
  groups: isList(group),
  now: isFunction,
})

/** A plain name, or the whole thing. */
function textOr(check: Check): Check {
  return (value, path) => {
    if (typeof value !== 'string') check(value, path)
  }
}

function requiring(name: string, check: Check): Check {
  return (value, path) => {
    check(value, path)
    isText(isRecord(value) ? value[name] : undefined, `${path}.${name}`)
  }
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
