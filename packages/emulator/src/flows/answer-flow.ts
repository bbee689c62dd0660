import type { HostedRequest } from '../http/hosted-request.ts'
import { escapeHtml, page } from '../http/pages.ts'
import { described, errorResponse, preflight, tenantNotFound } from '../http/responses.ts'
import type { World } from '../world.ts'
import { flowAuthority, type FlowAuthority } from './authority.ts'
import { answerInstanceDiscovery } from './instance-discovery.ts'
import { Refusal } from './refusal.ts'
import { answerAuthorize } from './sign-in/authorization-endpoint.ts'
import { answerDevicePage, startDevice } from './sign-in/device-endpoint.ts'
import { answerLogout } from './sign-in/logout-endpoint.ts'
import { answerToken } from './token/token-endpoint.ts'
import { answerUserRealm } from './user-realm.ts'

/** Answers the endpoints of OAuth. `undefined` when the request is for something else. */
export async function answerFlow(world: World, hosted: HostedRequest): Promise<Response | undefined> {
  const discovery = answerInstanceDiscovery(hosted) ?? answerUserRealm(world, hosted)
  if (discovery !== undefined) return discovery
  const authority = flowAuthority(world, hosted)
  if (authority === undefined) return undefined
  if (authority === 'tenant') {
    const unknown = tenantNotFound(hosted.url.pathname.split('/')[1] ?? '')
    return errorResponse({ ...unknown, error: 'invalid_request' }, world.now(), correlationOf(hosted))
  }
  return answerEndpoint(world, hosted, authority)
}

async function answerEndpoint(
  world: World,
  hosted: HostedRequest,
  authority: FlowAuthority,
): Promise<Response | undefined> {
  const { request } = hosted
  const method = request.method === 'OPTIONS' ? 'preflight' : request.method
  switch (`${method} ${authority.path.replace('/v2.0/', '/')}`) {
    case 'preflight oauth2/token':
    case 'preflight oauth2/devicecode':
      return preflight('POST, OPTIONS')
    case 'POST oauth2/token':
      return refusalsAsJson(world, hosted, () => answerToken(world, request, authority))
    case 'POST oauth2/devicecode':
      return refusalsAsJson(world, hosted, () => startDevice(world, request, authority))
    case 'GET oauth2/authorize':
    case 'POST oauth2/authorize':
      return refusalsAsPage(() => answerAuthorize(world, hosted, authority))
    case 'GET oauth2/deviceauth':
    case 'POST oauth2/deviceauth':
      return answerDevicePage(world, request, authority)
    case 'GET oauth2/logout':
    case 'POST oauth2/logout':
      return answerLogout(world, hosted, authority)
    default:
      return undefined
  }
}

const correlationOf = ({ request, url }: HostedRequest): string | null =>
  request.headers.get('client-request-id') ?? url.searchParams.get('client-request-id')

async function refusalsAsJson(
  world: World,
  hosted: HostedRequest,
  answer: () => Promise<Response>,
): Promise<Response> {
  try {
    return await answer()
  } catch (error) {
    if (error instanceof Refusal) return errorResponse(error.answer, world.now(), correlationOf(hosted))
    throw error
  }
}

/** Until the redirect URI is known to be the client's, a refusal is for the person at the screen. */
async function refusalsAsPage(answer: () => Promise<Response>): Promise<Response> {
  try {
    return await answer()
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    return page(
      'Sorry, but we’re having trouble signing you in.',
      `<p>${escapeHtml(described(error.answer))}</p>`,
      error.answer.status,
    )
  }
}
