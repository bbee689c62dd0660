import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

import { exportJWK, generateKeyPair } from 'jose'
import { Provider } from 'oidc-provider'

import { redirectUri, serve } from './provider.ts'

const resource = 'urn:orders'
const clientId = 'orders-web'

const server = createServer()
await new Promise<void>((resolve) => {
  server.listen(0, '127.0.0.1', resolve)
})
const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
const { privateKey } = await generateKeyPair('RS256', { modulusLength: 2048, extractable: true })

const provider = new Provider(url, {
  jwks: { keys: [{ ...(await exportJWK(privateKey)), alg: 'RS256', use: 'sig', kid: 'one' }] },
  clients: [
    {
      client_id: clientId,
      token_endpoint_auth_method: 'none',
      application_type: 'native',
      redirect_uris: [redirectUri],
    },
  ],
  findAccount: (_, accountId) => ({ accountId, claims: () => ({ sub: accountId }) }),
  features: {
    devInteractions: { enabled: false },
    // An access token for an API, as a JWT: without a resource it is opaque.
    resourceIndicators: {
      enabled: true,
      defaultResource: () => resource,
      useGrantedResource: () => true,
      getResourceServerInfo: () => ({
        scope: 'Orders.Read',
        audience: resource,
        accessTokenFormat: 'jwt',
        jwt: { sign: { alg: 'RS256' } },
      }),
    },
  },
})

/** In the place of its pages: whoever comes is Ada, and agrees. Once for each browser. */
provider.use(async (context, next) => {
  if (!context.path.startsWith('/interaction/')) {
    await next()
    return
  }
  const { prompt, session } = await provider.interactionDetails(context.req, context.res)
  context.respond = false
  if (prompt.name === 'login') {
    await provider.interactionFinished(context.req, context.res, { login: { accountId: 'ada' } })
    return
  }
  const grant = new provider.Grant({ accountId: session?.accountId ?? '', clientId })
  grant.addOIDCScope('openid')
  grant.addResourceScope(resource, 'Orders.Read')
  const grantId = await grant.save()
  await provider.interactionFinished(
    context.req,
    context.res,
    { consent: { grantId } },
    { mergeWithLastSubmission: true },
  )
})
const answer = provider.callback()
server.on('request', (request, response) => void answer(request, response))
serve({
  authorizeUrl: `${url}/auth`,
  tokenUrl: `${url}/token`,
  keysUrl: `${url}/jwks`,
  clientId,
  redirectUri,
  scope: 'openid Orders.Read',
})
