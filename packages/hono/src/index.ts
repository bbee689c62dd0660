export { entraGuard, requireAccess, type EntraGuardOptions, type IdentityEnv } from './entra-guard.ts'
export type { VerifierSource } from './verifier-source.ts'
