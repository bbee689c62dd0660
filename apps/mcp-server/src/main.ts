import { createNodeServer } from './node.ts'

const port = Number(process.env['PORT'] ?? 8790)

// A wrong variable stops the process here, not the first request.
createNodeServer(process.env).listen(port, '127.0.0.1', () => {
  console.log(`MCP server on http://127.0.0.1:${port}/mcp`)
})
