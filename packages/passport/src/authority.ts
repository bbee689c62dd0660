import { b2c, clouds, type CloudName, type VerifierOptions } from '@entraguard/core'

import type { LegacyOptions } from './read-options.ts'

/** The options of `createVerifier` that say whose tokens are accepted. */
export type AuthorityPart = Pick<VerifierOptions, 'tenants' | 'authority' | 'cloud' | 'appId' | 'versions'>

const wellKnown = '/.well-known/openid-configuration'
const guid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

interface Address {
  readonly host: string
  /** The path without the version and the end that all metadata have. */
  readonly segments: readonly string[]
  readonly version: '1.0' | '2.0'
  readonly appId: string | undefined
  readonly policy: string | undefined
  /** The whole, as core takes it. */
  readonly text: string
}

/** True if the tenant is known only from `tenantIdOrName` of `passport.authenticate`, or not at all. */
export function isCommon({ identityMetadata }: LegacyOptions): boolean {
  return parseAddress(identityMetadata).segments.includes('common')
}

/**
 * Whose tokens options of passport-azure-ad accept. `tenant` is what `passport.authenticate` was told.
 * @throws {TypeError} for what leads nowhere, and for what would accept more than it says.
 */
export function authorityOf(options: LegacyOptions, tenant: string | undefined): AuthorityPart {
  const address = parseAddress(options.identityMetadata)
  if (!options.validateIssuer && options.issuers.length > 0)
    throw new TypeError(
      'BearerStrategy: issuer has no effect with validateIssuer: false: set only one of them',
    )
  const at =
    tenant === undefined ? address : { ...address, segments: replaceCommon(address.segments, tenant) }
  if (options.isB2C || at.host.endsWith('.b2clogin.com')) return b2cPart(options, at)
  if (at.policy !== undefined)
    throw new TypeError('BearerStrategy: "?p=" in identityMetadata belongs to B2C: set isB2C and policyName')
  if (at.host.endsWith('.ciamlogin.com')) return externalIdPart(at)
  return entraPart(options, at, tenant)
}

function parseAddress(text: string): Address {
  // What is no URL at all is refused below, like any other that is not https.
  const url = new URL(URL.canParse(text) ? text : 'about:blank')
  // Samples of Microsoft end in a slash.
  const path = url.pathname.replace(/\/$/, '')
  const isPlain = url.username === '' && url.password === '' && url.hash === ''
  if (url.protocol !== 'https:' || !path.endsWith(wellKnown) || !isPlain)
    throw new TypeError(
      `BearerStrategy: identityMetadata must be an https URL that ends in ${wellKnown}, without user and fragment`,
    )
  const names = [...url.searchParams.keys()]
  if (names.some((name) => name !== 'appid' && name !== 'p') || names.length > 1)
    throw new TypeError(
      'BearerStrategy: the query of identityMetadata may only be "?appid=" or "?p=", and only one of them',
    )
  const segments = path
    .slice(0, -wellKnown.length)
    .split('/')
    .filter((segment) => segment !== '')
  const isV2 = segments.at(-1)?.toLowerCase() === 'v2.0'
  return {
    host: url.host,
    segments: (isV2 ? segments.slice(0, -1) : segments).map((segment, index) =>
      index === 0 ? segment.toLowerCase() : segment,
    ),
    version: isV2 ? '2.0' : '1.0',
    appId: url.searchParams.get('appid') ?? undefined,
    policy: url.searchParams.get('p') ?? undefined,
    text: `https://${url.host}${path}${url.search}`,
  }
}

const words: ReadonlySet<string> = new Set(['common', 'organizations', 'consumers'])

/** A path would lead elsewhere. Of the words none is wider than the `common` that it stands for. */
export function readTenant(tenant: unknown): string {
  if (typeof tenant === 'string') {
    const name = tenant.toLowerCase()
    if (guid.test(name) || words.has(name) || /^[a-z0-9-]+(?:\.[a-z0-9-]+)+$/.test(name)) return name
  }
  throw new TypeError(
    'passport.authenticate: tenantIdOrName must be the GUID or a verified domain of one tenant',
  )
}

const replaceCommon = (segments: readonly string[], tenant: string): readonly string[] =>
  segments.map((segment) => (segment === 'common' ? tenant : segment))

/** The tenant is in the address, and core reads it from there. */
function externalIdPart({ segments, text }: Address): AuthorityPart {
  if (guid.test(segments[0] ?? '')) return { authority: text }
  throw new TypeError('BearerStrategy: identityMetadata of External ID must name the tenant by its GUID')
}

function entraPart(options: LegacyOptions, address: Address, asked: string | undefined): AuthorityPart {
  const cloud = cloudOf(options, address.host)
  const [tenant, ...rest] = address.segments
  if (tenant === undefined || rest.length > 0)
    throw new TypeError('BearerStrategy: the path of identityMetadata must name one tenant')
  const base = {
    ...(cloud !== undefined && { cloud }),
    ...(address.appId !== undefined && { appId: address.appId }),
  }
  if (options.issuers.length > 0) {
    const { tenants, versions } = readIssuers(options, address.host)
    if (asked === undefined) refuseOtherKeys(tenant, tenants)
    // Which of the issuers counts the comparison decides; a tenant that was asked for can only narrow them.
    return { ...base, tenants: asked ?? (tenants.length === 1 ? tenants[0] : tenants), versions }
  }
  if (!options.validateIssuer) return { ...base, tenants: tenant }
  if (tenant === 'common' || tenant === 'organizations') {
    throw new TypeError(
      `BearerStrategy: the metadata of ${tenant} names no issuer: set issuer, or validateIssuer: false to accept every ` +
        'tenant, or pass tenantIdOrName to passport.authenticate (with common)',
    )
  }
  return { ...base, tenants: tenant, versions: [address.version] }
}

/** `undefined` for the public cloud, which needs no option. */
function cloudOf(options: LegacyOptions, host: string): VerifierOptions['cloud'] {
  const own = options.more.cloud
  if (own !== undefined) return own
  const known = knownCloud(host)
  if (known === undefined) {
    throw new TypeError(
      `BearerStrategy: ${host} in identityMetadata is not a host of a known cloud: set cloud, set isB2C with policyName, or ` +
        'create a verifier with createVerifier and pass { verifier }',
    )
  }
  return known === 'public' ? undefined : known
}

const cloudNames = Object.keys(clouds).filter((name): name is CloudName => Object.hasOwn(clouds, name))

function knownCloud(host: string): CloudName | undefined {
  return cloudNames.find((name) => {
    const { loginHost, aliases } = clouds[name]
    return loginHost === host || aliases?.includes(host) === true
  })
}

/** The tenants and versions of a list of issuers. One that Entra ID writes nowhere would refuse everybody. */
function readIssuers(
  options: LegacyOptions,
  host: string,
): { readonly tenants: readonly string[]; readonly versions: readonly ('1.0' | '2.0')[] } {
  const name = cloudOf(options, host) ?? 'public'
  const { loginHost, v1IssuerHost } = typeof name === 'string' ? clouds[name] : name
  const tenants = new Set<string>()
  const versions = new Set<'1.0' | '2.0'>()
  for (const issuer of options.issuers) {
    const tenant = issuer.split('/').find((segment) => guid.test(segment))
    const version = issuer === `https://${loginHost}/${tenant}/v2.0` ? '2.0' : '1.0'
    if (tenant === undefined || (version === '1.0' && issuer !== `https://${v1IssuerHost}/${tenant}/`)) {
      throw new TypeError(
        `BearerStrategy: no token carries the issuer "${issuer}": use "https://${loginHost}/{tenant id}/v2.0" or, for ` +
          `v1.0 tokens, "https://${v1IssuerHost ?? 'not known here'}/{tenant id}/", the id in lower case`,
      )
    }
    tenants.add(tenant)
    versions.add(version)
  }
  return { tenants: [...tenants], versions: [...versions] }
}

const personal = '9188040d-6c67-4c5b-b112-36a304b66dad'

/** Personal accounts have keys of their own, which only the documents of common and consumers hold. */
function refuseOtherKeys(metadataOf: string, tenants: readonly string[]): void {
  const isWrong = (tenant: string): boolean => (tenant === personal) !== (metadataOf === 'consumers')
  if (metadataOf !== 'common' && metadataOf !== personal && tenants.some(isWrong)) {
    throw new TypeError(
      `BearerStrategy: the keys of ${metadataOf} in identityMetadata sign no token of an issuer in issuer: personal ` +
        'accounts and others share the metadata of common alone',
    )
  }
}

function b2cPart(options: LegacyOptions, { host, segments, policy, version, appId }: Address): AuthorityPart {
  if (appId !== undefined) throw new TypeError('BearerStrategy: "?appid=" does not apply to B2C')
  if (version !== '2.0') throw new TypeError('BearerStrategy: B2C has metadata under /v2.0/ only')
  if (knownCloud(host) !== undefined)
    throw new TypeError(
      `BearerStrategy: ${host} is not a host of B2C: identityMetadata must be on {tenant}.b2clogin.com`,
    )
  const [written, inPath, ...rest] = segments[0] === 'tfp' ? segments.slice(1) : segments
  const tenant = written?.toLowerCase()
  const names = [options.policyName, inPath, policy].filter((name) => name !== undefined)
  const [name] = names
  if (!options.isB2C && options.policyName !== undefined && inPath === undefined)
    throw new TypeError('BearerStrategy: policyName needs isB2C: true')
  if (options.isB2C && options.policyName === undefined)
    throw new TypeError('BearerStrategy: isB2C needs policyName, for example "B2C_1_signupsignin"')
  if (name === undefined || !/^b2c_1a?_[0-9a-z._-]+$/i.test(name))
    throw new TypeError(
      'BearerStrategy: policyName must be the name of a B2C policy, "B2C_1_…" or "B2C_1A_…"',
    )
  if (names.some((other) => other.toLowerCase() !== name.toLowerCase()))
    throw new TypeError('BearerStrategy: policyName and identityMetadata name two different policies')
  if (tenant === undefined || tenant === 'common' || rest.length > 0) {
    throw new TypeError(
      'BearerStrategy: identityMetadata of B2C must name one tenant, or common with tenantIdOrName in passport.authenticate',
    )
  }
  if (!options.issuers.every((issuer) => issuer.startsWith(`https://${host}/`)))
    throw new TypeError(
      `BearerStrategy: the tokens of this policy have an issuer that begins with https://${host}/`,
    )
  if (guid.test(tenant)) return { authority: b2c({ domain: host, tenantId: tenant, policies: [name] }) }
  if (host.endsWith('.b2clogin.com'))
    return { authority: `https://${host}/${tenant}/${name}/v2.0${wellKnown}` }
  throw new TypeError(
    'BearerStrategy: with a custom domain, identityMetadata must name the B2C tenant by its GUID',
  )
}
