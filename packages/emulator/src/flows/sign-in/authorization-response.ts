import { formPost } from '../../http/pages.ts'
import { errorMembers, type EntraError } from '../../http/responses.ts'
import { digest, toBase64url } from '../../values/encoding.ts'
import type { World } from '../../world.ts'
import { CODE_LIFETIME, newCode, type Grant } from '../token/grants.ts'
import { clientInfo, issueForUser, issueIdTokenFor } from '../token/token-response.ts'
import type { AuthorizationRequest, ReplyAddress } from './authorization-request.ts'
import type { Account } from './sessions.ts'

/** Sends an answer to the client, as it wanted to have it. */
export function reply(
  { redirectUri, mode, state }: ReplyAddress,
  members: Readonly<Record<string, string | undefined>>,
): Response {
  const answer = new URLSearchParams()
  for (const [name, value] of Object.entries(members)) if (value !== undefined) answer.set(name, value)
  if (state !== null) answer.set('state', state)
  if (mode === 'form_post') return formPost(redirectUri, answer)
  const target = new URL(redirectUri)
  if (mode === 'fragment') target.hash = answer.toString()
  else for (const [name, value] of answer) target.searchParams.set(name, value)
  return new Response(null, { status: 302, headers: { location: target.href, 'cache-control': 'no-store' } })
}

/** Tells the client why there is nothing for it. */
export function replyError(
  world: World,
  address: ReplyAddress,
  refused: EntraError,
  correlationId: string | null,
): Response {
  const { error, error_description, error_uri, suberror, claims } = errorMembers(
    refused,
    world.now(),
    correlationId,
  )
  return reply(address, { error, error_description, error_uri, suberror, claims })
}

/** OpenID Connect Core §3.3.2.11: the left half of the hash. */
async function halfHash(value: string): Promise<string> {
  return toBase64url((await digest('SHA-256', value)).slice(0, 16))
}

const present = (query: URLSearchParams, name: string): string | undefined => {
  const value = query.get(name)
  return value === null || value === '' ? undefined : value
}

function keepCode(world: World, { query, address }: AuthorizationRequest, grant: Grant): string {
  const code = newCode()
  world.grants.codes.set(code, {
    ...grant,
    redirectUri: address.redirectUri,
    challenge: present(query, 'code_challenge'),
    challengeMethod: present(query, 'code_challenge_method') ?? 'plain',
    jkt: present(query, 'dpop_jkt'),
    expiresAt: world.now() + CODE_LIFETIME,
  })
  return code
}

/** The code, and the tokens that the response type asks for. */
export async function replyGranted(
  world: World,
  asked: AuthorizationRequest,
  { user, sid, proofs, authenticatedAt }: Account,
): Promise<Response> {
  const { address, authority, types, query, scopes, claims, scope, nonce } = asked
  const grant: Grant = {
    clientId: address.client.clientId,
    user,
    scope,
    nonce,
    sid,
    proofs,
    authenticatedAt,
    platform: address.platform,
  }
  const answer = {
    world,
    authority,
    client: { app: address.client, authentication: 'public' as const },
    requested: scopes[0],
    claims,
    jkt: undefined,
  }
  const code = types.includes('code') ? keepCode(world, asked, grant) : undefined
  const issued = types.includes('token') ? await issueForUser(answer, grant) : undefined
  const idToken = types.includes('id_token')
    ? await issueIdTokenFor(answer, grant, {
        codeHash: code === undefined ? undefined : await halfHash(code),
        accessTokenHash: issued === undefined ? undefined : await halfHash(issued.token),
      })
    : undefined
  return reply(address, {
    code,
    access_token: issued?.token,
    token_type: issued === undefined ? undefined : 'Bearer',
    expires_in: issued === undefined ? undefined : String(issued.expiresIn),
    scope: issued?.scope,
    id_token: idToken,
    client_info: query.get('client_info') === '1' ? clientInfo(authority, user) : undefined,
    session_state: sid,
  })
}
