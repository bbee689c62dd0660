export { entraGuard, requireAccess, type IdentityEnv } from './entra-guard.ts'
export type { EntraGuardOptions } from './guard-options.ts'
export type { VerifierSource } from './verifier-source.ts'
