import { errorResponse, tenantNotFound } from '../http/responses.ts'
import type { HostedRequest } from '../http/hosted-request.ts'
import type { World } from '../world.ts'
import { flowAuthority } from './authority.ts'
import { answerAuthorize } from './authorization-endpoint.ts'
import { answerDevicePage, startDevice } from './device-endpoint.ts'
import { answerInstanceDiscovery } from './instance-discovery.ts'
import { escapeHtml, page } from '../http/pages.ts'
import { Refusal } from './refusal.ts'
import { answerToken } from './token-endpoint.ts'

const preflight = (): Response =>
  new Response(null, {
    status: 200,
    headers: {
      'access-control-allow-origin': '*',
      'access-control-allow-methods': 'POST, OPTIONS',
      'access-control-allow-headers': '*',
      'access-control-max-age': '86400',
    },
  })

/** Answers the endpoints of OAuth. `undefined` when the request is for something else. */
export async function answerFlow(world: World, hosted: HostedRequest): Promise<Response | undefined> {
  const discovery = answerInstanceDiscovery(hosted)
  if (discovery !== undefined) return discovery
  const authority = flowAuthority(world, hosted)
  if (authority === undefined) return undefined
  if (authority === 'tenant') {
    return errorResponse(tenantNotFound(hosted.url.pathname.split('/')[1] ?? ''), world.now())
  }
  const { request } = hosted
  const method = request.method === 'OPTIONS' ? 'preflight' : request.method
  switch (`${method} ${authority.path.replace('/v2.0/', '/')}`) {
    case 'preflight oauth2/token':
      return preflight()
    case 'POST oauth2/token':
      return refusalsAsJson(world, () => answerToken(world, request, authority))
    case 'POST oauth2/devicecode':
      return refusalsAsJson(world, () => startDevice(world, request, authority))
    case 'GET oauth2/authorize':
    case 'POST oauth2/authorize':
      return refusalsAsPage(() => answerAuthorize(world, request, hosted.url, authority))
    case 'GET oauth2/deviceauth':
    case 'POST oauth2/deviceauth':
      return answerDevicePage(world, request, authority)
    case 'GET oauth2/logout':
      return signedOut(hosted)
    default:
      return undefined
  }
}

async function refusalsAsJson(world: World, answer: () => Promise<Response>): Promise<Response> {
  try {
    return await answer()
  } catch (error) {
    if (error instanceof Refusal) return errorResponse(error.answer, world.now())
    throw error
  }
}

/** Until the redirect URI is known to be the client's, a refusal is for the person at the screen. */
async function refusalsAsPage(answer: () => Promise<Response>): Promise<Response> {
  try {
    return await answer()
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    const { code, message, status } = error.answer
    return page(
      'Sorry, but we’re having trouble signing you in.',
      `<p>AADSTS${code}: ${escapeHtml(message)}</p>`,
      status,
    )
  }
}

function signedOut({ url }: HostedRequest): Response {
  const back = url.searchParams.get('post_logout_redirect_uri')
  const link =
    back !== null && /^https?:/.test(back)
      ? `<p><a href="${escapeHtml(back)}">Go back to the application</a></p>`
      : ''
  return page('You signed out of your account', link)
}
