export { withEntraGuard, type EntraGuardOptions, type GuardedHandler } from './with-entra-guard.ts'
