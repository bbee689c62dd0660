import type { Application } from './application.ts'

/** What the verifier of the API is made with, as far as a file can say it. */
export interface Settings {
  readonly tenants: readonly string[]
  readonly audience: readonly string[]
  readonly versions: readonly string[]
  readonly appId: string | undefined
}

/** What is looked at. */
export interface Facts {
  readonly app: Application
  readonly settings: Settings | undefined
  readonly now: number
}

/** `error`: something is refused, today. `warning`: something will be, or says less than it could. */
export interface Finding {
  readonly rule: string
  readonly severity: 'error' | 'warning'
  /** What is wrong, and what to do, in one sentence each. */
  readonly text: string
  /** Under `docs/`. */
  readonly page: string
}

interface Rule extends Omit<Finding, 'text'> {
  /** What it says where it holds. */
  readonly says: (facts: Facts) => string | undefined
}

const day = 86_400_000
const shared = new Set(['organizations', 'common'])
const isMultiTenant = ({ signInAudience }: Application): boolean => signInAudience !== 'AzureADMyOrg'
const hasPersonal = ({ signInAudience }: Application): boolean => /Personal/.test(signInAudience)
const claimOf = ({ accessTokenClaims }: Application, name: string) =>
  accessTokenClaims.find((claim) => claim.name === name)
const listed = (values: readonly string[]): string => values.map((value) => `"${value}"`).join(', ')
const when = <T>(values: readonly T[], say: (values: readonly T[]) => string): string | undefined =>
  values.length === 0 ? undefined : say(values)
const isUnique = (uri: string, appId: string): boolean => uri.startsWith('https://') || uri.includes(appId)

const error = (rule: string, page: string, says: Rule['says']): Rule => ({
  rule,
  severity: 'error',
  page,
  says,
})
const warning = (rule: string, page: string, says: Rule['says']): Rule => ({
  rule,
  severity: 'warning',
  page,
  says,
})

const ofPermissions: readonly Rule[] = [
  error('no-permissions', 'errors/permissions_missing.md', ({ app }) =>
    app.scopes.length + app.appRoles.length === 0
      ? 'It offers no scope and no app role, so every token is refused: add one under "Expose an API" or "App roles".'
      : undefined,
  ),
  error('no-app-id-uri', 'registration.md', ({ app }) =>
    app.scopes.length > 0 && app.identifierUris.length === 0
      ? `It has scopes but no Application ID URI, so no client can request them: set api://${app.appId}.`
      : undefined,
  ),
  warning('disabled-scope', 'permissions.md', ({ app }) =>
    when(
      app.scopes.filter(({ isEnabled }) => !isEnabled),
      (off) =>
        `Tokens never carry the disabled scopes ${listed(off.map(({ value }) => value))}: enable or delete them.`,
    ),
  ),
  warning('disabled-role', 'permissions.md', ({ app }) =>
    when(
      app.appRoles.filter(({ isEnabled }) => !isEnabled),
      (off) =>
        `Tokens never carry the disabled app roles ${listed(off.map(({ value }) => value))}: enable or delete them.`,
    ),
  ),
  error('permission-without-value', 'permissions.md', ({ app }) =>
    [...app.scopes, ...app.appRoles].some(({ value }) => value === '')
      ? 'A scope or app role has no value, so no token can carry it: set its value.'
      : undefined,
  ),
  error('role-for-nobody', 'permissions.md', ({ app }) =>
    when(
      app.appRoles.filter(({ memberTypes }) => memberTypes.length === 0),
      (roles) =>
        `The app roles ${listed(roles.map(({ value }) => value))} cannot be assigned to anyone: allow users, applications or both as member types.`,
    ),
  ),
  error('client-without-scope', 'registration.md', ({ app }) => {
    const known = new Set(app.scopes.map(({ id }) => id))
    const lost = app.preAuthorized.filter(({ permissionIds }) => permissionIds.some((id) => !known.has(id)))
    return when(
      lost,
      (clients) =>
        `The authorized clients ${listed(clients.map(({ appId }) => appId))} are authorized for scopes that no longer exist: select their scopes again.`,
    )
  }),
]

const ofNames: readonly Rule[] = [
  error('uri-with-slash', 'tenants-and-audiences.md', ({ app }) =>
    when(
      app.identifierUris.filter((uri) => uri.endsWith('/')),
      (uris) =>
        `The Application ID URI ${listed(uris)} ends with a slash, which tokens carry too: remove it, or list the URI with the slash in audience.`,
    ),
  ),
  error('uri-without-tls', 'tenants-and-audiences.md', ({ app }) =>
    when(
      app.identifierUris.filter((uri) => uri.startsWith('http:')),
      (uris) =>
        `The Application ID URI ${listed(uris)} begins with http://, which Entra ID does not accept: use api:// or https://.`,
    ),
  ),
  error('uri-of-others', 'tenants-and-audiences.md', ({ app }) =>
    isMultiTenant(app)
      ? when(
          app.identifierUris.filter((uri) => !isUnique(uri, app.appId)),
          (uris) =>
            `Other tenants can register ${listed(uris)} too: with several tenants, the URI must contain the client id.`,
        )
      : undefined,
  ),
  error('personal-with-v1', 'versions.md', ({ app }) =>
    hasPersonal(app) && app.version === 1
      ? 'It admits personal accounts, which get v2.0 tokens only: set requestedAccessTokenVersion to 2.'
      : undefined,
  ),
  warning('v1-tokens', 'versions.md', ({ app, settings }) =>
    app.version === 1 && settings === undefined && !hasPersonal(app)
      ? 'Its tokens are v1.0, with the Application ID URI as their audience: set requestedAccessTokenVersion to 2, or accept both versions.'
      : undefined,
  ),
]

const ofClaims: readonly Rule[] = [
  warning('no-idtyp', 'registration.md', ({ app }) =>
    claimOf(app, 'idtyp') === undefined
      ? 'Its tokens do not say whether the caller is a user or an app: add the optional claim idtyp.'
      : undefined,
  ),
  warning('no-acct', 'permissions.md', ({ app }) =>
    claimOf(app, 'acct') === undefined
      ? 'Its tokens do not say who is a guest: add the optional claim acct.'
      : undefined,
  ),
  warning('no-xms-cc', 'conditional-access.md', ({ app }) =>
    claimOf(app, 'xms_cc') === undefined
      ? 'Its tokens do not say whether the client understands claims challenges, so it gets a plain 403 instead: add the optional claim xms_cc.'
      : undefined,
  ),
  warning('all-groups', 'groups.md', ({ app }) =>
    /\bAll\b/.test(app.groupMembershipClaims)
      ? 'Its tokens list all groups of a user, but none for a user in more than 200: emit only the groups assigned to the application.'
      : undefined,
  ),
  error('groups-by-name', 'groups.md', ({ app }) =>
    claimOf(app, 'groups')?.additional.some((one) =>
      /sam_account_name|cloud_displayname|netbios|dns_domain/.test(one),
    ) === true
      ? 'Its tokens list groups by name, and people can change names: emit the group id.'
      : undefined,
  ),
  error('groups-as-roles', 'groups.md', ({ app }) =>
    claimOf(app, 'groups')?.additional.includes('emit_as_roles') === true
      ? 'Its tokens list groups as app roles, so a group can pass for a role: remove emit_as_roles.'
      : undefined,
  ),
  error('encrypted', 'errors/token_encrypted.md', ({ app }) =>
    app.encryptionKeyId === ''
      ? undefined
      : 'Its tokens are encrypted, so only the holder of that key can read them: remove tokenEncryptionKeyId.',
  ),
  warning('implicit', 'security.md', ({ app }) =>
    app.givesAccessTokensImplicitly
      ? 'The authorization endpoint returns access tokens in URLs (implicit grant): turn it off and use the authorization code flow with PKCE.'
      : undefined,
  ),
]

const ofCredentials: readonly Rule[] = [
  error('secret-expired', 'on-behalf-of.md', ({ app, now }) =>
    app.secrets.length > 0 && app.secrets.every((end) => end <= now)
      ? 'All its secrets have expired (AADSTS7000222): create a new one, or better, a federated credential.'
      : undefined,
  ),
  warning('secret-expires', 'on-behalf-of.md', ({ app, now }) => {
    const last = Math.max(...app.secrets)
    return last > now && last < now + 30 * day
      ? `Its last secret expires in ${Math.ceil((last - now) / day)} days.`
      : undefined
  }),
  error('certificate-expired', 'on-behalf-of.md', ({ app, now }) =>
    app.certificates.length > 0 && app.certificates.every((end) => end <= now)
      ? 'All its certificates have expired: upload a new one.'
      : undefined,
  ),
]

const ofSettings: readonly Rule[] = [
  error('audience-v2', 'tenants-and-audiences.md', ({ app, settings }) =>
    settings !== undefined && app.version === 2 && !settings.audience.includes(app.appId)
      ? `Its tokens are v2.0 with the audience "${app.appId}", which is not in audience: every token is refused with audience_mismatch.`
      : undefined,
  ),
  error('audience-v1', 'tenants-and-audiences.md', ({ app, settings }) =>
    settings !== undefined &&
    app.version === 1 &&
    !app.identifierUris.some((uri) => settings.audience.includes(uri))
      ? `Its tokens are v1.0 with the audience ${listed(app.identifierUris)}, which is not in audience: every token is refused with audience_mismatch.`
      : undefined,
  ),
  error('version-refused', 'versions.md', ({ app, settings }) =>
    settings !== undefined && !settings.versions.includes(`${app.version}.0`)
      ? `Its tokens are v${app.version}.0, which versions does not list: every token is refused with version_refused.`
      : undefined,
  ),
  error('one-tenant', 'tenants-and-audiences.md', ({ app, settings }) =>
    settings?.tenants.some((tenant) => shared.has(tenant)) === true && !isMultiTenant(app)
      ? 'The verifier accepts tokens of any tenant, but the registration is single-tenant: users of other tenants get AADSTS50194.'
      : undefined,
  ),
  error('no-personal', 'tenants-and-audiences.md', ({ app, settings }) =>
    settings?.tenants.some((tenant) => ['common', 'consumers'].includes(tenant)) === true && !hasPersonal(app)
      ? 'The verifier accepts personal accounts, but the registration does not: nobody with a personal account can sign in.'
      : undefined,
  ),
  error('own-key', 'custom-signing-keys.md', ({ app, settings }) =>
    settings !== undefined && app.acceptsMappedClaims && settings.appId === undefined
      ? `It accepts mapped claims, so its tokens may be signed with its own key: set appId to "${app.appId}", or such tokens are refused with signing_key_not_found.`
      : undefined,
  ),
]

const rules: readonly Rule[] = [...ofPermissions, ...ofNames, ...ofClaims, ...ofCredentials, ...ofSettings]

/** What of this registration is refused, or will be: errors first. */
export function findingsOf(facts: Facts): readonly Finding[] {
  const found = rules.flatMap(({ says, rule, severity, page }): Finding[] => {
    const said = says(facts)
    return said === undefined ? [] : [{ rule, severity, text: said, page }]
  })
  return found.toSorted((a, b) => Number(b.severity === 'error') - Number(a.severity === 'error'))
}
