import {
  createVerifier,
  protectedResourceMetadata,
  type UserIdentity,
  type Verifier,
  type VerifierOptions,
} from '@entraguard/core'
import { entraGuard } from '@entraguard/hono'
import { createMcpHandler, McpServer } from '@modelcontextprotocol/server'
import { Hono } from 'hono'

const tenantId = '11111111-1111-4111-8111-111111111111'
const clientId = '22222222-2222-4222-8222-222222222222'

/** Where clients reach this server. It is not what `aud` says. */
const resource = 'https://mcp.contoso.com/mcp'

/** RFC 9728 §3.1: the path of the resource stands behind the well-known part. */
const metadataPath = '/.well-known/oauth-protected-resource/mcp'

const resourceMetadata = protectedResourceMetadata({
  resource,
  authorizationServers: [`https://login.microsoftonline.com/${tenantId}/v2.0`],
  scopes: [`api://${clientId}/Orders.Read`], // verbatim, with api://
})

export const options: VerifierOptions = {
  tenants: tenantId,
  audience: clientId, // what Entra writes into `aud`; never the resource
  challenge: { resourceMetadata: new URL(metadataPath, resource).href },
}

/** One MCP server for each request, with the user who asks. */
function createServer(user: UserIdentity): McpServer {
  const server = new McpServer({ name: 'orders', version: '1.0.0' })
  server.registerTool('my-orders', { description: 'The orders of the user who asks' }, () => ({
    content: [{ type: 'text', text: `orders of ${user.key}` }],
  }))
  return server
}

export const createApp = (verifier: Verifier) =>
  new Hono()
    .get(metadataPath, (c) => c.json(resourceMetadata)) // public: clients read it before they have a token
    .use('/mcp', entraGuard(verifier, { scopes: ['Orders.Read'] }))
    .all('/mcp', (c) => {
      const user = c.var.identity
      return createMcpHandler(() => createServer(user)).fetch(c.req.raw)
    })

export default createApp(createVerifier(options))
