import type { App } from '../directory/registrations.ts'
import { Refusal } from './refusal.ts'

/**
 * Entra's refusals by their published codes.
 *
 * @see https://learn.microsoft.com/entra/identity-platform/reference-error-codes
 */
export const refusals = {
  appUnknown: (clientId: string, tenant: string): Refusal =>
    new Refusal(
      'unauthorized_client',
      700016,
      `Application with identifier '${clientId}' was not found in the directory '${tenant}'. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant.`,
    ),
  accountsMany: (): Refusal =>
    new Refusal(
      'interaction_required',
      16000,
      'Either multiple user identities are available for the current request or selected account is not supported for the scenario.',
    ),
  accountForeign: (user: string, provider: string, tenant: string, app: App): Refusal =>
    new Refusal(
      'interaction_required',
      50020,
      `User account '${user}' from identity provider '${provider}' does not exist in tenant '${tenant}' and cannot access the application '${app.clientId}'(${app.name}) in that tenant. The account needs to be added as an external user in the tenant first. Sign out and sign in again with a different Azure Active Directory user account.`,
    ),
  appOfOneTenant: (clientId: string, segment: string): Refusal =>
    new Refusal(
      'invalid_request',
      50194,
      `Application '${clientId}' is not configured as a multi-tenant application. Usage of the /${segment} endpoint is not supported for such apps. Use a tenant-specific endpoint or configure the application to be multi-tenant.`,
    ),
  assertionAudience: (): Refusal =>
    new Refusal(
      'invalid_client',
      700023,
      'Client assertion audience claim does not match Realm issuer.',
      401,
    ),
  assertionExpired: (): Refusal =>
    new Refusal('invalid_client', 700024, 'Client assertion is not within its valid time range.', 401),
  assertionSignature: (): Refusal =>
    new Refusal('invalid_client', 700027, 'Client assertion failed signature validation.', 401),
  assertionSubject: (): Refusal =>
    new Refusal(
      'invalid_client',
      700021,
      "Client assertion application identifier doesn't match 'client_id' parameter.",
      401,
    ),
  assertionUnmatched: (what: 'issuer' | 'subject' | 'audience', value: string): Refusal =>
    new Refusal(
      'invalid_client',
      { issuer: 700211, audience: 700212, subject: 700213 }[what],
      `No matching federated identity record found for presented assertion ${what} '${value}'. Check your federated identity credential Subject, Audience and Issuer against the presented assertion.`,
      401,
    ),
  authorizationPending: (): Refusal =>
    new Refusal(
      'authorization_pending',
      70016,
      'OAuth 2.0 device flow error. Authorization is pending. Continue polling.',
    ),
  clientIsPublic: (): Refusal =>
    new Refusal(
      'invalid_client',
      700025,
      "Client is public so neither 'client_assertion' nor 'client_secret' should be presented.",
      401,
    ),
  codeExpired: (): Refusal =>
    new Refusal('invalid_grant', 70008, 'The provided authorization code or refresh token has expired.'),
  codeRedeemed: (): Refusal =>
    new Refusal('invalid_grant', 54005, 'OAuth2 Authorization code was already redeemed, please retry.'),
  consentDeclined: (): Refusal =>
    new Refusal('access_denied', 65004, 'User declined to consent to access the app.'),
  consentMissing: ({ clientId, name }: App, error: string = 'invalid_grant'): Refusal =>
    new Refusal(
      error,
      65001,
      `The user or administrator has not consented to use the application with ID '${clientId}' named '${name}'. Send an interactive authorization request for this user and resource.`,
      400,
      { suberror: 'consent_required' },
    ),
  credentialMissing: (): Refusal =>
    new Refusal(
      'invalid_client',
      7000218,
      "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
      401,
    ),
  deviceCodeUnknown: (): Refusal =>
    new Refusal('bad_verification_code', 70019, 'The device code is not known or was already redeemed.'),
  deviceDeclined: (): Refusal =>
    new Refusal('authorization_declined', 70017, 'The end user denied the authorization request.'),
  deviceExpired: (): Refusal => new Refusal('expired_token', 70020, 'The provided device code has expired.'),
  grantInvalid: (): Refusal => new Refusal('invalid_grant', 70000, 'Provided grant is invalid or malformed.'),
  grantUnsupported: (): Refusal =>
    new Refusal('unsupported_grant_type', 70003, 'The app requested an unsupported grant type.'),
  oboIdToken: (): Refusal =>
    new Refusal(
      'invalid_grant',
      240002,
      "Input id_token cannot be used as 'urn:ietf:params:oauth:grant-type:jwt-bearer' grant.",
    ),
  oboAudience: (): Refusal =>
    new Refusal(
      'invalid_grant',
      500131,
      'Assertion audience does not match the Client app presenting the assertion. The audience in the assertion was for another application.',
    ),
  oboExpired: (): Refusal =>
    new Refusal('invalid_grant', 500133, 'Assertion is not within its valid time range.'),
  oboSignature: (): Refusal => new Refusal('invalid_grant', 50013, 'Assertion failed signature validation.'),
  oboWithoutUser: (): Refusal =>
    new Refusal(
      'invalid_grant',
      50027,
      'JWT token is invalid or malformed: the assertion is not an access token of a user.',
    ),
  passwordWrong: (): Refusal =>
    new Refusal('invalid_grant', 50126, 'Error validating credentials due to invalid username or password.'),
  passwordUnsupported: (segment: string): Refusal =>
    new Refusal(
      'invalid_request',
      9001023,
      `The grant type is not supported over the /${segment} endpoint. Please use the /organizations or tenant-specific endpoint.`,
    ),
  pkceMissing: (): Refusal =>
    new Refusal(
      'invalid_grant',
      50148,
      'The code_verifier is missing: the code was asked for with a code_challenge.',
    ),
  pkceMismatch: (): Refusal =>
    new Refusal(
      'invalid_grant',
      501481,
      'The Code_Verifier does not match the code_challenge supplied in the authorization request.',
    ),
  proofInvalid: (reason: string): Refusal =>
    new Refusal('invalid_dpop_proof', undefined, `The DPoP proof is not valid: ${reason}.`),
  proofOfAnotherKey: (): Refusal =>
    new Refusal(
      'invalid_grant',
      undefined,
      'The code or refresh token is bound to a key, of which the request brings no DPoP proof.',
    ),
  proofWithoutNonce: (nonce: string): Refusal =>
    new Refusal(
      'use_dpop_nonce',
      undefined,
      'The DPoP proof must repeat a nonce of this server, which the header DPoP-Nonce has.',
      400,
      { nonce },
    ),
  redirectMismatch: (asked: string): Refusal =>
    new Refusal(
      'invalid_client',
      500112,
      `The reply address '${asked}' does not match the reply address provided when requesting Authorization code.`,
    ),
  redirectUnknown: (asked: string, clientId: string): Refusal =>
    new Refusal(
      'invalid_request',
      50011,
      `The redirect URI '${asked}' specified in the request does not match the redirect URIs configured for the application '${clientId}'.`,
    ),
  requestMalformed: (): Refusal =>
    new Refusal('invalid_request', 9002313, 'Invalid request. Request is malformed or invalid.'),
  resourceUnknown: (resource: string, tenant: string): Refusal =>
    new Refusal(
      'invalid_resource',
      500011,
      `The resource principal named ${resource} was not found in the tenant named ${tenant}. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant.`,
    ),
  refreshTokenOfPage: (): Refusal =>
    new Refusal(
      'invalid_grant',
      700084,
      "The refresh token was issued to a single page app (SPA), and therefore has a fixed, limited lifetime of 1.00:00:00, which can't be extended. It is now expired and a new sign in request must be sent by the SPA to the sign in page.",
    ),
  resourceMismatch: (): Refusal =>
    new Refusal(
      'invalid_target',
      9010010,
      "The resource parameter provided in the request doesn't match with the requested scopes.",
    ),
  resourceNotListed: (client: App, resource: App): Refusal =>
    new Refusal(
      'invalid_resource',
      650057,
      `Invalid resource. The client has requested access to a resource which is not listed in the requested permissions in the client's application registration. Client app ID: ${client.clientId}(${client.name}). Resource value from request: ${resource.appIdUri}. Resource app ID: ${resource.clientId}. List of valid resources from app registration: ${client.apiPermissions?.join(', ') ?? ''}.`,
    ),
  resourcesMixed: (scope: string): Refusal =>
    new Refusal(
      'invalid_request',
      28000,
      `Provided value for the input parameter scope is not valid because it contains more than one resource. Scope ${scope} is not valid.`,
    ),
  responseModeUnsupported: (mode: string): Refusal =>
    new Refusal(
      'invalid_request',
      70007,
      `'${mode}' is not a supported value of 'response_mode' when requesting a token.`,
    ),
  responseTypeDisabled: (asked: 'id_token' | 'token'): Refusal =>
    new Refusal(
      'unsupported_response_type',
      asked === 'id_token' ? 700054 : 700051,
      `response_type '${asked}' is not enabled for the application.`,
    ),
  responseTypeUnknown: (asked: string): Refusal =>
    new Refusal(
      'unsupported_response_type',
      70005,
      `The provided value for the input parameter 'response_type' is not valid: '${asked}'.`,
    ),
  scopeInvalid: (scope: string): Refusal =>
    new Refusal(
      'invalid_scope',
      70011,
      `The provided value for the input parameter 'scope' is not valid. The scope '${scope}' does not exist.`,
    ),
  scopeNotDefault: (scope: string): Refusal =>
    new Refusal(
      'invalid_scope',
      1002012,
      `The provided value for scope ${scope} is not valid. Client credential flows must have a scope value with /.default suffixed to the resource identifier (application ID URI).`,
    ),
  scopeUnknown: (app: string, scope: string, resource: string): Refusal =>
    new Refusal(
      'invalid_client',
      650053,
      `The application '${app}' asked for scope '${scope}' that doesn't exist on the resource '${resource}'. Contact the app vendor.`,
    ),
  scopeUnfit: (scope: string): Refusal =>
    new Refusal(
      'invalid_request',
      28002,
      `Provided value for the input parameter scope '${scope}' is not valid when requesting an access token. Please specify a valid scope.`,
    ),
  scopeWithDefault: (scope: string): Refusal =>
    new Refusal(
      'invalid_scope',
      70011,
      `The provided request must include a 'scope' input parameter. The provided value for the input parameter 'scope' is not valid. The scope ${scope} is not valid. .default scope can't be combined with resource-specific scopes.`,
    ),
  secretExpired: (clientId: string): Refusal =>
    new Refusal(
      'invalid_client',
      7000222,
      `The provided client secret keys for app '${clientId}' are expired. Visit the Azure portal to create new keys for your app: https://aka.ms/NewClientSecret, or consider using certificate credentials for added security: https://aka.ms/certCreds.`,
      401,
    ),
  secretInvalid: (clientId: string): Refusal =>
    new Refusal(
      'invalid_client',
      7000215,
      `Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '${clientId}'.`,
      401,
    ),
  signInRequired: (): Refusal =>
    new Refusal(
      'login_required',
      50058,
      'Session information is not sufficient for single-sign-on. A silent sign-in request was sent but no user is signed in.',
    ),
  redemptionByPage: (origin: string): Refusal =>
    new Refusal(
      'invalid_request',
      9002326,
      `Cross-origin token redemption is permitted only for the 'Single-Page Application' client-type. Request origin: '${origin}'.`,
    ),
  redemptionByServer: (): Refusal =>
    new Refusal(
      'invalid_request',
      9002327,
      "Tokens issued for the 'Single-Page Application' client-type may only be redeemed via cross-origin requests.",
    ),
  redemptionWithoutProof: (): Refusal =>
    new Refusal(
      'invalid_request',
      9002325,
      'Proof Key for Code Exchange is required for cross-origin authorization code redemption.',
    ),
  tokenForItself: ({ clientId, name }: App): Refusal =>
    new Refusal(
      'invalid_request',
      90009,
      `Application '${clientId}'(${name}) is requesting a token for itself. This scenario is supported only if resource is specified using the GUID based App Identifier.`,
    ),
  signingKeyMissing: ({ clientId }: App): Refusal =>
    new Refusal(
      'invalid_request',
      50146,
      `This application '${clientId}' is required to be configured with an application-specific signing key. It is either not configured with one, or the key has expired or is not yet valid.`,
    ),
  tenantNotNamed: (segment: string): Refusal =>
    new Refusal(
      'invalid_request',
      900023,
      `Specified tenant identifier '${segment}' is neither a valid DNS name, nor a valid external domain.`,
    ),
  userNotAssigned: ({ clientId, name }: App, user: string): Refusal =>
    new Refusal(
      'invalid_grant',
      50105,
      `Your administrator has configured the application ${name} ('${clientId}') to block users unless they are specifically granted ('assigned') access to the application. The signed in user '${user}' is blocked because they are not a direct member of a group with access, nor had access directly assigned by an administrator. Please contact your administrator to assign access to this application.`,
    ),
  userNotFound: (tenant: string): Refusal =>
    new Refusal(
      'invalid_grant',
      50034,
      `The user account does not exist in the directory '${tenant}'. To sign into this application, the account must be added to the directory.`,
    ),
} as const
