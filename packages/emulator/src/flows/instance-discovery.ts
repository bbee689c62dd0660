import { cloudOfLoginHost, clouds } from '../directory/clouds.ts'
import { json } from '../http/responses.ts'
import { baseOf, type HostedRequest } from '../http/hosted-request.ts'

const aliases = (host: string, more: readonly string[]) => ({
  preferred_network: host,
  preferred_cache: more[0] ?? host,
  aliases: [host, ...more],
})

const known = [
  aliases(clouds.public.loginHost, clouds.public.aliases),
  aliases(clouds.china.loginHost, clouds.china.aliases),
  aliases('login.microsoftonline.de', []),
  aliases(clouds.usgov.loginHost, clouds.usgov.aliases),
  aliases('login-us.microsoftonline.com', []),
]

/** `GET /common/discovery/instance`: how Microsoft's clients ask which host names belong together. */
export function answerInstanceDiscovery(hosted: HostedRequest): Response | undefined {
  if (hosted.url.pathname !== '/common/discovery/instance') return undefined
  const asked = hosted.url.searchParams.get('authorization_endpoint') ?? ''
  if (!URL.canParse(asked)) {
    return json(
      { error: 'invalid_request', error_description: 'AADSTS50013: authorization_endpoint must be a URL.' },
      400,
    )
  }
  const endpoint = new URL(asked)
  const own = hosted.origin !== undefined && endpoint.origin === hosted.origin
  if (!own && cloudOfLoginHost(endpoint.hostname) === undefined) {
    return json(
      {
        error: 'invalid_instance',
        error_description: 'AADSTS50049: Unknown or invalid instance.',
        error_codes: [50049],
      },
      400,
    )
  }
  const [, tenant = 'common'] = endpoint.pathname.split('/')
  const base = own ? baseOf(hosted.host, hosted) : `https://${endpoint.hostname}`
  return json({
    tenant_discovery_endpoint: `${base}/${tenant}/v2.0/.well-known/openid-configuration`,
    'api-version': '1.1',
    metadata: own ? [aliases(new URL(base).host, []), ...known] : known,
  })
}
