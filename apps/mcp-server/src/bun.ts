import { createWebServer } from './web.ts'

const serve = createWebServer(process.env)

/** `bun src/bun.ts` serves the default export, as `deno serve src/bun.ts` does. */
export default {
  hostname: '127.0.0.1',
  port: Number(process.env['PORT'] ?? 8790),
  fetch: (request: Request) => serve(request),
}
