import { UsageError } from '../terminal.ts'

/** As much of Microsoft Graph's resource `application` as is looked at, in the form that `az ad app show` prints. */
export interface Application {
  readonly appId: string
  readonly displayName: string
  readonly signInAudience: string
  readonly identifierUris: readonly string[]
  /** 1 where nothing is set, as Entra ID has it. */
  readonly version: 1 | 2
  readonly scopes: readonly Permission[]
  readonly appRoles: readonly Role[]
  readonly preAuthorized: ReadonlyArray<{ readonly appId: string; readonly permissionIds: readonly string[] }>
  readonly accessTokenClaims: ReadonlyArray<{ readonly name: string; readonly additional: readonly string[] }>
  readonly groupMembershipClaims: string
  readonly acceptsMappedClaims: boolean
  readonly encryptionKeyId: string
  readonly givesAccessTokensImplicitly: boolean
  readonly isPublicClient: boolean
  readonly redirects: ReadonlyArray<{
    readonly uri: string
    readonly platform: 'web' | 'spa' | 'publicClient'
  }>
  /** When they end, in milliseconds since the epoch. */
  readonly secrets: readonly number[]
  readonly certificates: readonly number[]
}

interface Permission {
  readonly id: string
  readonly value: string
  readonly isEnabled: boolean
}

interface Role extends Permission {
  readonly memberTypes: readonly string[]
}

type Members = Readonly<Record<string, unknown>>

const isMembers = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const members = (value: unknown): Members => (isMembers(value) ? value : {})
const list = (value: unknown): readonly Members[] => (Array.isArray(value) ? value.filter(isMembers) : [])
const text = (value: unknown): string => (typeof value === 'string' ? value : '')
const texts = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter((item) => typeof item === 'string') : []
const ends = (value: unknown): readonly number[] =>
  list(value).map(({ endDateTime }) => Date.parse(text(endDateTime)))

const permissionOf = ({ id, value, isEnabled }: Members): Permission => ({
  id: text(id),
  value: text(value),
  isEnabled: isEnabled !== false,
})

/** @throws {UsageError} for a text that is no application. */
export function readApplication(source: string): Application {
  let value: unknown
  try {
    value = JSON.parse(source)
  } catch {
    throw new UsageError('The file is not JSON: create it with "az ad app show --id CLIENT_ID > app.json"')
  }
  const app = members(value)
  const { appId, displayName, signInAudience, identifierUris, groupMembershipClaims } = app
  if (text(appId) === '' || text(signInAudience) === '')
    throw new UsageError(
      'The file lacks appId or signInAudience, so it is not an app registration: "az ad app show --id CLIENT_ID" prints one',
    )
  const api = members(app['api'])
  const { accessToken } = members(app['optionalClaims'])
  const web = members(members(app['web'])['implicitGrantSettings'])
  return {
    appId: text(appId).toLowerCase(),
    displayName: text(displayName),
    signInAudience: text(signInAudience),
    identifierUris: texts(identifierUris),
    version: api['requestedAccessTokenVersion'] === 2 ? 2 : 1,
    scopes: list(api['oauth2PermissionScopes']).map(permissionOf),
    appRoles: list(app['appRoles']).map((role) =>
      Object.assign(permissionOf(role), { memberTypes: texts(role['allowedMemberTypes']) }),
    ),
    preAuthorized: list(api['preAuthorizedApplications']).map((client) => ({
      appId: text(client['appId']),
      permissionIds: texts(client['delegatedPermissionIds']),
    })),
    accessTokenClaims: list(accessToken).map(({ name, additionalProperties }) => ({
      name: text(name),
      additional: texts(additionalProperties),
    })),
    groupMembershipClaims: text(groupMembershipClaims),
    acceptsMappedClaims: api['acceptMappedClaims'] === true,
    encryptionKeyId: text(app['tokenEncryptionKeyId']),
    givesAccessTokensImplicitly: web['enableAccessTokenIssuance'] === true,
    isPublicClient: app['isFallbackPublicClient'] === true,
    redirects: (['web', 'spa', 'publicClient'] as const).flatMap((platform) =>
      texts(members(app[platform])['redirectUris']).map((uri) => ({ uri, platform })),
    ),
    secrets: ends(app['passwordCredentials']),
    certificates: ends(app['keyCredentials']),
  }
}
