export { entraGuard, type EntraGuardOptions } from './entra-guard.ts'
export { identityOf, type AdmittedBy } from './identity-of.ts'
export { EntraGuardRefusal } from './refusal.ts'
// With it come the types of a route's `config`.
export type { RouteAccess } from './route-access.ts'
export { describeAccess } from './swagger.ts'
