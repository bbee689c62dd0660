export { admittedCallers, compileAccess } from './access/access-rules.ts'
export type { CompiledRule, Values } from './access/access-rules.ts'
export type { Agent } from './access/agent.ts'
export { withScopes } from './access/asked-scopes.ts'
export { adminConsentUrl } from './options/admin-consent.ts'
export type { AdminConsentOptions } from './options/admin-consent.ts'
export { allOf, anyOf } from './access/access.ts'
export type {
  Access,
  AccessRule,
  AllOf,
  AnyOf,
  AnyOrAll,
  Caller,
  IdentityFor,
  NonEmptyList,
} from './access/access.ts'
export { authorize } from './access/authorize.ts'
export { createPrivateMap } from './access/private-map.ts'
export type { PrivateMap } from './access/private-map.ts'
export type { Binding, BoundToken } from './bound-tokens.ts'
export type { Bound } from './claims/confirmation.ts'
export type { AuthorityKind, TokenVersion } from './authority/authority.ts'
export type { AuthorityOptions } from './options/authority-options.ts'
export { b2c } from './authority/b2c.ts'
export type { B2cAuthority } from './authority/b2c.ts'
export { authorizationOf, readBearerToken } from './token/bearer.ts'
export { anError } from './errors/any-error.ts'
export { challengeFor, toResponse, writeRefusal } from './errors/challenge.ts'
export type { Challenge, ChallengeBody, ChallengeOptions, NodeResponse } from './errors/challenge.ts'
export type { DisplayOnly, Opaque } from './claims/claim-safety.ts'
export type {
  AccessTokenClaims,
  AccessTokenHeader,
  V1Claims,
  V2Claims,
} from './claims/access-token-claims.ts'
export type { B2cClaims } from './claims/b2c-claims.ts'
export { claimsChallenge, refuse, revoked } from './access/claims-challenge.ts'
export { readClaimsChallenge } from './access/read-claims-challenge.ts'
export { clouds } from './authority/clouds.ts'
export type { Cloud, CloudName } from './authority/clouds.ts'
export { combineVerifiers } from './combine.ts'
export type { EntraClaims } from './claims/entra-claims.ts'
export type { IdTokenClaims } from './claims/id-token-claims.ts'
export { errorCatalogue } from './errors/error-catalogue.ts'
export type {
  EntraGuardErrorCode,
  EntraGuardStatus,
  EntraGuardStep,
  ErrorCatalogueRow,
} from './errors/error-catalogue.ts'
export { EntraGuardError } from './errors/errors.ts'
export type {
  ChallengeFacts,
  DpopChallenge,
  EntraGuardErrorDetails,
  EntraGuardErrorInit,
} from './errors/errors.ts'
export type { VerifierEvent } from './errors/events.ts'
export { externalId } from './authority/external-id.ts'
export type { ExternalIdAuthority } from './authority/external-id.ts'
export type { Fetch } from './documents/fetch-document.ts'
export { graphGroups } from './access/graph-groups.ts'
export type { GraphGroupsOptions, GraphTokenRequest } from './access/graph-groups.ts'
export type { Groups } from './access/groups.ts'
export type { ResolveGroups } from './access/overage.ts'
export type {
  AppIdentity,
  B2cIdentity,
  ClientAuthentication,
  EntraIdentity,
  Identity,
  ObjectId,
  TenantId,
  UnknownIdentity,
  UserIdentity,
} from './access/identity.ts'
export type { IdTokenIdentity, IdTokenOptions } from './access/id-token.ts'
export type { KeyOptions } from './options/key-options.ts'
export { checkOptions } from './options/option-values.ts'
export { verifierOptionNames } from './verifier-options.ts'
export type { VerifierOptions } from './verifier-options.ts'
export { microsoftIdentityOptions } from './options/microsoft-identity-options.ts'
export type {
  MicrosoftIdentityOptions,
  MicrosoftIdentitySettings,
} from './options/microsoft-identity-options.ts'
export { recallIdentity } from './recall.ts'
export { proofOf } from './proof-request.ts'
export type { ProofRequest, ProofSources } from './proof-request.ts'
export { requireIdentity } from './require-identity.ts'
export { protectedResourceMetadata } from './options/resource-metadata.ts'
export type { ProtectedResourceMetadata } from './options/resource-metadata.ts'
export type { SignatureCheck } from './keys/signature.ts'
export type { SigningKey } from './keys/signing-key.ts'
export type { AuthorityHealth, HealthStatus, VerifierHealth } from './keys/health.ts'
export type { KnownKey } from './keys/signing-keys.ts'
export type { DocumentStore } from './documents/store.ts'
export { createVerifier } from './create-verifier.ts'
export type { PolicyOptions, Verifier, VerifyContext } from './verifier-interface.ts'
