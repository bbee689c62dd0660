import type { Policy, Tenant } from './registrations.ts'
import type { KeyRingName } from '../keys/signing-keys.ts'

/** The policy of that name, in any case. */
export function findPolicy(tenant: Tenant, name: string): Policy | undefined {
  return tenant.policies.find((policy) => policy.name.toLowerCase() === name.toLowerCase())
}

/** User flows and custom policies have different keys. */
export const b2cRing = (policy: Policy): KeyRingName =>
  policy.name.toLowerCase().startsWith('b2c_1a_') ? 'b2cCustomPolicy' : 'b2cUserFlow'
