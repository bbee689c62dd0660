import type { Policy, Tenant } from './registrations.ts'

/** The policy of that name, in any case. */
export function findPolicy(tenant: Tenant, name: string): Policy | undefined {
  return tenant.policies.find((policy) => policy.name.toLowerCase() === name.toLowerCase())
}
