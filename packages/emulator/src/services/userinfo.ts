import { cloudOfLoginHost } from '../directory/clouds.ts'
import { pairwiseSubject } from '../directory/principals.ts'
import { microsoftGraph, type User } from '../directory/registrations.ts'
import { b2cAddress } from '../http/b2c-address.ts'
import type { HostedRequest } from '../http/hosted-request.ts'
import { json, preflight } from '../http/responses.ts'
import type { World } from '../world.ts'
import { readPresentedToken } from './presented-token.ts'

/** RFC 6750 §3.1, readable for the page that asks. */
const refused = (status: 401 | 403, error: string): Response =>
  json({ error }, status, {
    'www-authenticate': `Bearer error="${error}"`,
    'access-control-allow-origin': '*',
  })

const text = (value: unknown): string => (typeof value === 'string' ? value : '')

/** OpenID Connect Core §5.3.2: the subject is the one of the ID token, which is another one for each client. */
async function claimsOf(user: User, clientId: string, scopes: ReadonlySet<string>): Promise<object> {
  return {
    sub: await pairwiseSubject(user.tenantId, user.id, clientId),
    ...(scopes.has('profile') && {
      name: user.name,
      family_name: user.familyName,
      given_name: user.givenName,
      picture: 'https://graph.microsoft.com/v1.0/me/photo/$value',
    }),
    ...(scopes.has('email') && { email: user.email ?? user.userPrincipalName }),
  }
}

/** OpenID Connect's userinfo, for a token of Microsoft Graph with the permission `openid`. */
export async function answerUserInfo(world: World, hosted: HostedRequest): Promise<Response> {
  const claims = await readPresentedToken(world, hosted)
  if (claims === undefined || world.directory.app(text(claims.aud).replace(/\/$/, '')) !== microsoftGraph) {
    return refused(401, 'invalid_token')
  }
  const user = world.directory.users.find(
    ({ id, tenantId }) => id === claims['oid'] && tenantId === claims['tid'],
  )
  if (user === undefined || typeof claims['scp'] !== 'string') return refused(401, 'invalid_token')
  const scopes = new Set(claims['scp'].split(' '))
  if (!scopes.has('openid')) return refused(403, 'insufficient_scope')
  const clientId = text(claims['appid'] ?? claims['azp'])
  return json(await claimsOf(user, clientId, scopes), 200, { 'access-control-allow-origin': '*' })
}

/** B2C gives what is in its tokens, for an access token of the same policy. */
async function answerB2c(world: World, hosted: HostedRequest): Promise<Response> {
  const claims = await readPresentedToken(world, hosted)
  const policy = text(claims?.['tfp'] ?? claims?.['acr']).toLowerCase()
  if (claims === undefined || policy === '' || policy !== b2cAddress(hosted.url).policyName.toLowerCase()) {
    return refused(401, 'invalid_token')
  }
  const { sub, name, given_name, family_name, emails } = claims
  return json({ sub, name, given_name, family_name, emails }, 200, { 'access-control-allow-origin': '*' })
}

/** The userinfo endpoints below an authority: of v1.0, and of each policy of B2C. */
export async function answerAuthorityUserInfo(
  world: World,
  hosted: HostedRequest,
): Promise<Response | undefined> {
  const { host, url, request } = hosted
  if (!url.pathname.endsWith('/openid/userinfo')) return undefined
  const own = world.directory.tenantOfHost(host)
  if (cloudOfLoginHost(host) === undefined && own === undefined) return undefined
  if (request.method === 'OPTIONS') return preflight('GET, POST, OPTIONS')
  return own?.kind === 'b2c' ? answerB2c(world, hosted) : answerUserInfo(world, hosted)
}
