import type { App } from '../../directory/registrations.ts'
import { nonceHeaders } from '../../http/responses.ts'
import type { World } from '../../world.ts'
import type { FlowAuthority } from '../authority.ts'
import { readClaimsRequest } from '../claims-request.ts'
import { authenticateClient } from '../client/client-authentication.ts'
import { newNonce, provenKey } from '../client/dpop.ts'
import { sharesOrigin } from '../client/redirect-uris.ts'
import { required } from '../refusal.ts'
import { refusals } from '../refusals.ts'
import {
  authorizationCode,
  clientCredentials,
  deviceCode,
  onBehalfOf,
  password,
  refresh,
} from './grant-types.ts'
import type { Grant } from './grants.ts'
import type { TokenRequest } from './token-request.ts'

type GrantType = (request: TokenRequest) => Promise<Response>

const grantTypes: ReadonlyMap<string, GrantType> = new Map([
  ['client_credentials', clientCredentials],
  ['authorization_code', authorizationCode],
  ['refresh_token', refresh],
  ['password', password],
  ['urn:ietf:params:oauth:grant-type:device_code', deviceCode],
  ['device_code', deviceCode],
  ['urn:ietf:params:oauth:grant-type:jwt-bearer', onBehalfOf],
])

/** What the request redeems, as far as it is known before its client is. */
const grantOf = ({ grants }: World, form: URLSearchParams): Grant | undefined =>
  grants.codes.get(form.get('code') ?? '') ?? grants.refreshTokens.get(form.get('refresh_token') ?? '')

/** Does an app with a credential need none here, because a public client of the same registration began this? */
function beganAsPublicClient(grantType: string, grant: Grant | undefined): (app: App) => boolean {
  const began = grant?.platform === 'spa' || grant?.platform === 'publicClient'
  const handsOver = grantType === 'password' || grantType.endsWith('device_code')
  return (app) => began || (handsOver && app.publicClientFlows)
}

/** A page redeems what was given to a page, whatever it proves. */
function refusePages(origin: string | null, grant: Grant | undefined): void {
  const isForNoPage = grant?.platform === 'web' || grant?.platform === 'publicClient'
  if (origin !== null && isForNoPage) throw refusals.redemptionByPage(origin)
}

/** A single-page app redeems its code from the page of its redirect URI, and from no other. */
function allowOrigin(response: Response, { redirectUris }: App, origin: string | null): void {
  if (origin === null || !redirectUris.some((uri) => sharesOrigin(uri, origin))) return
  response.headers.set('access-control-allow-origin', origin)
  response.headers.set('vary', 'Origin')
}

/** RFC 9449 §8.2: the next nonce comes with each answer. */
function giveNonce(world: World, { headers }: Response): void {
  for (const [name, value] of Object.entries(nonceHeaders(newNonce(world)))) headers.set(name, value)
}

/** `POST /{tenant}/oauth2/v2.0/token`, and the v1.0 endpoint beside it. */
export async function answerToken(
  world: World,
  request: Request,
  authority: FlowAuthority,
): Promise<Response> {
  const form = new URLSearchParams(await request.text())
  const grantType = required(form, 'grant_type')
  const answer = grantTypes.get(grantType)
  if (answer === undefined) throw refusals.grantUnsupported()
  const origin = request.headers.get('origin')
  const grant = grantOf(world, form)
  refusePages(origin, grant)
  const client = await authenticateClient(
    world,
    form,
    request.headers,
    authority,
    beganAsPublicClient(grantType, grant),
  )
  const { nonce } = client.app.dpop
  const jkt = await provenKey(world, request, { address: `${authority.root}/${authority.path}`, nonce })
  const claims = readClaimsRequest(form)
  const response = await answer({ world, form, authority, client, origin, claims, jkt })
  if (nonce) giveNonce(world, response)
  allowOrigin(response, client.app, origin)
  return response
}
