import { PERSONAL_TENANT_ID, type Cloud } from '../directory/clouds.ts'
import type { Directory } from '../directory/directory.ts'
import { externalIdIssuer, v1Issuer, v2Issuer } from '../directory/issuers.ts'
import type { TokenVersion } from '../directory/options.ts'
import type { KeyRingName } from '../keys/signing-keys.ts'

/** The directory that issues a token. It need not be one that the emulator knows. */
export interface IssuingTenant {
  readonly id: string
  readonly kind: 'workforce' | 'externalId' | 'personal'
  readonly cloud: Cloud
}

/** The tenant that is named, else the one of the user who is named, else the first one. */
export function issuingTenant(
  directory: Directory,
  named: { readonly tenantId?: string | undefined; readonly user?: string | undefined },
): IssuingTenant {
  const user = named.user === undefined ? undefined : directory.user(named.user)
  const id = named.tenantId ?? user?.tenantId ?? directory.firstTenant.id
  const { cloud } = directory.firstTenant
  if (id === PERSONAL_TENANT_ID) return { id, kind: 'personal', cloud }
  const tenant = directory.tenant(id)
  if (tenant === undefined) return { id, kind: 'workforce', cloud }
  if (tenant.kind === 'b2c')
    throw new TypeError(`tenantId: ${tenant.name} is a B2C tenant, use issueB2cToken`)
  return { id: tenant.id, kind: tenant.kind, cloud: tenant.cloud }
}

export function issuerFor({ id, kind, cloud }: IssuingTenant, version: TokenVersion): string {
  if (kind === 'externalId') return externalIdIssuer(id)
  return (version === '1.0' ? v1Issuer : v2Issuer)(cloud, id)
}

export const ringFor = ({ kind, cloud }: IssuingTenant): KeyRingName =>
  kind === 'workforce' ? cloud.name : kind
