import { PERSONAL_TENANT_ID } from './clouds.ts'
import type { Directory } from './directory.ts'
import type { Tenant } from './registrations.ts'

/** What the first segment of a path stands for: `common`, `organizations`, `consumers`, or one tenant. */
export type Audience = 'common' | 'organizations' | 'consumers' | Tenant

const isShared = (segment: string): segment is 'common' | 'organizations' | 'consumers' =>
  segment === 'common' || segment === 'organizations' || segment === 'consumers'

export function findAudience(directory: Directory, segment: string): Audience | undefined {
  const name = segment.toLowerCase()
  if (isShared(name)) return name
  if (name === PERSONAL_TENANT_ID) return 'consumers'
  return directory.tenant(name)
}
