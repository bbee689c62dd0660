import { readAuthority, type AuthorityOptions } from './authority-options.ts'
import { b2c, isPolicyName } from '../authority/b2c.ts'
import { cloudNames, clouds, isGuid, isHostName, type CloudName } from '../authority/clouds.ts'
import { externalId } from '../authority/external-id.ts'
import { parseUrl } from '../errors/parse-url.ts'
import { lowerCase } from './option-values.ts'

/** The settings of Microsoft.Identity.Web that decide whose tokens an API accepts, as in `appsettings.json`. */
export interface MicrosoftIdentitySettings {
  readonly Instance?: string | undefined
  readonly TenantId?: string | undefined
  readonly ClientId?: string | undefined
  readonly Audience?: string | readonly string[] | undefined
  readonly Authority?: string | undefined
  readonly Domain?: string | undefined
  readonly SignUpSignInPolicyId?: string | undefined
  readonly MetadataAddress?: string | undefined
}

/** The result of {@link microsoftIdentityOptions}: options for `createVerifier`. */
export type MicrosoftIdentityOptions = Pick<AuthorityOptions, 'tenants' | 'cloud' | 'authority'> & {
  readonly audience: string | readonly string[]
}

/**
 * Converts the `AzureAd` or `AzureAdB2C` section of a Microsoft.Identity.Web configuration into options for
 * `createVerifier`. Empty settings count as absent.
 *
 * Without `Audience`, the accepted audiences are the defaults of Microsoft.Identity.Web: the client id, and
 * `api://{ClientId}` where v1.0 tokens are possible.
 *
 * @throws {TypeError} for a setting that cannot be converted. The message says what to write instead.
 *
 * @example
 * ```ts
 * createVerifier(
 *   microsoftIdentityOptions({ Instance: 'https://login.microsoftonline.com/', TenantId: tenantId, ClientId: clientId }),
 * )
 * ```
 */
export function microsoftIdentityOptions(settings: MicrosoftIdentitySettings): MicrosoftIdentityOptions {
  const given = readSettings(settings)
  const place = readPlace(given)
  const options: MicrosoftIdentityOptions = {
    ...authorityOf(given, place),
    audience: audienceOf(given, place),
  }
  // The same checks as at construction, so that the error names the configuration section it comes from.
  readAuthority(options)
  return options
}

type SettingName = keyof MicrosoftIdentitySettings
type Given = { readonly [Name in Exclude<SettingName, 'Audience'>]?: string } & {
  readonly Audience?: string | readonly string[]
}

const settingNames: readonly SettingName[] = [
  'Instance',
  'TenantId',
  'ClientId',
  'Audience',
  'Authority',
  'Domain',
  'SignUpSignInPolicyId',
  'MetadataAddress',
]

const noSecret = 'leave it out, an API needs no credential to check tokens'
const noSignIn = 'leave it out, it belongs to apps that sign users in'
const allPolicies = 'write authority: b2c({ domain, tenantId, policies }) with every policy that is accepted'

const notCarried: ReadonlyMap<string, string> = new Map([
  ['ClientSecret', noSecret],
  ['ClientCredentials', noSecret],
  ['ClientCertificates', noSecret],
  ['CallbackPath', noSignIn],
  ['SignedOutCallbackPath', noSignIn],
  ['ResetPasswordPolicyId', allPolicies],
  ['EditProfilePolicyId', allPolicies],
  ['Scopes', 'name the scopes on each route: { scopes: ["…"] }'],
  ['AppPermissions', 'name the app permissions on each route: { appPermissions: ["…"] }'],
  ['Audiences', 'write Audience, which may be a list'],
  ['AllowWebApiToBeAuthorizedByACL', 'add allowWithoutPermissions: true to the options'],
  [
    'TokenDecryptionCertificates',
    'encrypted tokens are refused: remove the certificate from the registration',
  ],
  ['ExtraQueryParameters', 'for an app-specific signing key add appId to the options'],
])

function readSettings(settings: MicrosoftIdentitySettings): Given {
  if (typeof settings !== 'object' || settings === null) throw fault('it needs an object of settings')
  const entries = Object.entries(settings)
  // A narrower Audience that a class computes must not turn into the default.
  const lost = settingNames.find((name) => name in settings && !entries.some(([own]) => own === name))
  if (lost !== undefined) throw fault(`${lost} is inherited: pass a plain object`)
  const given: Record<string, unknown> = {}
  for (const [name, value] of entries) {
    const known = settingNames.find((setting) => setting.toLowerCase() === name.toLowerCase())
    if (known !== name) {
      const instead = notCarried.get(name) ?? (known === undefined ? 'leave it out' : `write ${known}`)
      throw fault(`${name} does not carry over: ${instead}`)
    }
    if (value === undefined || value === null || value === '') continue
    const isList = name === 'Audience' && Array.isArray(value)
    if (typeof value !== 'string' && !isList) throw fault(`${name} must be a string`)
    given[name] = value
  }
  return given
}

/** Where tokens come from. What no setting says is empty. */
interface Place {
  readonly host: string
  /** GUID, domain or `common` and the like, in lower case. */
  readonly tenant: string
  readonly policy: string
  readonly kind: 'entraId' | 'externalId' | 'b2c'
}

function readPlace(given: Given): Place {
  const { Instance, Authority, MetadataAddress } = given
  if (Instance !== undefined && Authority !== undefined) {
    throw fault('Instance and Authority exclude each other: write Instance and TenantId')
  }
  const written = Object.entries({ MetadataAddress, Authority, Instance }).flatMap(([name, text]) =>
    text === undefined ? [] : [readAddress(name, text)],
  )
  // The first decides where metadata is read, and the others must mean the same: nothing of them is dropped.
  const [main = readAddress('Instance', `https://${clouds.public.loginHost}`), ...others] = written
  const isEveryTenant = main.tenant === 'common' || main.tenant === 'organizations'
  if (isEveryTenant && given.TenantId === undefined) {
    // A pasted address must not open an API to every tenant by accident.
    throw fault(
      `${main.name} ends in "${main.tenant}": to accept every tenant, write TenantId: "${main.tenant}"`,
    )
  }
  let tenant: Said = { by: 'TenantId', value: lowerCase(given.TenantId) }
  let policy: Said = { by: 'SignUpSignInPolicyId', value: given.SignUpSignInPolicyId ?? '' }
  for (const address of [main, ...others]) {
    if (!isSameLogin(address.host, main.host))
      throw fault(
        `${address.name} and ${main.name} contradict each other: they name two clouds or two directories`,
      )
    tenant = same(tenant, { by: address.name, value: address.tenant })
    policy = same(policy, { by: address.name, value: address.policy })
  }
  if (MetadataAddress !== undefined && policy.value !== '' && main.policy === '')
    throw fault('MetadataAddress names no policy: write the address of the metadata of SignUpSignInPolicyId')
  const isB2c = policy.value !== '' || main.host.endsWith('.b2clogin.com')
  const kind = isB2c ? 'b2c' : main.host.endsWith('.ciamlogin.com') ? 'externalId' : 'entraId'
  return { host: main.host, tenant: tenant.value, policy: policy.value, kind }
}

/** One of the settings that are addresses. What it does not say is empty. */
interface Address {
  readonly name: string
  readonly host: string
  /** In lower case. */
  readonly tenant: string
  readonly policy: string
}

function readAddress(name: string, text: string): Address {
  const url = readUrl(name, text)
  const segments = segmentsOf(url)
  if (name === 'Instance' && segments.length > 0) throw fault('Instance must be a host without a path')
  const [tenant, second] = segments
  const [version, ...more] = segments.slice(isPolicyName(second) ? 2 : 1)
  if (name === 'Authority' && (more.length > 0 || (version ?? 'v2.0').toLowerCase() !== 'v2.0'))
    throw fault(
      'Authority must be "{host}/{tenant}", for B2C "{host}/{tenant}/{policy}", with or without "/v2.0"',
    )
  const policy = url.searchParams.get('p') ?? (isPolicyName(second) ? second : undefined) ?? ''
  return { name, host: url.hostname, tenant: lowerCase(tenant), policy }
}

/** MSAL writes `/tfp/` in front of a B2C tenant. */
function segmentsOf({ pathname }: URL): readonly string[] {
  const segments = pathname.split('/').filter((segment) => segment !== '')
  return segments[0]?.toLowerCase() === 'tfp' ? segments.slice(1) : segments
}

function isSameLogin(one: string, other: string): boolean {
  const cloud = knownCloudOf(one)
  return one === other || (cloud !== undefined && cloud === knownCloudOf(other))
}

function readUrl(name: string, text: string): URL {
  const url = parseUrl(text)
  if (url?.protocol !== 'https:' || !isHostName(url.hostname)) throw fault(`${name} must be an https URL`)
  // None of these carries over: whoever wrote one would believe that it counts.
  if (url.username !== '' || url.password !== '' || url.port !== '' || url.hash !== '')
    throw fault(`${name} must be an https URL without user, port and fragment`)
  if (url.search !== '' && name !== 'MetadataAddress') {
    throw fault(`${name} must have no query: for an app-specific signing key add appId to the options`)
  }
  return url
}

/** A value, and the setting that it stands in. */
interface Said {
  readonly by: string
  readonly value: string
}

/** One value that may stand in two places. B2C writes the tenant by name in one and by id in the other. */
function same(one: Said, other: Said): Said {
  const differ =
    one.value !== '' && other.value !== '' && one.value.toLowerCase() !== other.value.toLowerCase()
  if (differ && isGuid(one.value) === isGuid(other.value))
    throw fault(`${one.by} and ${other.by} contradict each other`)
  return one.value === '' || (differ && isGuid(other.value)) ? other : one
}

function authorityOf(given: Given, place: Place): Omit<MicrosoftIdentityOptions, 'audience'> {
  if (given.MetadataAddress !== undefined) return { authority: pinned(given.MetadataAddress, place.tenant) }
  if (place.kind === 'b2c') return { authority: b2cOf(given, place) }
  const { host, tenant } = place
  if (place.kind === 'externalId') {
    if (!isGuid(tenant))
      throw fault('TenantId must be the GUID of the External ID tenant: its issuer names it')
    return { authority: externalId({ subdomain: host.slice(0, -'.ciamlogin.com'.length), tenantId: tenant }) }
  }
  if (tenant === '') throw fault('TenantId is missing')
  const cloud = cloudOf(host)
  return { tenants: tenant, ...(cloud !== 'public' && { cloud }) }
}

/** A metadata address that names the tenant by its id, where that is known: a domain may move to another tenant. */
function pinned(address: string, tenant: string): string {
  const url = new URL(address)
  const [named] = segmentsOf(url)
  if (!isGuid(tenant) || named === undefined || isGuid(named.toLowerCase())) return address
  url.pathname = url.pathname.replace(`/${named}/`, `/${tenant}/`)
  return url.href
}

function b2cOf(given: Given, { host, tenant, policy }: Place): MicrosoftIdentityOptions['authority'] & {} {
  if (policy === '') throw fault('SignUpSignInPolicyId is missing: B2C tokens come from a policy')
  if (isGuid(tenant)) return b2c({ domain: host, tenantId: tenant, policies: [policy] })
  const domain = tenant === '' ? given.Domain : tenant
  if (domain === undefined) throw fault('Domain or TenantId is missing: one of them names the B2C tenant')
  if (!host.endsWith('.b2clogin.com'))
    throw fault('TenantId must be the GUID of the tenant behind a custom domain')
  return `https://${host}/${domain}/${policy}/v2.0`
}

function knownCloudOf(host: string): CloudName | undefined {
  return cloudNames.find(
    (name) => clouds[name].loginHost === host || clouds[name].aliases?.includes(host) === true,
  )
}

function cloudOf(host: string): CloudName {
  const name = knownCloudOf(host)
  if (name !== undefined) return name
  throw fault(
    `the host ${host} belongs to no known cloud: write the options by hand, with cloud: { loginHost, v1IssuerHost }, ` +
      'b2c(...) or externalId({ subdomain, tenantId, domain })',
  )
}

function audienceOf({ Audience, ClientId }: Given, { kind }: Place): string | readonly string[] {
  if (Audience !== undefined) return Audience
  const clientId = lowerCase(ClientId)
  if (!isGuid(clientId)) throw fault('ClientId must be the client id (GUID) of this API, or set Audience')
  // Only Entra ID also issues v1.0 tokens, whose audience is the Application ID URI.
  return kind === 'entraId' ? [clientId, `api://${clientId}`] : [clientId]
}

function fault(reason: string): TypeError {
  return new TypeError(`microsoftIdentityOptions: ${reason}`)
}
