import type { Authority, AuthorityRule } from './authority.ts'
import { isGuid, isHostName } from './clouds.ts'
import { EntraGuardError, loggable } from '../errors/errors.ts'
import { lowerCase, rejectUnknown } from '../options/option-values.ts'
import { member, type JsonObject } from '../token/strict-json.ts'

/** An Azure AD B2C tenant with the policies whose tokens are accepted. Created by {@link b2c}. */
export interface B2cAuthority {
  readonly kind: 'b2c'
  readonly domain: string
  readonly tenantId: string
  readonly policies: readonly string[]
  readonly appClients: readonly string[]
}

/**
 * Names an Azure AD B2C tenant and the user flows or custom policies whose tokens are accepted.
 *
 * `domain` is the host (`contoso.b2clogin.com` or a custom domain). All policies of a tenant share one issuer, so only
 * this list keeps out the tokens of a weaker policy. `appClients` are the client ids of applications that call without
 * a user: B2C puts their permissions into `scp` too, so nothing in the token tells them apart.
 *
 * @throws {TypeError} when a part is missing or malformed.
 *
 * @example
 * ```ts
 * const authority = b2c({ domain: 'contoso.b2clogin.com', tenantId, policies: ['B2C_1_signupsignin'] })
 * ```
 */
export function b2c(options: {
  readonly domain: string
  readonly tenantId: string
  readonly policies: readonly string[]
  readonly appClients?: readonly string[] | undefined
}): B2cAuthority {
  rejectUnknown('b2c option', options, partNames)
  const { policies, appClients = [] } = options
  const domain = lowerCase(options.domain)
  const tenantId = lowerCase(options.tenantId)
  if (!isHostName(domain)) {
    throw new TypeError(
      'b2c: domain must be a host name without scheme or path, for example "contoso.b2clogin.com"',
    )
  }
  if (!isGuid(tenantId)) throw new TypeError('b2c: tenantId must be the GUID of the tenant')
  if (!Array.isArray(policies) || policies.length === 0 || !policies.every(isPolicyName)) {
    throw new TypeError('b2c: policies must list at least one policy name such as "B2C_1_signupsignin"')
  }
  if (!Array.isArray(appClients) || !appClients.every((id) => isGuid(lowerCase(id)))) {
    throw new TypeError('b2c: appClients must be a list of client ids (GUIDs)')
  }
  return Object.freeze({
    kind: 'b2c',
    domain,
    tenantId,
    policies: Object.freeze([...policies]),
    appClients: Object.freeze(appClients.map(lowerCase)),
  })
}

const partNames: ReadonlySet<string> = new Set(['kind', 'domain', 'tenantId', 'policies', 'appClients'])

/** True for the name of a user flow (`B2C_1_…`) or a custom policy (`B2C_1A_…`), any case. */
export function isPolicyName(name: unknown): name is string {
  return typeof name === 'string' && /^b2c_1a?_[0-9a-z._-]+$/i.test(name)
}

/** The policy that issued a token, in lower case: `tfp`, else `acr`, where older policies put it. */
export function policyOf(payload: JsonObject): string | undefined {
  const policy = member(payload, policyClaim(payload))
  // ASCII only, as names are: else the Kelvin sign becomes a "k", and another name this one.
  return typeof policy === 'string' ? policy.replace(/[A-Z]/g, (letter) => letter.toLowerCase()) : undefined
}

function policyClaim(payload: JsonObject): 'tfp' | 'acr' {
  return Object.hasOwn(payload, 'acr') && !Object.hasOwn(payload, 'tfp') ? 'acr' : 'tfp'
}

export interface B2cAuthorityInit {
  readonly domain: string
  /** Absent when the configuration is an address without it: then the metadata says which tenant. */
  readonly tenantId?: string | undefined
  readonly policies: ReadonlyArray<{ readonly name: string; readonly metadataAddress: string }>
}

/** The parts of `b2c(...)` with the address of each policy's metadata. The path names the tenant by id. */
export function b2cAddresses({ domain, tenantId, policies }: B2cAuthority): B2cAuthorityInit {
  return {
    domain,
    tenantId,
    policies: policies.map((name) => ({
      name,
      metadataAddress: `https://${domain}/${tenantId}/${name}/v2.0/.well-known/openid-configuration`,
    })),
  }
}

/** The rule for B2C: one authority a policy, because user flows and custom policies sign with different keys. */
export function b2cAuthority({ domain, tenantId, policies }: B2cAuthorityInit): AuthorityRule {
  const byPolicy = new Map(
    policies.map(({ name, metadataAddress }): [string, Authority] => [
      name.toLowerCase(),
      {
        kind: 'b2c',
        loginHost: domain,
        metadataAddress,
        keyHosts: [domain],
        tenantId,
        readMetadataIssuer: (issuer) => readMetadataIssuer(issuer, domain, tenantId),
        issuerOf: (_version, _tenantId, metadataIssuer) => metadataIssuer,
      },
    ]),
  )
  return {
    authorities: [...byPolicy.values()],
    issuers: [`https://${domain}/*`],
    multiTenant: false,
    // Also at endpoints with v2.0 in their address.
    versions: ['1.0'],
    find: (issuer, { payload }) => {
      if (!issuer.startsWith(`https://${domain}/`)) return undefined
      const policy = policyOf(payload)
      const authority = policy === undefined ? undefined : byPolicy.get(policy)
      if (authority === undefined) {
        const claim = policyClaim(payload)
        const actual = member(payload, claim)
        throw new EntraGuardError('policy_refused', {
          details: {
            claim,
            expected: [...byPolicy.keys()],
            ...(actual === undefined
              ? { reason: 'the token names no policy (tfp or acr)' }
              : { actual: loggable(actual) }),
          },
        })
      }
      return authority
    },
  }
}

/** B2C writes `https://{host}/{tenantId}/v2.0/`, `https://{host}/tfp/{tenantId}/{policy}/v2.0/`, or a domain for the id. */
function readMetadataIssuer(
  issuer: string,
  domain: string,
  tenantId: string | undefined,
): { readonly tenantId?: string } | undefined {
  if (!issuer.startsWith(`https://${domain}/`)) return undefined
  const named = issuer
    .split('/')
    .find((segment) => isGuid(segment.toLowerCase()))
    ?.toLowerCase()
  if (named !== undefined && tenantId !== undefined && named !== tenantId) return undefined
  const proven = tenantId ?? named
  return proven === undefined ? undefined : { tenantId: proven }
}
