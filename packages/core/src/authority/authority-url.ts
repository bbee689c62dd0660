import type { AuthorityRule } from './authority.ts'
import { b2cAuthority, isPolicyName } from './b2c.ts'
import { clouds, isGuid, isHostName, personalTenantId, type Cloud } from './clouds.ts'
import { entraAuthority, type TenantSelection } from './entra-authority.ts'
import { externalId, externalIdAuthority } from './external-id.ts'
import { textProblem } from '../options/option-values.ts'

const wellKnown = '/.well-known/openid-configuration'

interface AuthorityUrl {
  readonly host: string
  /** Path segments before `/.well-known/…`, the version taken away. */
  readonly segments: readonly string[]
  /** The whole address without its query, when it names the metadata document itself. */
  readonly metadataAddress?: string
  readonly appId?: string
  /** `?p=`, an older way to name a B2C policy. */
  readonly policy?: string
}

/**
 * Reads an authority written as a URL: `{instance}/{tenant}[/v2.0]` or a whole metadata address.
 *
 * @throws {TypeError} that names the option to write instead.
 */
export function readAuthorityUrl(
  text: string,
  cloud: Cloud | undefined,
  appId: string | undefined,
): AuthorityRule {
  const url = parseAuthorityUrl(text)
  if (url.appId !== undefined && appId !== undefined && url.appId !== appId) {
    throw new TypeError('authority and appId name two different apps: write the client id once, as appId')
  }
  const app = appId ?? url.appId
  if (url.host.endsWith('.b2clogin.com')) return b2cFromUrl(url, app)
  if (url.policy !== undefined)
    throw unknownAuthority('"?p=" belongs to B2C: write authority: b2c({ domain, tenantId, policies })')
  if (url.host.endsWith('.ciamlogin.com')) return externalIdFromUrl(url, app)
  return entraFromUrl(url, knownCloud(url.host, cloud), app)
}

function parseAuthorityUrl(text: string): AuthorityUrl {
  // The parser of URLs takes away what is invisible, and what was pasted would not be what is shown.
  const problem = textProblem(text)
  if (problem !== undefined) throw unknownAuthority(`it ${problem}`)
  let url: URL
  try {
    url = new URL(text)
  } catch {
    throw unknownAuthority('it is not a URL')
  }
  if (
    url.protocol !== 'https:' ||
    url.username !== '' ||
    url.password !== '' ||
    url.hash !== '' ||
    url.port !== ''
  ) {
    throw unknownAuthority('it must be a plain https URL without user, port or fragment')
  }
  if (!isHostName(url.hostname)) throw unknownAuthority('its host must be a DNS name')
  const isMetadata = url.pathname.endsWith(wellKnown)
  const names = [...url.searchParams.keys()]
  const [name] = names
  if (names.length > 1 || (name !== undefined && !(isMetadata && (name === 'appid' || name === 'p')))) {
    throw unknownAuthority('only a metadata address may have a query, "?appid=" or "?p="')
  }
  const path = isMetadata ? url.pathname.slice(0, -wellKnown.length) : url.pathname
  const segments = path.split('/').filter((segment) => segment !== '')
  if (segments.at(-1)?.toLowerCase() === 'v2.0') segments.pop()
  const app = url.searchParams.get('appid')?.toLowerCase() ?? null
  const policy = url.searchParams.get('p')
  if (app !== null && !isGuid(app)) throw unknownAuthority('"appid" must be a client id')
  return {
    host: url.hostname,
    segments,
    ...(isMetadata && { metadataAddress: `https://${url.hostname}${url.pathname}` }),
    ...(app !== null && { appId: app }),
    ...(policy !== null && { policy }),
  }
}

function knownCloud(host: string, configured: Cloud | undefined): Cloud {
  const candidates = configured === undefined ? Object.values(clouds) : [configured]
  const found = candidates.find((cloud) => cloud.loginHost === host || cloud.aliases?.includes(host) === true)
  if (found !== undefined) return found
  throw unknownAuthority(
    `the host ${host} is not one of ${configured === undefined ? 'a known cloud' : 'the configured cloud'}: write tenants ` +
      'with cloud: { loginHost, v1IssuerHost } for another cloud, b2c(...) for B2C, or externalId(...) for a custom domain',
  )
}

function entraFromUrl(url: AuthorityUrl, cloud: Cloud, appId: string | undefined): AuthorityRule {
  const [tenant, ...rest] = url.segments
  if (tenant === undefined || rest.length > 0)
    throw unknownAuthority('its path must be one tenant, "/{tenant}/v2.0"')
  return entraAuthority({
    cloud,
    tenants: selectionOf(tenant.toLowerCase()),
    appId,
    metadataAddress: url.metadataAddress,
  })
}

function selectionOf(tenant: string): TenantSelection {
  if (tenant === 'consumers') return { kind: 'tenant', tenantId: personalTenantId, path: 'consumers' }
  if (tenant === 'common' || tenant === 'organizations') {
    // A pasted URL must not open an API to every tenant by accident.
    throw unknownAuthority(`to accept every tenant of it, write tenants: '${tenant}'`)
  }
  if (isGuid(tenant)) return { kind: 'tenant', tenantId: tenant }
  if (isHostName(tenant)) return { kind: 'domain', domain: tenant }
  throw unknownAuthority('its tenant must be a GUID or a verified domain')
}

function externalIdFromUrl(url: AuthorityUrl, appId: string | undefined): AuthorityRule {
  const [tenantId, ...rest] = url.segments
  if (tenantId === undefined || rest.length > 0 || !isGuid(tenantId.toLowerCase())) {
    throw unknownAuthority(
      'write authority: externalId({ subdomain, tenantId }), which needs the GUID of the tenant',
    )
  }
  const subdomain = url.host.slice(0, -'.ciamlogin.com'.length)
  return externalIdAuthority(externalId({ subdomain, tenantId }), appId, url.metadataAddress)
}

function b2cFromUrl(url: AuthorityUrl, appId: string | undefined): AuthorityRule {
  // MSAL writes `/tfp/` in front; both lead to the same document.
  const [tenant, inPath, ...rest] = url.segments[0] === 'tfp' ? url.segments.slice(1) : url.segments
  const name = url.policy ?? inPath
  const wellFormed = rest.length === 0 && (url.policy === undefined || inPath === undefined)
  if (tenant === undefined || !wellFormed || !isPolicyName(name)) {
    throw unknownAuthority('write authority: b2c({ domain, tenantId, policies })')
  }
  if (appId !== undefined) throw new TypeError('appId does not apply to B2C: its keys belong to policies')
  const path = url.metadataAddress ?? `https://${url.host}/${tenant}/${name}/v2.0${wellKnown}`
  const metadataAddress = url.policy === undefined ? path : `${path}?p=${name}`
  const tenantId = tenant.toLowerCase()
  return b2cAuthority({
    domain: url.host,
    tenantId: isGuid(tenantId) ? tenantId : undefined,
    policies: [{ name, metadataAddress }],
  })
}

function unknownAuthority(reason: string): TypeError {
  return new TypeError(`authority cannot be used: ${reason}`)
}
