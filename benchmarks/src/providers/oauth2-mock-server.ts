import { OAuth2Server } from 'oauth2-mock-server'

import { redirectUri, serve } from './provider.ts'

const server = new OAuth2Server()
await server.issuer.keys.generate('RS256')
await server.start(0, '127.0.0.1')
const url = `http://127.0.0.1:${server.address().port}`
serve({
  authorizeUrl: `${url}/authorize`,
  tokenUrl: `${url}/token`,
  keysUrl: `${url}/jwks`,
  clientId: 'orders-web',
  redirectUri,
  scope: 'openid Orders.Read',
})
