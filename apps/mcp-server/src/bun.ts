import { guardOf } from './handler.ts'
import { createServer } from './server.ts'

const mcp = guardOf(process.env).fetch(createServer)

/** `bun src/bun.ts` serves the default export, as `deno serve src/bun.ts` does. */
export default {
  hostname: '127.0.0.1',
  port: Number(process.env['PORT'] ?? 8790),
  fetch: (request: Request) =>
    new URL(request.url).pathname === '/health' ? new Response('ok') : mcp(request),
}
