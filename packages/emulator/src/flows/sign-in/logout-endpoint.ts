import { decodeJwt } from 'jose'

import { v2Issuer } from '../../directory/issuers.ts'
import { isHinted } from '../../directory/principals.ts'
import type { App } from '../../directory/registrations.ts'
import type { HostedRequest } from '../../http/hosted-request.ts'
import { escapeHtml, page } from '../../http/pages.ts'
import type { World } from '../../world.ts'
import type { FlowAuthority } from '../authority.ts'
import { matchesRedirectUri } from '../client/redirect-uris.ts'
import type { Account, Session } from './sessions.ts'

/** The app that an ID token is for, if it is one; nothing depends on its signature. */
function audienceOfToken(token: string | null): unknown {
  try {
    return decodeJwt(token ?? '').aud
  } catch {
    return undefined
  }
}

/** The apps on whose behalf somebody signs out: those of the session, and the one that the request names. */
function appsSigningOut(
  { directory }: World,
  query: URLSearchParams,
  accounts: readonly Account[],
): readonly App[] {
  const named = [query.get('client_id'), audienceOfToken(query.get('id_token_hint'))]
  const ids = new Set(
    [...named, ...accounts.flatMap(({ apps }) => [...apps])].filter((id) => typeof id === 'string'),
  )
  // Nobody is signed in and no app is named: any registration may be the one.
  return ids.size === 0 ? directory.apps : directory.apps.filter(({ clientId }) => ids.has(clientId))
}

function returnAddress(query: URLSearchParams, apps: readonly App[]): string | undefined {
  const asked = query.get('post_logout_redirect_uri')
  if (asked === null || !URL.canParse(asked)) return undefined
  const known = apps.some(({ redirectUris }) => redirectUris.some((uri) => matchesRedirectUri(uri, asked)))
  if (!known) return undefined
  const target = new URL(asked)
  const state = query.get('state')
  if (state !== null) target.searchParams.set('state', state)
  return target.href
}

/** Where each app that was signed in to hears of the end (OpenID Connect Front-Channel Logout 1.0). */
function frontChannels(
  { directory }: World,
  accounts: readonly Account[],
  { cloud, seenIssuer }: FlowAuthority,
): readonly string[] {
  return accounts.flatMap(({ user, sid, apps }) =>
    directory.apps.flatMap(({ clientId, frontChannelLogoutUri }) => {
      if (frontChannelLogoutUri === undefined || !apps.has(clientId) || !URL.canParse(frontChannelLogoutUri))
        return []
      const target = new URL(frontChannelLogoutUri)
      target.searchParams.set('sid', sid)
      target.searchParams.set('iss', seenIssuer(v2Issuer(cloud, user.tenantId)))
      return ['http:', 'https:'].includes(target.protocol) ? [target.href] : []
    }),
  )
}

/** The accounts that go: the one that is meant, or all of this browser. */
function leaving(session: Session | undefined, query: URLSearchParams): readonly Account[] {
  const accounts = session?.accounts ?? []
  const hint = query.get('logout_hint')
  const meant = hint === null ? [] : accounts.filter(({ user }) => isHinted(user, hint))
  return meant.length > 0 ? meant : accounts
}

function farewell(frames: readonly string[], back: string | undefined): Response {
  const hidden = frames.map((address) => `<iframe src="${escapeHtml(address)}" hidden></iframe>`).join('\n')
  const link = back === undefined ? '' : `<p><a href="${escapeHtml(back)}">Go back to the application</a></p>`
  return page('You signed out of your account', link + hidden, 200, {
    frames: frames.map((address) => new URL(address).origin),
    // Long enough for the frames to ask for their pages.
    refresh: back === undefined ? undefined : { seconds: 1, address: back },
  })
}

/** `…/logout`: ends the session, tells the apps, and goes back to where the app wants its user. */
export async function answerLogout(
  world: World,
  { request, url }: HostedRequest,
  authority: FlowAuthority,
): Promise<Response> {
  const query = request.method === 'POST' ? new URLSearchParams(await request.text()) : url.searchParams
  const session = world.sessions.of(request)
  const accounts = leaving(session, query)
  const frames = frontChannels(world, accounts, authority)
  const back = returnAddress(query, appsSigningOut(world, query, accounts))
  const everybody = accounts.length === (session?.accounts.length ?? 0)
  if (session !== undefined) world.sessions.signOut(session, accounts)
  const response =
    frames.length === 0 && back !== undefined
      ? new Response(null, { status: 302, headers: { location: back, 'cache-control': 'no-store' } })
      : farewell(frames, back)
  if (everybody) {
    response.headers.append('set-cookie', world.sessions.cookie(undefined, url.protocol === 'https:'))
  }
  return response
}
