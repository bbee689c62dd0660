import { createServer as createHttpServer } from 'node:http'

import { guardOf } from './handler.ts'
import { createServer } from './server.ts'

// A wrong variable stops the process here, not the first request.
const mcp = guardOf(process.env).node(createServer)
const port = Number(process.env['PORT'] ?? 8790)

createHttpServer((request, response) => {
  if (request.url === '/health') response.end('ok')
  else mcp(request, response)
}).listen(port, '127.0.0.1', () => {
  console.log(`MCP server on http://127.0.0.1:${port}/mcp`)
})
