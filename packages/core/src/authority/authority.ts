import { knownGraphHosts } from './clouds.ts'
import { EntraGuardError, loggable } from '../errors/errors.ts'
import { member, type JsonObject } from '../token/strict-json.ts'
import type { UnverifiedToken } from '../token/token.ts'

/** The Microsoft identity service that issued a token. */
export type AuthorityKind = 'entraId' | 'externalId' | 'b2c'

/**
 * One source of metadata and keys, derived from the configuration only. A token can select one of the configured
 * authorities, but it never adds one and never changes an address.
 */
export interface Authority {
  readonly kind: AuthorityKind
  /** The host users sign in at; in a claims challenge it names the authorize endpoint. */
  readonly loginHost: string
  readonly metadataAddress: string
  /** Hosts on which the document may place its keys. */
  readonly keyHosts: readonly string[]
  /** The client id whose own signing keys are requested with `?appid=`. */
  readonly appId?: string | undefined
  /** Further hosts of Microsoft Graph that the metadata may name, besides the known ones. */
  readonly graphHosts?: readonly string[] | undefined
  /** What this cloud's documents call it, where known. */
  readonly cloudName?: string | undefined
  /** The one tenant, where the configuration names it by id. */
  readonly tenantId?: string | undefined
  /**
   * Checks the `issuer` of the metadata document and returns the tenant that it proves, if any. `undefined` refuses the
   * document.
   */
  readonly readMetadataIssuer: (issuer: string) => { readonly tenantId?: string } | undefined
  /**
   * What the metadata document has as `issuer`, `{tenantid}` for any tenant, where that follows from the configuration.
   */
  readonly issuerWithoutMetadata?: string | undefined
  /** The issuer that a token of this version and tenant must have. */
  readonly issuerOf: (version: TokenVersion, tenantId: string, metadataIssuer: string) => string
}

/** The `ver` claim: which of the two token formats Entra ID issued. */
export type TokenVersion = '1.0' | '2.0'

/** What the configuration accepts: the authorities, and the rule that assigns a token to one of them. */
export interface AuthorityRule {
  readonly authorities: readonly Authority[]
  /** Issuers as they appear in tokens, `{tenantid}` for any tenant and a final `*` for any path: for `combineVerifiers`. */
  readonly issuers: readonly string[]
  readonly multiTenant: boolean
  /** The versions that these authorities issue and that are known well enough to be accepted. */
  readonly versions: readonly TokenVersion[]
  readonly find: (issuer: string, token: UnverifiedToken) => Authority | undefined
}

// The last host and the last id are those of the older Azure AD Graph.
const graphAudiences: ReadonlySet<unknown> = new Set([
  ...[...knownGraphHosts, 'graph.windows.net'].flatMap((host) => [`https://${host}`, `https://${host}/`]),
  '00000003-0000-0000-c000-000000000000',
  '00000002-0000-0000-c000-000000000000',
])

/** True for the audiences of Microsoft Graph, whose tokens nobody but Graph can validate. */
export function isGraphAudience(audience: unknown): boolean {
  return graphAudiences.has(audience)
}

/**
 * Decides whether the configuration could accept this issuer at all, without network and without trust.
 *
 * @throws {EntraGuardError} `graph_token`, `issuer_unknown`, or `policy_refused` for a B2C policy that is not listed.
 */
export function resolveAuthority(token: UnverifiedToken, rule: AuthorityRule): Authority {
  if (token.header.hasNonce || isGraphAudience(member(token.payload, 'aud')))
    throw new EntraGuardError('graph_token')
  const issuer = issuerOf(token.payload)
  const authority = issuer === undefined ? undefined : rule.find(issuer, token)
  if (authority === undefined) {
    throw new EntraGuardError('issuer_unknown', {
      details: {
        claim: 'iss',
        expected: rule.issuers.slice(0, 10),
        actual: loggable(member(token.payload, 'iss')),
      },
    })
  }
  return authority
}

function issuerOf(payload: JsonObject): string | undefined {
  const issuer = member(payload, 'iss')
  return typeof issuer === 'string' ? issuer : undefined
}
