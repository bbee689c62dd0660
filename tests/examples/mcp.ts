import { createVerifier, type UserIdentity, type Verifier, type VerifierOptions } from '@entraguard/core'
import { identityOf, mcpGuard, needs } from '@entraguard/mcp'
import { McpServer } from '@modelcontextprotocol/server'

export const options: VerifierOptions = {
  tenants: '11111111-1111-4111-8111-111111111111', // your directory
  audience: '22222222-2222-4222-8222-222222222222', // what Entra writes into `aud`: the client id of this server
}

/** Where clients reach this server. It is the Application ID URI of its registration, too. */
const resource = 'https://mcp.contoso.com/mcp'

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
      scopeChallenge: needs({ scopes: ['Orders.Write'] }), // asked before the tool runs
    },
    (context) => ({
      content: [{ type: 'text', text: `cancelled the orders of ${identityOf(context).key}` }],
    }),
  )
  return server
}

export const createHandler = (verifier: Verifier) =>
  mcpGuard(verifier, {
    resource,
    access: { scopes: ['Orders.Read'] }, // of every request
    scopesSupported: ['Orders.Read', 'Orders.Write'],
  }).fetch(createServer)

export default { fetch: createHandler(createVerifier(options)) }
