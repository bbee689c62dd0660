import type { User } from '../directory/registrations.ts'
import type { World } from '../world.ts'
import { usersAt, type FlowAuthority } from './authority.ts'
import { findClient } from './client-authentication.ts'
import { CODE_LIFETIME, newCode } from './grants.ts'
import { escapeHtml, formPost, page, userForm } from '../http/pages.ts'
import { matchesRedirectUri } from './redirect-uris.ts'
import { Refusal, refusals, required } from './refusal.ts'
import { delegatedPermissions, readScopes } from './requested-scopes.ts'

/** Where the answer goes, known to be the client's own. */
interface ReplyAddress {
  readonly clientId: string
  readonly redirectUri: string
  readonly mode: string
  readonly state: string | null
}

/**
 * Sends an answer to the client. It is never sent to an address that is not registered: an open redirector would
 * hand the code to whoever made the link.
 */
function reply({ redirectUri, mode, state }: ReplyAddress, members: Record<string, string>): Response {
  const answer = new URLSearchParams(members)
  if (state !== null) answer.set('state', state)
  if (mode === 'form_post') return formPost(redirectUri, answer)
  const target = new URL(redirectUri)
  if (mode === 'fragment') target.hash = answer.toString()
  else for (const [name, value] of answer) target.searchParams.set(name, value)
  return new Response(null, { status: 302, headers: { location: target.href, 'cache-control': 'no-store' } })
}

function readReplyAddress(world: World, query: URLSearchParams, authority: FlowAuthority): ReplyAddress {
  const app = findClient(world, required(query, 'client_id'), authority)
  const redirectUri = query.get('redirect_uri') ?? app.redirectUris[0] ?? ''
  if (!app.redirectUris.some((registered) => matchesRedirectUri(registered, redirectUri))) {
    throw refusals.redirectUnknown(redirectUri, app.clientId)
  }
  const mode = query.get('response_mode') ?? 'query'
  return { clientId: app.clientId, redirectUri, mode, state: query.get('state') }
}

/** What the client asks for, checked before anybody is asked to sign in. */
function checkRequest(world: World, query: URLSearchParams, authority: FlowAuthority): void {
  const type = required(query, 'response_type')
  if (type !== 'code') throw refusals.responseTypeUnsupported(type)
  const app = findClient(world, required(query, 'client_id'), authority)
  delegatedPermissions(app, readScopes(world, required(query, 'scope'), authority.segment))
  if (query.get('prompt') === 'none') throw refusals.signInRequired()
}

function grantCode(world: World, query: URLSearchParams, address: ReplyAddress, user: User): string {
  const code = newCode()
  const nonce = query.get('nonce')
  world.grants.codes.set(code, {
    clientId: address.clientId,
    user,
    scope: query.get('scope') ?? '',
    redirectUri: address.redirectUri,
    challenge: query.get('code_challenge') ?? undefined,
    challengeMethod: query.get('code_challenge_method') ?? 'plain',
    expiresAt: world.now() + CODE_LIFETIME,
    ...(nonce === null ? {} : { nonce }),
  })
  return code
}

function signInPage(
  world: World,
  query: URLSearchParams,
  address: ReplyAddress,
  authority: FlowAuthority,
): Response {
  const app = findClient(world, address.clientId, authority)
  const hint = query.get('login_hint')?.toLowerCase()
  const users = usersAt(world, authority).toSorted(
    (one, other) =>
      Number(other.userPrincipalName.toLowerCase() === hint) -
      Number(one.userPrincipalName.toLowerCase() === hint),
  )
  const intro = `<p>Pick an account to continue to <strong>${escapeHtml(app.name)}</strong>.</p>`
  return page(
    'Sign in',
    intro + userForm(`${authority.root}/${authority.path}`, query, users, { cancel: 'Cancel' }),
  )
}

/** `GET` shows the sign-in page, `POST` is somebody's choice there. */
export async function answerAuthorize(
  world: World,
  request: Request,
  url: URL,
  authority: FlowAuthority,
): Promise<Response> {
  const query = request.method === 'POST' ? new URLSearchParams(await request.text()) : url.searchParams
  const address = readReplyAddress(world, query, authority)
  try {
    checkRequest(world, query, authority)
    const chosen = request.method === 'POST' ? query.get('user') : null
    if (chosen === null) return signInPage(world, query, address, authority)
    const user = usersAt(world, authority).find(({ id }) => id === chosen)
    if (user === undefined) {
      return reply(address, {
        error: 'access_denied',
        error_description: 'AADSTS65004: User declined to consent to access the app.',
      })
    }
    return reply(address, { code: grantCode(world, query, address, user) })
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    const { error: name, code, message } = error.answer
    return reply(address, { error: name, error_description: `AADSTS${code}: ${message}` })
  }
}
