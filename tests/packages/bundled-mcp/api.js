// An MCP server with a guard, in memory: prints what becomes of a few tokens.
import { createVerifier } from '@entraguard/core'
import { createEmulator } from '@entraguard/emulator'
import { mcpGuard } from '@entraguard/mcp'
import { McpServer } from '@modelcontextprotocol/server'

export const resource = 'https://mcp.contoso.com/mcp'

export async function start() {
  const entra = await createEmulator({
    apps: [{ appIdUri: resource, scopes: ['Orders.Read', 'Orders.Write'] }],
  })
  const guard = mcpGuard(createVerifier(entra.verifierOptions()), {
    resource,
    access: { scopes: ['Orders.Read'] },
  })
  return { entra, guard }
}

export function createServer() {
  const server = new McpServer({ name: 'orders', version: '1.0.0' })
  server.registerTool('list', {}, () => ({ content: [{ type: 'text', text: 'orders' }] }))
  return server
}

export const call = (token) => ({
  method: 'POST',
  headers: {
    accept: 'application/json, text/event-stream',
    'content-type': 'application/json',
    authorization: `Bearer ${token}`,
  },
  body: JSON.stringify({
    jsonrpc: '2.0',
    id: 1,
    method: 'tools/call',
    params: { name: 'list', arguments: {} },
  }),
})
