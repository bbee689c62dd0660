import type { EntraGuardErrorCode } from '../errors/error-catalogue.ts'

/**
 * `error`: an API refuses the token because of it. `warning`: it often leads to a refusal or a mistake. `info`: worth
 * knowing.
 */
export type FindingSeverity = 'error' | 'warning' | 'info'

/** The stable names of all findings. */
export const findingIds = [
  'token_unreadable',
  'token_encrypted',
  'token_irregular',
  'token_too_large',
  'algorithm_refused',
  'token_type_refused',
  'header_refused',
  'key_id_missing',
  'bound_token',
  'pasted_with_scheme',
  'other_scheme',
  'graph_token',
  'aad_graph_token',
  'microsoft_api_token',
  'id_token',
  'claim_missing',
  'claim_invalid',
  'issuer_not_microsoft',
  'issuer_tenant_mismatch',
  'issuer_version_mismatch',
  'b2c_token',
  'external_id_token',
  'national_cloud',
  'v1_token',
  'audience_app_id_uri',
  'expired',
  'expired_within_tolerance',
  'not_yet_valid',
  'clock_skewed',
  'times_contradict',
  'time_invalid',
  'app_without_permissions',
  'no_permissions',
  'app_token_has_no_scopes',
  'caller_unknown',
  'user_without_roles',
  'groups_overage',
  'groups_are_names',
  'personal_account',
  'guest',
  'agent_identity',
  'managed_identity',
  'custom_claims',
  'display_only_claims',
  'accepted',
  'refused',
  'wrong_audience',
  'wrong_version',
  'wrong_tenant',
  'wrong_cloud',
  'b2c_not_configured',
  'external_id_not_configured',
  'b2c_policy_not_configured',
  'key_not_found',
  'app_specific_key',
] as const

/** The ids that a finding can have. */
export type FindingId = (typeof findingIds)[number]

/** One observation about a token. Plain data. */
export interface Finding {
  /** Stable, so programs may look for it. A finding that stands for a refusal also has the `code` of that refusal. */
  readonly id: FindingId
  readonly severity: FindingSeverity
  /** What was seen, in one line. Text from the token is quoted and has no control characters. */
  readonly seen: string
  /** What it means. */
  readonly meaning: string
  /** What to do about it. */
  readonly advice: string
  /** A page with more about it. */
  readonly link: string
  /** The code with which a verifier refuses such a token, if it does. */
  readonly code?: EntraGuardErrorCode
}

/** Pages of Microsoft that findings point at. */
export const pages = {
  accessTokens: 'https://learn.microsoft.com/entra/identity-platform/access-tokens',
  agents: 'https://learn.microsoft.com/entra/agent-id/agent-token-claims',
  appRoles: 'https://learn.microsoft.com/entra/identity-platform/howto-add-app-roles-in-apps',
  b2c: 'https://learn.microsoft.com/azure/active-directory-b2c/tokens-overview',
  claims: 'https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference',
  claimsValidation: 'https://learn.microsoft.com/entra/identity-platform/claims-validation',
  customClaims: 'https://learn.microsoft.com/entra/identity-platform/reference-claims-customization',
  externalId: 'https://learn.microsoft.com/entra/external-id/customers/overview-customers-ciam',
  idTokens: 'https://learn.microsoft.com/entra/identity-platform/id-tokens',
  managedIdentities: 'https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/overview',
  manifest: 'https://learn.microsoft.com/entra/identity-platform/reference-microsoft-graph-app-manifest',
  nationalClouds: 'https://learn.microsoft.com/entra/identity-platform/authentication-national-cloud',
  optionalClaims: 'https://learn.microsoft.com/entra/identity-platform/optional-claims-reference',
} as const

/** The page of a refusal in this project's documentation. */
export function errorPage(code: EntraGuardErrorCode): string {
  return `https://github.com/entraguard/entraguard/blob/main/docs/errors/${code}.md`
}
