import type { Finding, FindingId } from '@entraguard/core/explain'

const ownKey =
  'If the registration of the API has SAML single sign-on or a claims mapping policy, its key is its own: write --app-id and its client id. The lasting remedy is a separate registration for OAuth.'

/** Where the advice of a finding is about options in code: the same for who sits at a command line. */
const advice: Partial<Record<FindingId, string>> = {
  wrong_audience:
    'Let the client ask for a scope of this API ("api://<client id>/<scope>"). If the value is one of the names of this API, the API has to accept it: try it here with one more --audience.',
  wrong_tenant:
    'Let the client sign in at the tenant of this API (authority https://login.microsoftonline.com/<tenant id>). If the users of the other tenant shall get in, try it here with one more --tenant.',
  wrong_cloud:
    'Let the client sign in at the cloud of this API, or write --cloud if the API belongs to the other one.',
  b2c_not_configured:
    'Write --authority and the address of the metadata of the policy instead of --tenant: https://<domain>/<tenant id>/<policy>/v2.0/.well-known/openid-configuration',
  external_id_not_configured:
    'Write --authority and the address of the metadata instead of --tenant: https://<subdomain>.ciamlogin.com/<tenant id>/v2.0/.well-known/openid-configuration',
  b2c_policy_not_configured:
    'If the API accepts tokens of this policy too, write --authority and the address of its metadata.',
  app_specific_key: ownKey,
  key_not_found: `Compare tenant, cloud and policy with those of the API. ${ownKey}`,
  accepted: 'If a route still answers 403, compare what it asks for with these permissions.',
}

/** What to do about a finding, without a word of TypeScript. */
export const adviceOf = (finding: Finding): string => advice[finding.id] ?? finding.advice
