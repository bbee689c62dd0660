import { createVerifier, type UserIdentity } from '@entraguard/core'
import { mcpGuard } from '@entraguard/mcp'
import { McpServer } from '@modelcontextprotocol/server'

const verifier = createVerifier({
  tenants: '11111111-1111-4111-8111-111111111111', // your directory
  audience: [
    '22222222-2222-4222-8222-222222222222', // your API's client id: v2.0 tokens
    'api://22222222-2222-4222-8222-222222222222', // its Application ID URI: v1.0 tokens
  ],
})

/** One MCP server for each request, with the user who asks. */
function createServer(user: UserIdentity): McpServer {
  const server = new McpServer({ name: 'orders', version: '1.0.0' })
  server.registerTool('my-orders', { description: 'The orders of the user who asks' }, () => ({
    content: [{ type: 'text', text: `orders of ${user.key}` }],
  }))
  return server
}

export default mcpGuard(verifier, {
  resource: 'https://mcp.contoso.com/mcp', // where clients reach this server
  access: { scopes: ['Orders.Read'] },
}).fetch(createServer)
