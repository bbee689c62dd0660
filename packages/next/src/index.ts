export { getIdentity } from './get-identity.ts'
export type { GetIdentityOptions } from './get-identity.ts'
export { withEntraGuard } from './with-entra-guard.ts'
export { withEntraGuardApi } from './with-entra-guard-api.ts'
