import type { Directory } from './directory.ts'
import { toUser, type User } from './registrations.ts'
import { digest, toBase64url } from '../values/encoding.ts'

/** The subject of a user for one application: pairwise, so that two applications cannot compare. */
export async function pairwiseSubject(tenantId: string, objectId: string, clientId: string): Promise<string> {
  return toBase64url(await digest('SHA-256', `${tenantId} ${objectId} ${clientId}`))
}

function toGuid(bytes: Uint8Array): string {
  const hex = Array.from(bytes.slice(0, 16), (byte) => byte.toString(16).padStart(2, '0')).join('')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20)}`
}

/** The object id of an application's service principal: one for each tenant, the same at every start. */
export async function servicePrincipalId(tenantId: string, clientId: string): Promise<string> {
  return toGuid(await digest('SHA-256', `${tenantId} ${clientId}`))
}

/** The named user, or the first one of the tenant, or somebody for a tenant that nobody configured. */
export function choosePrincipal(directory: Directory, tenantId: string, name?: string): User {
  if (name !== undefined) {
    const user = directory.user(name)
    if (user === undefined) throw new TypeError(`user: the emulator does not know ${JSON.stringify(name)}`)
    return user
  }
  const members = directory.users.filter((user) => user.tenantId === tenantId)
  const somebody = {
    id: 'cccccccc-0000-4000-8000-000000000001',
    userPrincipalName: 'somebody@example.com',
    name: 'Some Body',
  }
  return members.find(({ guestFrom }) => guestFrom === undefined) ?? members[0] ?? toUser(somebody, tenantId)
}

/** The name that is shown: a guest's is the one at home, a personal account's has a prefix. */
export function guestName(user: User): string {
  const shown = user.email ?? user.userPrincipalName
  if (user.guestFrom === undefined) return user.userPrincipalName
  return user.guestFrom === 'live.com' ? `live.com#${shown}` : shown
}

/** The opaque `login_hint` claim: the best name for a silent sign-in. */
export const loginHint = (user: User): string => `O.${toBase64url(user.userPrincipalName)}`

/** Does a `login_hint` mean this user? It may be a sign-in name, an address, or the claim. */
export function isHinted(user: User, hint: string): boolean {
  const name = hint.toLowerCase()
  return (
    user.userPrincipalName.toLowerCase() === name ||
    user.email?.toLowerCase() === name ||
    loginHint(user) === hint
  )
}
