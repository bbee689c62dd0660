import {
  createVerifier,
  protectedResourceMetadata,
  readBearerToken,
  type UserIdentity,
  type Verifier,
  type VerifierOptions,
} from '@entraguard/core'
import { entraGuard } from '@entraguard/hono'
import { createMcpHandler, McpServer, requireScopes, type AuthInfo } from '@modelcontextprotocol/server'
import { Hono } from 'hono'
import { cors } from 'hono/cors'

const tenantId = '11111111-1111-4111-8111-111111111111'
const clientId = '22222222-2222-4222-8222-222222222222'

/** Where clients reach this server. It is not what `aud` says. */
const resource = 'https://mcp.contoso.com/mcp'

/** RFC 9728 §3.1: the path of the resource stands behind the well-known part. */
const metadataPath = '/.well-known/oauth-protected-resource/mcp'
const metadataUrl = new URL(metadataPath, resource).href

/** A scope as clients have to ask Entra for it. A token has the short name, `Orders.Read`. */
const scopePrefix = `api://${clientId}/`
const inFull = (scope: string): string => `${scopePrefix}${scope}`

const resourceMetadata = protectedResourceMetadata({
  resource,
  authorizationServers: [`https://login.microsoftonline.com/${tenantId}/v2.0`],
  scopes: [inFull('Orders.Read'), inFull('Orders.Write')],
})

export const options: VerifierOptions = {
  tenants: tenantId,
  audience: clientId, // what Entra writes into `aud`; never the resource
  challenge: { resourceMetadata: metadataUrl, scopePrefix },
}

/** What the SDK's own checks decide on. Without it `requireScopes` lets everybody pass. */
const authInfoOf = (user: UserIdentity, token: string): AuthInfo => ({
  token,
  clientId: user.clientId,
  scopes: user.scopes.map(inFull),
  expiresAt: user.expiresAt,
  resourceMetadataUrl: metadataUrl,
})

/** One MCP server for each request, with the user who asks. */
function createServer(user: UserIdentity): McpServer {
  const server = new McpServer({ name: 'orders', version: '1.0.0' })
  server.registerTool('my-orders', { description: 'The orders of the user who asks' }, () => ({
    content: [{ type: 'text', text: `orders of ${user.key}` }],
  }))
  server.registerTool(
    'cancel-orders',
    {
      description: 'Cancels the orders of the user who asks',
      // Everything that the tool needs: a client asks for exactly these.
      scopeChallenge: requireScopes(inFull('Orders.Read'), inFull('Orders.Write')),
    },
    () => ({ content: [{ type: 'text', text: `cancelled the orders of ${user.key}` }] }),
  )
  return server
}

export const createApp = (verifier: Verifier) =>
  new Hono()
    // Preflights carry no token, and a browser may read the challenge only if it is told so: before the guard.
    .use(cors({ origin: '*', exposeHeaders: ['WWW-Authenticate'] }))
    .get(metadataPath, (c) => c.json(resourceMetadata)) // public: clients read it before they have a token
    .use('/mcp', entraGuard(verifier, { scopes: ['Orders.Read'] }))
    .all('/mcp', (c) => {
      const user = c.var.identity
      const authInfo = authInfoOf(user, readBearerToken(c.req.header('authorization')))
      return createMcpHandler(() => createServer(user)).fetch(c.req.raw, { authInfo })
    })

export default createApp(createVerifier(options))
