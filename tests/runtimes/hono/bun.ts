import { upgradeWebSocket, websocket } from 'hono/bun'

import { createApp } from './app.ts'

/** `routes` are Bun's own: it answers them before it asks `fetch`. */
export default {
  fetch: createApp(upgradeWebSocket as never).fetch,
  websocket,
  hostname: '127.0.0.1',
  port: Number(process.env['PORT']),
  routes: { '/files/by-bun': new Response('answered by Bun') },
}
