export { admittedCallers, compileAccess } from './access-rules.ts'
export type { CompiledRule, Values } from './access-rules.ts'
export { allOf, anyOf } from './access.ts'
export type {
  Access,
  AccessRule,
  AllOf,
  AnyOf,
  AnyOrAll,
  Caller,
  IdentityFor,
  NonEmptyList,
} from './access.ts'
export { authorize } from './authorize.ts'
export type { AuthorityKind, TokenVersion } from './authority.ts'
export type { AuthorityOptions } from './authority-options.ts'
export { b2c } from './b2c.ts'
export type { B2cAuthority } from './b2c.ts'
export { authorizationOf, readBearerToken } from './bearer.ts'
export { challengeFor, toResponse } from './challenge.ts'
export type { Challenge, ChallengeBody, ChallengeOptions } from './challenge.ts'
export type { DisplayOnly, Opaque } from './claim-safety.ts'
export type {
  AccessTokenClaims,
  AccessTokenHeader,
  B2cClaims,
  IdTokenClaims,
  V1Claims,
  V2Claims,
} from './claim-types.ts'
export { claimsChallenge, refuse, revoked } from './claims-challenge.ts'
export { clouds } from './clouds.ts'
export type { Cloud, CloudName } from './clouds.ts'
export { combineVerifiers } from './combine.ts'
export type { EntraClaims } from './entra-claims.ts'
export { errorCatalogue } from './error-catalogue.ts'
export type {
  EntraGuardErrorCode,
  EntraGuardStatus,
  EntraGuardStep,
  ErrorCatalogueRow,
} from './error-catalogue.ts'
export { EntraGuardError } from './errors.ts'
export type { ChallengeFacts, EntraGuardErrorDetails, EntraGuardErrorInit } from './errors.ts'
export type { VerifierEvent } from './events.ts'
export { externalId } from './external-id.ts'
export type { ExternalIdAuthority } from './external-id.ts'
export type { Fetch } from './fetch-document.ts'
export { graphGroups } from './graph-groups.ts'
export type { GraphGroupsOptions, GraphTokenRequest } from './graph-groups.ts'
export type { Groups } from './groups.ts'
export type {
  AppIdentity,
  ClientAuthentication,
  Identity,
  ObjectId,
  TenantId,
  UnknownIdentity,
  UserIdentity,
} from './identity.ts'
export type { IdTokenIdentity, IdTokenOptions } from './id-token.ts'
export type { KeyOptions } from './key-options.ts'
export type { ResolveGroups, VerifierOptions } from './options.ts'
export { microsoftIdentityOptions } from './microsoft-identity-options.ts'
export type { MicrosoftIdentityOptions, MicrosoftIdentitySettings } from './microsoft-identity-options.ts'
export { protectedResourceMetadata } from './resource-metadata.ts'
export type { ProtectedResourceMetadata } from './resource-metadata.ts'
export type { SignatureCheck } from './signature.ts'
export type { SigningKey } from './signing-key.ts'
export type { KnownKey } from './signing-keys.ts'
export type { DocumentStore } from './store.ts'
export { createVerifier } from './create-verifier.ts'
export type { PolicyOptions, Verifier, VerifyContext } from './verifier-interface.ts'
