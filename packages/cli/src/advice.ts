import type { Finding, FindingId } from '@entraguard/core/explain'

const ownKey =
  'If the registration of the API has SAML single sign-on or a claims mapping policy, it has its own signing key: add --app-id with its client id. The lasting remedy is a separate registration for OAuth.'

/** The advice of findings that is about options in code, reworded for the command line. */
const advice: Partial<Record<FindingId, string>> = {
  wrong_audience:
    'Let the client request a scope of this API ("api://<client id>/<scope>"). If the value is one of the names of this API, the API has to accept it: try it here with another --audience.',
  wrong_tenant:
    'Let the client sign in at the tenant of this API (authority https://login.microsoftonline.com/<tenant id>). If users of the other tenant are to be admitted, try it here with another --tenant.',
  wrong_cloud:
    'Let the client sign in at the cloud of this API, or set --cloud if the API belongs to the other cloud.',
  b2c_not_configured:
    'Instead of --tenant, set --authority to the metadata address of the policy: https://<domain>/<tenant id>/<policy>/v2.0/.well-known/openid-configuration',
  external_id_not_configured:
    'Instead of --tenant, set --authority to the metadata address: https://<subdomain>.ciamlogin.com/<tenant id>/v2.0/.well-known/openid-configuration',
  b2c_policy_not_configured:
    'If the API accepts tokens of this policy too, set --authority to the metadata address of the policy.',
  app_specific_key: ownKey,
  key_not_found: `Compare tenant, cloud and policy with those of the API. ${ownKey}`,
  accepted: 'If a route still answers 403, compare the permissions it requires with these.',
}

const unreachable =
  'Check DNS, proxy and firewall of this machine, then try again. What failed is written to standard error.'

/** What to do about a finding, without a word of TypeScript. */
export function adviceOf({ id, code, advice: given }: Finding): string {
  if (code === 'metadata_unavailable' || code === 'keys_unavailable') return unreachable
  return advice[id] ?? given
}
