import type { User } from '../../directory/registrations.ts'
import { escapeHtml, hiddenFields, page, userForm } from '../../http/pages.ts'
import type { AuthorizationRequest } from './authorization-request.ts'

const actionOf = ({ authority }: AuthorizationRequest): string => `${authority.root}/${authority.path}`

/** Who signs in? The form sends the whole request back, with the choice. */
export function signInPage(asked: AuthorizationRequest, users: readonly User[]): Response {
  const { address, query } = asked
  const intro = `<p>Pick an account to continue to <strong>${escapeHtml(address.client.name)}</strong>.</p>`
  return page('Sign in', intro + userForm(actionOf(asked), query, users, { cancel: 'Cancel' }))
}

/** The consent page: may the app do what it asks for on behalf of this user? */
export function consentPage(
  asked: AuthorizationRequest,
  user: User,
  permissions: readonly string[],
): Response {
  const { address, query } = asked
  const members = new URLSearchParams(query)
  members.set('user', user.id)
  const list = permissions.map((permission) => `<li>${escapeHtml(permission)}</li>`).join('')
  return page(
    'Permissions requested',
    `<p><strong>${escapeHtml(address.client.name)}</strong> would like to do this as ${escapeHtml(user.userPrincipalName)}:</p>
<ul>${list}</ul>
<form method="post" action="${escapeHtml(actionOf(asked))}">
${hiddenFields(members)}
<button name="consent" value="accept">Accept</button>
<button name="consent" value="decline">Cancel</button>
</form>`,
  )
}
