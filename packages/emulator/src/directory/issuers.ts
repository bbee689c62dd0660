import type { Cloud } from './clouds.ts'
import type { Policy, Tenant } from './registrations.ts'

export function v1Issuer(cloud: Cloud, tenantId: string): string {
  return `https://${cloud.v1IssuerHost}/${tenantId}/`
}

export function v2Issuer(cloud: Cloud, tenantId: string): string {
  return `https://${cloud.loginHost}/${tenantId}/v2.0`
}

export function externalIdIssuer(tenantId: string): string {
  return `https://${tenantId}.ciamlogin.com/${tenantId}/v2.0`
}

export function b2cIssuer(tenant: Tenant, policy: Policy): string {
  return policy.issuer === 'policy'
    ? `https://${tenant.host}/tfp/${tenant.id}/${policy.name.toLowerCase()}/v2.0/`
    : `https://${tenant.host}/${tenant.id}/v2.0/`
}

/** The identity provider of a guest, as `idp` names it: another tenant, or `live.com`. */
export function homeOfGuest(guestFrom: string | undefined): string | undefined {
  return guestFrom === undefined || guestFrom === 'live.com'
    ? guestFrom
    : `https://sts.windows.net/${guestFrom}/`
}
