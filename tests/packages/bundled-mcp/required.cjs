// As an application in CommonJS has it: the SDK by require, which is another copy than an import gives.
const { createVerifier } = require('@entraguard/core')
const { createEmulator } = require('@entraguard/emulator')
const { mcpGuard, needs } = require('@entraguard/mcp')
const { McpServer } = require('@modelcontextprotocol/server')

const resource = 'https://mcp.contoso.com/mcp'

function createServer() {
  const server = new McpServer({ name: 'orders', version: '1.0.0' })
  server.registerTool('list', {}, () => ({ content: [] }))
  server.registerTool('cancel', { scopeChallenge: needs({ scopes: ['Orders.Write'] }) }, () => ({
    content: [],
  }))
  return server
}

const eras = {
  '2025-11-25': {},
  '2026-07-28': {
    _meta: {
      'io.modelcontextprotocol/protocolVersion': '2026-07-28',
      'io.modelcontextprotocol/clientInfo': { name: 'test', version: '1.0.0' },
      'io.modelcontextprotocol/clientCapabilities': {},
    },
  },
}

async function main() {
  const entra = await createEmulator({
    apps: [{ appIdUri: resource, scopes: ['Orders.Read', 'Orders.Write'] }],
  })
  const access = { scopes: ['Orders.Read'] }
  const handler = mcpGuard(createVerifier(entra.verifierOptions()), { resource, access }).fetch(createServer)
  const token = await entra.issueUserToken({ scopes: ['Orders.Read'] })
  const statuses = []
  for (const [era, meta] of Object.entries(eras)) {
    for (const name of ['list', 'cancel']) {
      const headers = {
        accept: 'application/json, text/event-stream',
        'content-type': 'application/json',
        authorization: `Bearer ${token}`,
        'mcp-protocol-version': era,
        ...('_meta' in meta && { 'mcp-method': 'tools/call', 'mcp-name': name }),
      }
      const params = { name, arguments: {}, ...meta }
      const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params })
      statuses.push((await handler(new Request(resource, { method: 'POST', headers, body }))).status)
    }
  }
  console.log(JSON.stringify(statuses))
}

void main()
