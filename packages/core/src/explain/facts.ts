import { parseUrl } from '../errors/parse-url.ts'
import type { AuthorityKind, TokenVersion } from '../authority/authority.ts'
import { isGraphAudience } from '../authority/authority.ts'
import { isPolicyName, policyOf } from '../authority/b2c.ts'
import { isStringList } from '../claims/claim-shapes.ts'
import { idTokenMark, splitScopes } from '../claims/claims.ts'
import { cloudNames, clouds, isGuid, type Cloud, type CloudName } from '../authority/clouds.ts'
import { guestOf, kindOf, type Identity } from '../access/identity.ts'
import { member, type JsonObject } from '../token/strict-json.ts'
import type { DecodedToken } from './decode.ts'

/** What a token says about itself, read once for all rules. Nothing in it was verified. */
export interface Facts extends DecodedToken {
  /** Seconds since the epoch. */
  readonly now: number
  readonly issuer: string | undefined
  readonly issuerHost: string | undefined
  /** The tenant that the issuer names, well-formed or not. */
  readonly issuerTenant: string | undefined
  /** The form of the issuer. */
  readonly issuerVersion: TokenVersion | undefined
  readonly cloud: { readonly name: CloudName; readonly cloud: Cloud } | undefined
  /** `undefined` for an issuer that is not Microsoft's. */
  readonly family: AuthorityKind | undefined
  readonly policy: string | undefined
  readonly microsoftApi: 'graph' | 'aadGraph' | 'other' | undefined
  readonly isIdToken: boolean
  readonly scopes: readonly string[]
  readonly roles: readonly string[]
  readonly kind: Identity['kind']
  readonly guest: boolean | undefined
}

const aadGraphAudiences = new Set([
  'https://graph.windows.net',
  'https://graph.windows.net/',
  '00000002-0000-0000-c000-000000000000',
])

const microsoftAudiences = new Set([
  'https://management.azure.com',
  'https://management.core.windows.net',
  'https://vault.azure.net',
  'https://storage.azure.com',
  'https://database.windows.net',
  'https://outlook.office365.com',
  'https://api.fabric.microsoft.com',
  'https://analysis.windows.net/powerbi/api',
])

export function readFacts(token: DecodedToken, now: number): Facts {
  const { header, payload } = token
  const issuer = textOf(payload, 'iss')
  const url = issuer === undefined ? undefined : parseUrl(issuer)
  const issuerHost = url?.protocol === 'https:' ? url.host : undefined
  const cloud = issuerHost === undefined ? undefined : cloudOf(issuerHost)
  const policy = policyOf(payload)
  const family = familyOf(issuerHost, cloud !== undefined, policy, payload)
  const tenantId = textOf(payload, 'tid') ?? ''
  const roles = member(payload, 'roles')
  const scopes = splitScopes(member(payload, 'scp'))
  return {
    ...token,
    now,
    issuer,
    issuerHost,
    issuerTenant: url?.pathname.split('/').find((segment) => segment !== '' && segment !== 'tfp'),
    issuerVersion: issuerVersionOf(issuer, issuerHost, cloud?.cloud),
    cloud,
    family,
    policy: family === 'b2c' ? policy : undefined,
    microsoftApi: microsoftApiOf(header, member(payload, 'aud')),
    isIdToken: looksLikeIdToken(payload, family),
    scopes,
    roles: isStringList(roles) ? roles : [],
    kind: kindOf(payload, family ?? 'entraId', textOf(payload, 'oid'), scopes.length > 0, false),
    guest: guestOf(payload, tenantId),
  }
}

export function textOf(object: JsonObject, name: string): string | undefined {
  const value = member(object, name)
  return typeof value === 'string' && value !== '' ? value : undefined
}

export function secondsOf(object: JsonObject, name: string): number | undefined {
  const value = member(object, name)
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined
}

/** The client id in an audience of either form, where there is one. */
export function clientIdIn(audience: unknown): string | undefined {
  if (typeof audience !== 'string') return undefined
  return audience
    .toLowerCase()
    .replace(/^api:\/\//, '')
    .split('/')
    .find(isGuid)
}

function cloudOf(host: string): Facts['cloud'] {
  for (const name of cloudNames) {
    const cloud = clouds[name]
    if (cloud.loginHost === host || cloud.v1IssuerHost === host || cloud.aliases?.includes(host) === true) {
      return { name, cloud }
    }
  }
  return undefined
}

function familyOf(
  host: string | undefined,
  isCloud: boolean,
  policy: string | undefined,
  payload: JsonObject,
): AuthorityKind | undefined {
  if (host === undefined) return undefined
  if (host.endsWith('.ciamlogin.com')) return 'externalId'
  const hasPolicy = Object.hasOwn(payload, 'tfp') || isPolicyName(policy)
  if (host.endsWith('.b2clogin.com') || hasPolicy) return 'b2c'
  return isCloud ? 'entraId' : undefined
}

function issuerVersionOf(
  issuer: string | undefined,
  host: string | undefined,
  cloud: Cloud | undefined,
): TokenVersion | undefined {
  if (issuer === undefined || cloud === undefined) return undefined
  if (issuer.endsWith('/v2.0')) return '2.0'
  return host === cloud.v1IssuerHost ? '1.0' : undefined
}

function microsoftApiOf(header: JsonObject, audience: unknown): Facts['microsoftApi'] {
  if (typeof audience === 'string') {
    // First: the verifier has one refusal for both Graphs.
    if (aadGraphAudiences.has(audience)) return 'aadGraph'
    if (isGraphAudience(audience)) return 'graph'
    if (microsoftAudiences.has(audience.replace(/\/$/, ''))) return 'other'
  }
  return Object.hasOwn(header, 'nonce') ? 'graph' : undefined
}

/**
 * Recognises an ID token as the verifier does. For an issuer that is not Microsoft's, a missing client means nothing.
 */
function looksLikeIdToken(payload: JsonObject, family: AuthorityKind | undefined): boolean {
  const mark = idTokenMark(payload, family ?? 'entraId')
  return mark !== undefined && (family !== undefined || mark !== 'azp')
}
