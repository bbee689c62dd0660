/**
 * The exported types are what the functions take and give: who writes one of them down (for a parameter, a member, a
 * mock) has the very type that the package uses. The type check is the test; vitest only runs the file.
 */
import {
  anyOf,
  allOf,
  b2c,
  challengeFor,
  clouds,
  compileAccess,
  EntraGuardError,
  errorCatalogue,
  externalId,
  graphGroups,
  microsoftIdentityOptions,
  protectedResourceMetadata,
  type Access,
  type AccessRule,
  type AccessTokenClaims,
  type AccessTokenHeader,
  type Agent,
  type AllOf,
  type AnyOf,
  type AnyOrAll,
  type AppIdentity,
  type AuthorityHealth,
  type AuthorityKind,
  type AuthorityOptions,
  type B2cAuthority,
  type B2cClaims,
  type B2cIdentity,
  type Caller,
  type Challenge,
  type ChallengeBody,
  type ChallengeFacts,
  type ChallengeOptions,
  type ClientAuthentication,
  type Cloud,
  type CloudName,
  type CompiledRule,
  type DocumentStore,
  type EntraClaims,
  type EntraIdentity,
  type EntraGuardErrorCode,
  type EntraGuardErrorDetails,
  type EntraGuardErrorInit,
  type EntraGuardStatus,
  type EntraGuardStep,
  type ErrorCatalogueRow,
  type ExternalIdAuthority,
  type GraphGroupsOptions,
  type GraphTokenRequest,
  type Groups,
  type HealthStatus,
  type Identity,
  type IdTokenClaims,
  type IdTokenIdentity,
  type KeyOptions,
  type KnownKey,
  type Binding,
  type Bound,
  type BoundToken,
  type DpopChallenge,
  type ProofRequest,
  type ProofSources,
  type MicrosoftIdentityOptions,
  type MicrosoftIdentitySettings,
  type NonEmptyList,
  type ObjectId,
  type PolicyOptions,
  type ProtectedResourceMetadata,
  type ResolveGroups,
  type SignatureCheck,
  type SigningKey,
  type TenantId,
  type TokenVersion,
  type UnknownIdentity,
  type UserIdentity,
  type V1Claims,
  type V2Claims,
  type Values,
  type Verifier,
  type VerifierHealth,
  type VerifierOptions,
  type VerifyContext,
} from '@entraguard/core'
import {
  claimCatalogue,
  explain,
  type ClaimCatalogueRow,
  type ClaimSafety,
  type ExplainedClaim,
  type Explanation,
  type ExplainOptions,
  type Finding,
  type FindingSeverity,
  type Verdict,
} from '@entraguard/core/explain'
import type {
  dpop,
  DpopAlgorithm,
  DpopOptions,
  mtls,
  MtlsOptions,
  NonceOptions,
  ReplayStore,
} from '@entraguard/core/pop'
import type {
  AccessTokenOptions,
  App,
  AppOptions,
  AppRoleOptions,
  AppTokenOptions,
  B2cTokenOptions,
  Cloud as EmulatorCloud,
  CloudName as EmulatorCloudName,
  Directory,
  Disturbance,
  Emulator,
  EmulatorFetchOptions,
  EmulatorOptions,
  ConditionalAccessOptions,
  FederatedCredentialOptions,
  ImplicitGrantOptions,
  ManagedIdentity,
  ManagedIdentityOptions,
  RedirectUriOptions,
  RegistrationOptions,
  Group,
  GroupOptions,
  HostedRequest,
  IdTokenOptions as EmulatorIdTokenOptions,
  KeyRingName,
  Policy,
  PolicyOptions as EmulatorPolicyOptions,
  ChangeResponse,
  NextResponse,
  NextToken,
  RequestKind,
  RequestLog,
  RequestRecord,
  RotateKeysOptions,
  RotateOptions,
  Tenant,
  TenantOptions,
  TokenMembers,
  TokenOptions,
  TokenVersion as EmulatorTokenVersion,
  User,
  UserOptions,
  UserTokenOptions,
  VerifierSettings,
} from '@entraguard/emulator'
import type { EntraGuardOptions, entraGuard, IdentityEnv, VerifierSource } from '@entraguard/hono'
import type {
  Access as AccessDecorator,
  AccessOptions,
  EntraGuardModuleExtras,
  ReadAuthorization,
  RouteDecorator,
} from '@entraguard/nestjs'
import { describe, expectTypeOf, test } from 'vitest'

type Argument<F extends (...all: never[]) => unknown, N extends number> = Parameters<F>[N]

describe('core', () => {
  test('what a route asks', () => {
    expectTypeOf<Access>().toEqualTypeOf<AccessRule | AnyOf>()
    expectTypeOf(anyOf({ scopes: ['a'] })).toExtend<AnyOf>()
    expectTypeOf(allOf('a')).toEqualTypeOf<AllOf>()
    expectTypeOf<AnyOrAll>().toEqualTypeOf<NonEmptyList | AllOf>()
    expectTypeOf<AccessRule['scopes']>().toEqualTypeOf<AnyOrAll | undefined>()
    expectTypeOf<AccessRule['callers']>().toEqualTypeOf<readonly [Caller, ...Caller[]] | undefined>()
    expectTypeOf(compileAccess).returns.toEqualTypeOf<readonly CompiledRule[]>()
    expectTypeOf<CompiledRule['scopes']>().toEqualTypeOf<Values | undefined>()
  })

  test('who calls', () => {
    expectTypeOf<Identity>().toEqualTypeOf<UserIdentity | AppIdentity | UnknownIdentity>()
    expectTypeOf<UserIdentity>().toEqualTypeOf<EntraIdentity<'user'> | B2cIdentity<'user'>>()
    expectTypeOf<Extract<Identity, { authority: 'b2c' }>['claims']>().toEqualTypeOf<B2cClaims>()
    expectTypeOf<Identity['claims']>().toEqualTypeOf<AccessTokenClaims>()
    expectTypeOf<AccessTokenClaims>().toEqualTypeOf<V1Claims | V2Claims | B2cClaims>()
    expectTypeOf<V2Claims>().toExtend<EntraClaims>()
    expectTypeOf<AccessTokenHeader['alg']>().toEqualTypeOf<'RS256'>()
    expectTypeOf<Identity['authority']>().toEqualTypeOf<AuthorityKind>()
    expectTypeOf<Identity['version']>().toEqualTypeOf<TokenVersion>()
    expectTypeOf<Identity['groups']>().toEqualTypeOf<Groups>()
    expectTypeOf<Identity['agent']>().toEqualTypeOf<Agent | undefined>()
    expectTypeOf<Agent['kind']>().toEqualTypeOf<'autonomous' | 'onBehalfOf' | 'userAccount'>()
    expectTypeOf<AccessRule['agents']>().toEqualTypeOf<'refuse' | 'only' | undefined>()
    expectTypeOf<Identity['clientAuthentication']>().toEqualTypeOf<ClientAuthentication | undefined>()
    expectTypeOf<Identity['tenantId']>().toEqualTypeOf<TenantId>()
    expectTypeOf<Identity['objectId']>().toEqualTypeOf<ObjectId | undefined>()
    expectTypeOf<IdTokenIdentity['claims']>().toEqualTypeOf<IdTokenClaims>()
  })

  test('whose tokens are accepted', () => {
    expectTypeOf<VerifierOptions>().toExtend<AuthorityOptions>()
    expectTypeOf(b2c).returns.toEqualTypeOf<B2cAuthority>()
    expectTypeOf(externalId).returns.toEqualTypeOf<ExternalIdAuthority>()
    expectTypeOf<AuthorityOptions['authority']>().toEqualTypeOf<
      string | B2cAuthority | ExternalIdAuthority | undefined
    >()
    expectTypeOf<AuthorityOptions['cloud']>().toEqualTypeOf<CloudName | Cloud | undefined>()
    expectTypeOf(clouds).toEqualTypeOf<Readonly<Record<CloudName, Cloud>>>()
    expectTypeOf<Argument<typeof microsoftIdentityOptions, 0>>().toEqualTypeOf<MicrosoftIdentitySettings>()
    expectTypeOf(microsoftIdentityOptions).returns.toEqualTypeOf<MicrosoftIdentityOptions>()
    expectTypeOf<MicrosoftIdentityOptions>().toExtend<VerifierOptions>()
  })

  test('how a verifier works', () => {
    expectTypeOf<Argument<Verifier['with'], 0>>().toEqualTypeOf<PolicyOptions>()
    expectTypeOf<Argument<Verifier['verify'], 1>>().toEqualTypeOf<VerifyContext | undefined>()
    expectTypeOf<ReturnType<Verifier['keys']>>().toEqualTypeOf<readonly KnownKey[]>()
    expectTypeOf<ReturnType<Verifier['health']>>().toEqualTypeOf<VerifierHealth>()
    expectTypeOf<VerifierHealth['authorities'][number]>().toEqualTypeOf<AuthorityHealth>()
    expectTypeOf<AuthorityHealth['status']>().toEqualTypeOf<HealthStatus>()
    expectTypeOf<Argument<SignatureCheck, 0>>().toEqualTypeOf<SigningKey>()
    expectTypeOf<VerifierOptions['keys']>().toEqualTypeOf<KeyOptions | undefined>()
    expectTypeOf<VerifierOptions['store']>().toEqualTypeOf<DocumentStore | undefined>()
    expectTypeOf<Argument<typeof graphGroups, 0>>().toEqualTypeOf<GraphGroupsOptions>()
    expectTypeOf<Argument<GraphGroupsOptions['getGraphToken'], 0>>().toEqualTypeOf<GraphTokenRequest>()
    expectTypeOf(graphGroups).returns.toEqualTypeOf<ResolveGroups>()
  })

  test('how a refusal is told', () => {
    expectTypeOf<Argument<typeof challengeFor, 1>>().toEqualTypeOf<ChallengeOptions | undefined>()
    expectTypeOf(challengeFor).returns.toEqualTypeOf<Challenge>()
    expectTypeOf<Challenge['body']>().toEqualTypeOf<ChallengeBody>()
    expectTypeOf<EntraGuardError['challenge']>().toEqualTypeOf<ChallengeFacts>()
    expectTypeOf<EntraGuardError['details']>().toEqualTypeOf<EntraGuardErrorDetails>()
    expectTypeOf<ConstructorParameters<typeof EntraGuardError>[1]>().toEqualTypeOf<
      EntraGuardErrorInit | undefined
    >()
    expectTypeOf(errorCatalogue).toEqualTypeOf<Readonly<Record<EntraGuardErrorCode, ErrorCatalogueRow>>>()
    expectTypeOf<ErrorCatalogueRow['step']>().toEqualTypeOf<EntraGuardStep>()
    expectTypeOf<ErrorCatalogueRow['status']>().toEqualTypeOf<EntraGuardStatus>()
    expectTypeOf<ChallengeFacts['dpop']>().toEqualTypeOf<DpopChallenge | undefined>()
    expectTypeOf(protectedResourceMetadata).returns.toEqualTypeOf<ProtectedResourceMetadata>()
  })

  test('who proves a key', () => {
    expectTypeOf<VerifierOptions['bound']>().toEqualTypeOf<Binding | readonly Binding[] | undefined>()
    expectTypeOf<Identity['bound']>().toEqualTypeOf<Bound | undefined>()
    expectTypeOf<AccessRule['bound']>().toEqualTypeOf<true | undefined>()
    expectTypeOf<Argument<Binding['prove'], 0>>().toEqualTypeOf<BoundToken>()
    expectTypeOf<VerifyContext['request']>().toEqualTypeOf<ProofRequest | undefined>()
    expectTypeOf<Verifier['bound']>().toEqualTypeOf<ProofSources | undefined>()
    expectTypeOf<Argument<typeof dpop, 0>>().toEqualTypeOf<DpopOptions>()
    expectTypeOf<Argument<typeof mtls, 0>>().toEqualTypeOf<MtlsOptions | undefined>()
    expectTypeOf<DpopOptions['algorithms']>().toEqualTypeOf<
      readonly [DpopAlgorithm, ...DpopAlgorithm[]] | undefined
    >()
    expectTypeOf<DpopOptions['nonce']>().toEqualTypeOf<boolean | NonceOptions | undefined>()
    expectTypeOf<DpopOptions['replay']>().toEqualTypeOf<number | ReplayStore | undefined>()
  })

  test('what explain tells', () => {
    expectTypeOf<Argument<typeof explain, 1>>().toExtend<ExplainOptions | undefined>()
    expectTypeOf<Explanation['findings']>().toEqualTypeOf<readonly Finding[]>()
    expectTypeOf<Finding['severity']>().toEqualTypeOf<FindingSeverity>()
    expectTypeOf<Explanation['claims']>().toEqualTypeOf<readonly ExplainedClaim[]>()
    expectTypeOf<ExplainedClaim['safety']>().toEqualTypeOf<ClaimSafety>()
    expectTypeOf<Explanation['verdict']>().toEqualTypeOf<Verdict | undefined>()
    expectTypeOf(claimCatalogue).toEqualTypeOf<readonly ClaimCatalogueRow[]>()
  })
})

describe('the adapters', () => {
  test('Hono', () => {
    expectTypeOf<Argument<typeof entraGuard, 0>>().toEqualTypeOf<VerifierSource>()
    expectTypeOf<Argument<typeof entraGuard, 2>>().toExtend<EntraGuardOptions | undefined>()
    expectTypeOf<IdentityEnv<UserIdentity>['Variables']['identity']>().toEqualTypeOf<UserIdentity>()
  })

  test('NestJS', () => {
    expectTypeOf<ReturnType<typeof AccessDecorator>>().toEqualTypeOf<RouteDecorator>()
    expectTypeOf<Argument<typeof AccessDecorator, 1>>().toEqualTypeOf<AccessOptions | undefined>()
    expectTypeOf<EntraGuardModuleExtras['microservices']>().toEqualTypeOf<ReadAuthorization | undefined>()
  })
})

describe('the emulator', () => {
  type Options = EmulatorOptions
  type One<T> = T extends ReadonlyArray<infer Item> ? Item : never

  test('what it is given', () => {
    expectTypeOf<One<Options['tenants']>>().toEqualTypeOf<TenantOptions>()
    expectTypeOf<One<Options['users']>>().toEqualTypeOf<UserOptions>()
    expectTypeOf<One<Options['groups']>>().toEqualTypeOf<GroupOptions>()
    expectTypeOf<One<Options['apps']>>().toEqualTypeOf<AppOptions>()
    expectTypeOf<One<AppOptions['appRoles']>>().toEqualTypeOf<string | AppRoleOptions>()
    expectTypeOf<One<AppOptions['redirectUris']>>().toEqualTypeOf<string | RedirectUriOptions>()
    expectTypeOf<AppOptions['implicitGrant']>().toEqualTypeOf<ImplicitGrantOptions | undefined>()
    expectTypeOf<One<Options['managedIdentities']>>().toEqualTypeOf<ManagedIdentityOptions>()
    expectTypeOf<One<Options['conditionalAccess']>>().toEqualTypeOf<ConditionalAccessOptions>()
    expectTypeOf<One<AppOptions['federatedCredentials']>>().toEqualTypeOf<FederatedCredentialOptions>()
    expectTypeOf<One<TenantOptions['policies']>>().toEqualTypeOf<string | EmulatorPolicyOptions>()
    expectTypeOf<TenantOptions['cloud']>().toEqualTypeOf<EmulatorCloudName | undefined>()
  })

  test('what it knows', () => {
    expectTypeOf<Emulator['directory']>().toEqualTypeOf<Directory>()
    expectTypeOf<Directory['firstTenant']>().toEqualTypeOf<Tenant>()
    expectTypeOf<Directory['firstApp']>().toEqualTypeOf<App>()
    expectTypeOf<Directory['users']>().toEqualTypeOf<readonly User[]>()
    expectTypeOf<Directory['groups']>().toEqualTypeOf<readonly Group[]>()
    expectTypeOf<Directory['managedIdentities']>().toEqualTypeOf<readonly ManagedIdentity[]>()
    expectTypeOf<One<Tenant['policies']>>().toEqualTypeOf<Policy>()
    expectTypeOf<Tenant['cloud']>().toEqualTypeOf<EmulatorCloud>()
    expectTypeOf<Argument<Emulator['register'], 0>>().toEqualTypeOf<RegistrationOptions>()
    expectTypeOf<Emulator['requests']>().toEqualTypeOf<RequestLog>()
    expectTypeOf<One<RequestLog>>().toEqualTypeOf<RequestRecord>()
    expectTypeOf<ReturnType<Emulator['verifierOptions']>>().toEqualTypeOf<VerifierSettings>()
    expectTypeOf<VerifierSettings>().toExtend<VerifierOptions>()
  })

  test('what it is asked for', () => {
    type Asked<F extends (options?: never) => unknown> = Exclude<Argument<F, 0>, undefined>
    expectTypeOf<Asked<Emulator['issueUserToken']>>().toEqualTypeOf<UserTokenOptions>()
    expectTypeOf<Asked<Emulator['issueAppToken']>>().toEqualTypeOf<AppTokenOptions>()
    expectTypeOf<Asked<Emulator['issueB2cToken']>>().toEqualTypeOf<B2cTokenOptions>()
    expectTypeOf<Asked<Emulator['issueIdToken']>>().toEqualTypeOf<EmulatorIdTokenOptions>()
    expectTypeOf<UserTokenOptions>().toExtend<AccessTokenOptions>()
    expectTypeOf<AccessTokenOptions>().toExtend<TokenOptions>()
    expectTypeOf<TokenOptions['claims']>().toEqualTypeOf<TokenMembers | undefined>()
    expectTypeOf<TokenOptions['version']>().toEqualTypeOf<EmulatorTokenVersion | undefined>()
    expectTypeOf<Asked<Emulator['rotateKeys']>>().toEqualTypeOf<RotateKeysOptions>()
    expectTypeOf<RotateKeysOptions>().toExtend<RotateOptions>()
    expectTypeOf<RotateKeysOptions['ring']>().toEqualTypeOf<KeyRingName | undefined>()
    expectTypeOf<Argument<Emulator['disturb'], 0>>().toEqualTypeOf<Disturbance>()
    expectTypeOf<Disturbance['on']>().toEqualTypeOf<RequestKind | undefined>()
    expectTypeOf<Argument<Emulator['nextToken'], 0>>().toEqualTypeOf<NextToken>()
    expectTypeOf<Argument<Emulator['nextResponse'], 0>>().toEqualTypeOf<NextResponse | ChangeResponse>()
    expectTypeOf<Argument<Emulator['handle'], 0>>().toEqualTypeOf<HostedRequest>()
    expectTypeOf<EmulatorFetchOptions['hosts']>().toEqualTypeOf<readonly string[] | undefined>()
  })
})
