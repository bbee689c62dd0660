import type { App, User } from '../../directory/registrations.ts'
import type { World } from '../../world.ts'
import { refusals } from '../refusals.ts'

/** "Assignment required": is the user, one of their groups, or one of their roles assigned to the app? */
export function requireAssignment({ directory }: World, app: App, user: User): void {
  if (!app.assignmentRequired) return
  const names = [user.id, user.userPrincipalName]
  const groups = directory.groupsOf(user.tenantId, ...names)
  const roles = new Set(app.appRoles.map(({ value }) => value))
  const assigned =
    app.assigned.some((one) => names.includes(one) || groups.includes(one)) ||
    user.roles.some((role) => roles.has(role))
  if (!assigned) throw refusals.userNotAssigned(app, user.userPrincipalName)
}
