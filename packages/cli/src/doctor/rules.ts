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
      ? 'It offers no scope and no app role, so every token is refused: add one under Expose an API or App roles.'
      : undefined,
  ),
  error('no-app-id-uri', 'registration.md', ({ app }) =>
    app.scopes.length > 0 && app.identifierUris.length === 0
      ? `It has scopes and no Application ID URI, so that no client can ask for them: set api://${app.appId}.`
      : undefined,
  ),
  warning('disabled-scope', 'permissions.md', ({ app }) =>
    when(
      app.scopes.filter(({ isEnabled }) => !isEnabled),
      (off) => `Nobody gets the disabled scopes ${listed(off.map(({ value }) => value))}.`,
    ),
  ),
  warning('disabled-role', 'permissions.md', ({ app }) =>
    when(
      app.appRoles.filter(({ isEnabled }) => !isEnabled),
      (off) => `Nobody gets the disabled app roles ${listed(off.map(({ value }) => value))}.`,
    ),
  ),
  error('permission-without-value', 'permissions.md', ({ app }) =>
    [...app.scopes, ...app.appRoles].some(({ value }) => value === '')
      ? 'A scope or app role has no value: a token cannot name it.'
      : undefined,
  ),
  error('role-for-nobody', 'permissions.md', ({ app }) =>
    when(
      app.appRoles.filter(({ memberTypes }) => memberTypes.length === 0),
      (roles) =>
        `The app roles ${listed(roles.map(({ value }) => value))} are for nobody: allow Users, Applications or both.`,
    ),
  ),
  error('client-without-scope', 'registration.md', ({ app }) => {
    const known = new Set(app.scopes.map(({ id }) => id))
    const lost = app.preAuthorized.filter(({ permissionIds }) => permissionIds.some((id) => !known.has(id)))
    return when(
      lost,
      (clients) =>
        `The authorized clients ${listed(clients.map(({ appId }) => appId))} are allowed scopes that are gone: choose theirs anew.`,
    )
  }),
]

const ofNames: readonly Rule[] = [
  error('uri-with-slash', 'tenants-and-audiences.md', ({ app }) =>
    when(
      app.identifierUris.filter((uri) => uri.endsWith('/')),
      (uris) =>
        `The Application ID URI ${listed(uris)} ends with a slash: a token has it, and an audience without it is another one.`,
    ),
  ),
  error('uri-without-tls', 'tenants-and-audiences.md', ({ app }) =>
    when(
      app.identifierUris.filter((uri) => uri.startsWith('http:')),
      (uris) =>
        `The Application ID URI ${listed(uris)} is one of http: Entra ID takes api:// and https:// for it.`,
    ),
  ),
  error('uri-of-others', 'tenants-and-audiences.md', ({ app }) =>
    isMultiTenant(app)
      ? when(
          app.identifierUris.filter((uri) => !isUnique(uri, app.appId)),
          (uris) =>
            `Other tenants can register ${listed(uris)}, too: with several tenants the client id has to be in it.`,
        )
      : undefined,
  ),
  error('personal-with-v1', 'versions.md', ({ app }) =>
    hasPersonal(app) && app.version === 1
      ? 'It takes personal accounts, and those get v2.0 tokens only: set requestedAccessTokenVersion to 2.'
      : undefined,
  ),
  warning('v1-tokens', 'versions.md', ({ app, settings }) =>
    app.version === 1 && settings === undefined && !hasPersonal(app)
      ? 'Its tokens are v1.0, with the Application ID URI for an audience: set requestedAccessTokenVersion to 2, or accept both.'
      : undefined,
  ),
]

const ofClaims: readonly Rule[] = [
  warning('no-idtyp', 'registration.md', ({ app }) =>
    claimOf(app, 'idtyp') === undefined
      ? 'Its tokens do not say whether a user or an app calls: add the optional claim idtyp.'
      : undefined,
  ),
  warning('no-acct', 'permissions.md', ({ app }) =>
    claimOf(app, 'acct') === undefined
      ? 'Its tokens do not say who is a guest: add the optional claim acct.'
      : undefined,
  ),
  warning('no-xms-cc', 'conditional-access.md', ({ app }) =>
    claimOf(app, 'xms_cc') === undefined
      ? 'Its tokens do not say whether a client understands claims challenges, which become a bare 403: add the optional claim xms_cc.'
      : undefined,
  ),
  warning('all-groups', 'groups.md', ({ app }) =>
    /\bAll\b/.test(app.groupMembershipClaims)
      ? 'Its tokens hold all groups of a user, and none of somebody with more than 200: emit those assigned to the application.'
      : undefined,
  ),
  error('groups-by-name', 'groups.md', ({ app }) =>
    claimOf(app, 'groups')?.additional.some((one) =>
      /sam_account_name|cloud_displayname|netbios|dns_domain/.test(one),
    ) === true
      ? 'Its tokens hold names of groups, which are no ids and which people can change: emit the group id.'
      : undefined,
  ),
  error('groups-as-roles', 'groups.md', ({ app }) =>
    claimOf(app, 'groups')?.additional.includes('emit_as_roles') === true
      ? 'Its tokens hold groups in the place of app roles, so that a group can look like a role: leave emit_as_roles out.'
      : undefined,
  ),
  error('encrypted', 'errors/token_encrypted.md', ({ app }) =>
    app.encryptionKeyId === ''
      ? undefined
      : 'Its tokens are encrypted, and nobody but the owner of that key can check them: remove tokenEncryptionKeyId.',
  ),
  warning('implicit', 'security.md', ({ app }) =>
    app.givesAccessTokensImplicitly
      ? 'The authorization endpoint hands out access tokens in addresses (implicit grant): switch it off, pages use a code with PKCE.'
      : undefined,
  ),
]

const ofCredentials: readonly Rule[] = [
  error('secret-expired', 'on-behalf-of.md', ({ app, now }) =>
    app.secrets.length > 0 && app.secrets.every((end) => end <= now)
      ? 'All its secrets have expired (AADSTS7000222): make another one, or better a federated credential.'
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
      ? 'All its certificates have expired: upload another one.'
      : undefined,
  ),
]

const ofSettings: readonly Rule[] = [
  error('audience-v2', 'tenants-and-audiences.md', ({ app, settings }) =>
    settings !== undefined && app.version === 2 && !settings.audience.includes(app.appId)
      ? `Its tokens are v2.0 and for "${app.appId}", which is not in audience: every one is audience_mismatch.`
      : undefined,
  ),
  error('audience-v1', 'tenants-and-audiences.md', ({ app, settings }) =>
    settings !== undefined &&
    app.version === 1 &&
    !app.identifierUris.some((uri) => settings.audience.includes(uri))
      ? `Its tokens are v1.0 and for ${listed(app.identifierUris)}, none of which is in audience: every one is audience_mismatch.`
      : undefined,
  ),
  error('version-refused', 'versions.md', ({ app, settings }) =>
    settings !== undefined && !settings.versions.includes(`${app.version}.0`)
      ? `Its tokens are v${app.version}.0, which versions leaves out: every one is version_refused.`
      : undefined,
  ),
  error('one-tenant', 'tenants-and-audiences.md', ({ app, settings }) =>
    settings?.tenants.some((tenant) => shared.has(tenant)) === true && !isMultiTenant(app)
      ? 'The verifier takes tokens of any tenant, and the registration is for one: users of others get AADSTS50194.'
      : undefined,
  ),
  error('no-personal', 'tenants-and-audiences.md', ({ app, settings }) =>
    settings?.tenants.some((tenant) => ['common', 'consumers'].includes(tenant)) === true && !hasPersonal(app)
      ? 'The verifier takes personal accounts, and the registration does not: nobody with one can sign in.'
      : undefined,
  ),
  error('own-key', 'custom-signing-keys.md', ({ app, settings }) =>
    settings !== undefined && app.acceptsMappedClaims && settings.appId === undefined
      ? `It has mapped claims, so its tokens are signed by a key of its own: set appId to "${app.appId}", or every one is signing_key_not_found.`
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
