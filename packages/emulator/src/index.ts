export { createEmulator } from './emulator.ts'
export type { Emulator, RequestRecord, RotateKeysOptions, VerifierSettings } from './emulator.ts'
export type { Disturbance } from './disturbances.ts'
export { emulatorFetch } from './emulator-fetch.ts'
export type { EmulatorFetchOptions } from './emulator-fetch.ts'
export { defaults } from './defaults.ts'
export type { Directory } from './directory.ts'
export type { App, Group, Policy, Tenant, User } from './registrations.ts'
export type { Cloud, CloudName } from './clouds.ts'
export { readEmulatorOptions } from './option-shapes.ts'
export type { HostedRequest } from './router.ts'
export type { KeyRingName, RotateOptions } from './signing-keys.ts'
export type { TokenMembers } from './sign.ts'
export type {
  AppOptions,
  AppRoleOptions,
  EmulatorOptions,
  FederatedCredentialOptions,
  GroupOptions,
  PolicyOptions,
  TenantOptions,
  TokenVersion,
  UserOptions,
} from './options.ts'
export type {
  AccessTokenOptions,
  AppTokenOptions,
  B2cTokenOptions,
  IdTokenOptions,
  TokenOptions,
  UserTokenOptions,
} from './token-options.ts'
