import { serve, upgradeWebSocket, type WebSocketServerLike } from '@hono/node-server'
import { WebSocketServer } from 'ws'

import { createApp } from './app.ts'

serve({
  fetch: createApp(upgradeWebSocket as never).fetch,
  hostname: '127.0.0.1',
  port: Number(process.env['PORT']),
  websocket: { server: new WebSocketServer({ noServer: true }) as WebSocketServerLike },
})
