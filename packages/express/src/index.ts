export {
  entraGuard,
  requireAccess,
  type EntraGuardMiddleware,
  type EntraGuardOptions,
} from './entra-guard.ts'
export { EntraGuardRefusal } from './refusal.ts'
