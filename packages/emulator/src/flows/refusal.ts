import type { EntraError } from '../http/responses.ts'

/** A request that a flow refuses, with the answer that Entra gives. */
export class Refusal extends Error {
  readonly answer: EntraError

  constructor(error: string, code: number, message: string, status = 400) {
    super(message)
    this.name = 'Refusal'
    this.answer = { status, error, code, message }
  }
}

const missing = (name: string): Refusal =>
  new Refusal('invalid_request', 900144, `The request body must contain the following parameter: '${name}'.`)

/** A form parameter that must be there, once. */
export function required(form: URLSearchParams, name: string): string {
  const value = form.get(name)
  if (value === null || value === '') throw missing(name)
  return value
}

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
  assertionUnmatched: (): Refusal =>
    new Refusal(
      'invalid_client',
      700213,
      'No matching federated identity record found for presented assertion.',
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
  resourceUnknown: (resource: string, tenant: string): Refusal =>
    new Refusal(
      'invalid_resource',
      500011,
      `The resource principal named ${resource} was not found in the tenant named ${tenant}. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant.`,
    ),
  resourcesMixed: (): Refusal =>
    new Refusal(
      'invalid_request',
      28000,
      'Provided value for the input parameter scope is not valid because it contains more than one resource.',
    ),
  responseTypeUnsupported: (asked: string): Refusal =>
    new Refusal(
      'unsupported_response_type',
      700054,
      `response_type '${asked}' is not enabled for the application.`,
    ),
  scopeNotDefault: (scope: string): Refusal =>
    new Refusal(
      'invalid_scope',
      1002012,
      `The provided value for scope ${scope} is not valid. Client credential flows must have a scope value with /.default suffixed to the resource identifier (application ID URI).`,
    ),
  scopeUnknown: (app: string, scope: string, resource: string): Refusal =>
    new Refusal(
      'invalid_scope',
      650053,
      `The application '${app}' asked for scope '${scope}' that doesn't exist on the resource '${resource}'.`,
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
  tenantNotNamed: (segment: string): Refusal =>
    new Refusal(
      'invalid_request',
      900023,
      `Specified tenant identifier '${segment}' is neither a valid DNS name, nor a valid external domain.`,
    ),
  userNotFound: (tenant: string): Refusal =>
    new Refusal(
      'invalid_grant',
      50034,
      `The user account does not exist in the directory '${tenant}'. To sign into this application, the account must be added to the directory.`,
    ),
} as const
