export { createEmulator } from './emulator.ts'
export type {
  Emulator,
  RequestLog,
  RequestRecord,
  RotateKeysOptions,
  VerifierSettings,
} from './emulator-interface.ts'
export type { ChangeResponse, NextResponse, NextToken } from './hooks.ts'
export type { RequestKind } from './network/request-kind.ts'
export type { Disturbance } from './network/disturbances.ts'
export { emulatorFetch } from './network/emulator-fetch.ts'
export type { EmulatorFetchOptions } from './network/emulator-fetch.ts'
export { defaults } from './directory/defaults.ts'
export type { Directory } from './directory/directory.ts'
export type { App, Group, ManagedIdentity, Policy, Tenant, User } from './directory/registrations.ts'
export type { Cloud, CloudName } from './directory/clouds.ts'
export { readEmulatorOptions } from './directory/option-shapes.ts'
export type { GivenConsent } from './flows/client/consents.ts'
export type { HostedRequest } from './http/hosted-request.ts'
export type { KeyRingName, RotateOptions, SigningKeyEvent, SigningKeyState } from './keys/signing-keys.ts'
export type { ProofAlgorithm, ProofKey, ProofOptions } from './keys/proof-key.ts'
export type { TokenMembers } from './keys/sign.ts'
export type {
  AppOptions,
  AppRoleOptions,
  ConditionalAccessOptions,
  DpopOptions,
  EmulatorOptions,
  FederatedCredentialOptions,
  GroupOptions,
  ImplicitGrantOptions,
  ManagedIdentityOptions,
  PolicyOptions,
  RegistrationOptions,
  RedirectUriOptions,
  TenantOptions,
  TokenVersion,
  UserOptions,
} from './directory/options.ts'
export type {
  AccessTokenOptions,
  AppTokenOptions,
  B2cTokenOptions,
  BoundTo,
  IdTokenOptions,
  TokenOptions,
  UserTokenOptions,
} from './tokens/token-options.ts'
