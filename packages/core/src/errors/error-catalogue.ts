/** The step of the flow that refused. In the order of the flow. */
export type EntraGuardStep =
  | 'bearer'
  | 'parse'
  | 'authority'
  | 'metadata'
  | 'signing-key'
  | 'signature'
  | 'claims'
  | 'proof'
  | 'authorize'

/** Every reason for a refusal. Codes are stable, so programs may branch on them. */
export type EntraGuardErrorCode =
  | 'token_missing'
  | 'scheme_refused'
  | 'request_malformed'
  | 'token_too_large'
  | 'token_malformed'
  | 'token_encrypted'
  | 'algorithm_refused'
  | 'token_type_refused'
  | 'header_refused'
  | 'graph_token'
  | 'issuer_unknown'
  | 'metadata_unavailable'
  | 'metadata_invalid'
  | 'signing_key_not_found'
  | 'signing_key_refused'
  | 'keys_unavailable'
  | 'signature_invalid'
  | 'claim_missing'
  | 'claim_invalid'
  | 'token_expired'
  | 'token_not_yet_valid'
  | 'token_too_old'
  | 'issuer_mismatch'
  | 'tenant_mismatch'
  | 'audience_mismatch'
  | 'version_refused'
  | 'policy_refused'
  | 'id_token_refused'
  | 'bound_token_refused'
  | 'tenant_refused'
  | 'permissions_missing'
  | 'check_failed'
  | 'check_unavailable'
  | 'token_not_bound'
  | 'proof_missing'
  | 'proof_invalid'
  | 'proof_nonce_required'
  | 'proof_replayed'
  | 'replay_store_unavailable'
  | 'scope_missing'
  | 'app_permission_missing'
  | 'role_missing'
  | 'caller_refused'
  | 'group_missing'
  | 'groups_overage'
  | 'client_refused'
  | 'mfa_required'
  | 'guest_refused'
  | 'agent_refused'
  | 'auth_context_required'
  | 'claims_required'

/**
 * Who has to act: the caller (400 and 401), an administrator (403), or whoever runs the network, which includes
 * Microsoft (503).
 */
export type EntraGuardStatus = 400 | 401 | 403 | 503

/** One row of the catalogue. `message` and `hint` are fixed texts and contain nothing from a token. */
export interface ErrorCatalogueRow {
  readonly step: EntraGuardStep
  readonly status: EntraGuardStatus
  readonly message: string
  readonly hint: string
}

const row = (
  step: EntraGuardStep,
  status: EntraGuardStatus,
  message: string,
  hint: string,
): ErrorCatalogueRow => Object.freeze({ step, status, message, hint })

/** Every refusal with its step, status, message and hint. The documentation and the command line read the same rows. */
export const errorCatalogue: Readonly<Record<EntraGuardErrorCode, ErrorCatalogueRow>> = Object.freeze({
  token_missing: row(
    'bearer',
    401,
    'The request carries no bearer token.',
    'Send the access token as "Authorization: Bearer <token>".',
  ),
  scheme_refused: row(
    'bearer',
    401,
    'The request uses an authorization scheme that this API does not accept.',
    'Request a plain bearer token (no DPoP, PoP or mutual TLS) and send it as "Authorization: Bearer <token>". To let this API accept DPoP or mutual TLS, set the option bound.',
  ),
  request_malformed: row(
    'bearer',
    400,
    'The Authorization header does not contain exactly one bearer token.',
    'Send exactly one Authorization header with "Bearer", one space and the token.',
  ),
  token_too_large: row(
    'parse',
    401,
    'The token is longer than maxTokenLength.',
    'Reduce the claims that the app registration emits (groups above all), or raise maxTokenLength.',
  ),
  token_malformed: row(
    'parse',
    401,
    'The token is not a well-formed JWT.',
    'Send the access token exactly as it was issued: three base64url parts with dots between them.',
  ),
  token_encrypted: row(
    'parse',
    401,
    'The token is encrypted (JWE).',
    'Remove the token encryption certificate from the app registration of this API.',
  ),
  algorithm_refused: row(
    'parse',
    401,
    'The token is not signed with RS256.',
    'Microsoft Entra ID signs access tokens with RS256 only: this token comes from somewhere else.',
  ),
  token_type_refused: row(
    'parse',
    401,
    'The "typ" header is not that of an access token.',
    'Send a plain bearer access token (typ "JWT" or "at+jwt"), not a proof-of-possession or logout token.',
  ),
  header_refused: row(
    'parse',
    401,
    'The token header demands an extension ("crit" or "b64").',
    'Find out who made this token: Microsoft Entra ID never writes "crit" or "b64".',
  ),
  graph_token: row(
    'authority',
    401,
    'The token was issued for Microsoft Graph, not for this API.',
    'Request a token with a scope of this API ("api://<client id>/<scope>"), not with a scope of Microsoft Graph. Only Graph can validate its own tokens.',
  ),
  issuer_unknown: row(
    'authority',
    401,
    'The issuer is not one that this API accepts.',
    'Compare the tenant and the cloud in the token\'s "iss" with the options tenants, authority and cloud.',
  ),
  metadata_unavailable: row(
    'metadata',
    503,
    'The OpenID configuration could not be fetched.',
    'Check that this server reaches the login host over HTTPS (DNS, proxy, firewall), then try again.',
  ),
  metadata_invalid: row(
    'metadata',
    503,
    'The OpenID configuration does not belong to the configured authority.',
    'Check tenants, authority and cloud: the document names another issuer, cloud or key address.',
  ),
  signing_key_not_found: row(
    'signing-key',
    401,
    'No signing key of the authority has the key id of this token.',
    'An app registration with SAML single sign-on or a claims mapping policy signs its tokens with its own key. Remedies: (1) use a separate app registration for OAuth (recommended); (2) turn off SAML single sign-on (preferredSingleSignOnMode null or "oidc"); (3) set appId to the client id of this API. Otherwise the token comes from another cloud, tenant or B2C policy.',
  ),
  signing_key_refused: row(
    'signing-key',
    401,
    'The key that signed this token must not be used for it.',
    'The key belongs to another issuer or cloud, is too weak, is not for signatures, or is listed in keys.refuse. Check tenants, cloud and keys.refuse.',
  ),
  keys_unavailable: row(
    'signing-key',
    503,
    'The signing keys could not be fetched.',
    'Check that this server reaches the login host over HTTPS (DNS, proxy, firewall), then try again.',
  ),
  signature_invalid: row(
    'signature',
    401,
    'The signature does not match.',
    'The token was changed after it was issued, or someone else signed it. Copy the whole token from the client again.',
  ),
  claim_missing: row(
    'claims',
    401,
    'A required claim is missing.',
    'See details.claim. Access tokens of Microsoft Entra ID always carry it: check where this token comes from.',
  ),
  claim_invalid: row(
    'claims',
    401,
    'A claim has a value that Microsoft Entra ID never issues.',
    'See details.claim and check where this token comes from.',
  ),
  token_expired: row(
    'claims',
    401,
    'The token has expired.',
    'Request a new token. If a new one is refused too, check the clock of this server.',
  ),
  token_not_yet_valid: row(
    'claims',
    401,
    'The token is not valid yet.',
    'Check the clock of this server: it seems to be behind the clock of the issuer.',
  ),
  token_too_old: row(
    'claims',
    401,
    'The token is older than maxTokenAge.',
    'Request a new token, or raise maxTokenAge.',
  ),
  issuer_mismatch: row(
    'claims',
    401,
    "The issuer is not the one that belongs to this token's version and tenant.",
    'The "iss" must be exactly the issuer that the configured authority uses for the token\'s "ver".',
  ),
  tenant_mismatch: row(
    'claims',
    401,
    'The tenant id and the issuer of the token disagree.',
    'The "tid" must be a lower-case GUID and the tenant that "iss" names.',
  ),
  audience_mismatch: row(
    'claims',
    401,
    'The token was issued for another API.',
    'Compare the token\'s "aud" with the option audience: v2.0 tokens carry the client id, v1.0 tokens the Application ID URI. The comparison is exact; list every form that the registration issues.',
  ),
  version_refused: row(
    'claims',
    401,
    'The token version is not accepted.',
    'Compare the token\'s "ver" with the option versions. The version is set by requestedAccessTokenVersion in the manifest of this API.',
  ),
  policy_refused: row(
    'claims',
    401,
    'The B2C policy that issued the token is not accepted.',
    'If its tokens may be used here, add the user flow or custom policy to policies.',
  ),
  id_token_refused: row(
    'claims',
    401,
    'This is an ID token, not an access token.',
    'Send the access token. An ID token tells the client who signed in; it gives no access to an API.',
  ),
  bound_token_refused: row(
    'claims',
    401,
    'The token is bound to a key (cnf) and may not be used as a bearer token.',
    'Request a plain bearer token for this API, or let the API accept tokens that are bound to a key (option bound).',
  ),
  tenant_refused: row(
    'claims',
    403,
    'The tenant is not allowed to use this API.',
    'An administrator of this API must admit the tenant.',
  ),
  permissions_missing: row(
    'claims',
    403,
    'The token carries neither a delegated nor an application permission.',
    'Grant the client a scope (users) or an app role (apps) of this API. Any app in the tenant can get a token without one. To accept such tokens, set allowWithoutPermissions.',
  ),
  check_failed: row(
    'claims',
    403,
    "The application's own check refused the token.",
    'See error.details.reason. The check function of this API refused the caller; no setting in Azure changes that.',
  ),
  check_unavailable: row(
    'claims',
    503,
    "The application's own check could not decide.",
    'See error.cause: the check function, the tenants predicate or the group lookup failed.',
  ),
  token_not_bound: row(
    'proof',
    401,
    'The token must be bound to a key, and this one is not.',
    'Request a token that is bound to a key. One is needed because the request uses the scheme DPoP or MTLS_POP, the route sets bound: true, or the API sets required: true.',
  ),
  proof_missing: row(
    'proof',
    401,
    'The token is bound to a key, but the request carries no proof of that key.',
    'Send a DPoP proof for this request in the "DPoP" header, or connect with the client certificate that the token is bound to.',
  ),
  proof_invalid: row(
    'proof',
    401,
    'The proof does not match this request or the key of the token.',
    'See details.reason. A DPoP proof is for one request: its key, method, address, time and access token must match that request. The address is the public one that the option origin names.',
  ),
  proof_nonce_required: row(
    'proof',
    401,
    'The proof has no current nonce of this API.',
    'This is a normal first answer. The client puts the nonce from the "DPoP-Nonce" header into a new proof and sends the request again.',
  ),
  proof_replayed: row(
    'proof',
    401,
    'The proof was used before.',
    'Make a new proof for every request, retries included. If your clients already do, someone is replaying requests.',
  ),
  replay_store_unavailable: row(
    'proof',
    503,
    'The replay store could not tell whether the proof was used before.',
    'See error.details and error.cause: the replay store failed, took too long, or is full.',
  ),
  scope_missing: row(
    'authorize',
    403,
    'The token lacks the delegated permission (scp) that this operation needs.',
    'The client must request the scope in full, as the challenge names it ("api://<client id>/<scope>"), and a user or administrator must consent to it.',
  ),
  app_permission_missing: row(
    'authorize',
    403,
    'The token lacks the application permission (roles) that this operation needs.',
    'Assign the app role to the client application and have an administrator grant consent.',
  ),
  role_missing: row(
    'authorize',
    403,
    'The user lacks the role that this operation needs.',
    'Assign the app role to the user or to a group (Enterprise applications > Users and groups).',
  ),
  caller_refused: row(
    'authorize',
    403,
    'This kind of caller is not admitted here.',
    'Users are admitted by scopes, apps by appPermissions. A token that is not clearly a user\'s or an app\'s is never admitted: add the optional claim "idtyp" to the app registration of this API.',
  ),
  group_missing: row(
    'authorize',
    403,
    'The user is in none of the groups that this operation needs.',
    'Add the user to one of the groups. If the token lists no groups at all, add the groups claim to the app registration of this API (Token configuration > Add groups claim).',
  ),
  groups_overage: row(
    'authorize',
    403,
    'The user is in too many groups for the token to list them.',
    'Set resolveGroups to graphGroups(...), or let the registration emit only the groups assigned to the application.',
  ),
  client_refused: row(
    'authorize',
    403,
    'The client application is not admitted here.',
    'Add its client id to clients, or have the client authenticate as clientAuthentication requires.',
  ),
  mfa_required: row(
    'authorize',
    403,
    'The user did not sign in with multifactor authentication.',
    'The user must sign in with multifactor authentication. v2.0 tokens carry no "amr": require an authentication context (authContext) instead, which Conditional Access can enforce.',
  ),
  guest_refused: row(
    'authorize',
    403,
    'Guests are not admitted here.',
    'The user is a guest, or the token does not say whether they are one. Add the optional claim "acct" to the app registration of this API: it tells guests and members apart.',
  ),
  agent_refused: row(
    'authorize',
    403,
    'AI agents are not admitted here, or only AI agents are.',
    "The route says agents: 'refuse' or agents: 'only'. Where agents are refused, use a client that is not an agent. Where only agents are admitted, use an agent identity of Microsoft Entra Agent ID.",
  ),
  auth_context_required: row(
    'authorize',
    403,
    'The operation needs an authentication context that the token does not carry.',
    'The client must answer the claims challenge. It declares that it can with the client capability "cp1".',
  ),
  claims_required: row(
    'authorize',
    403,
    'The client must request a new token with other claims.',
    'The client must answer the claims challenge. It declares that it can with the client capability "cp1".',
  ),
})
