import { upgradeWebSocket } from 'hono/cloudflare-workers'

import { createApp } from './app.ts'

export default createApp(upgradeWebSocket as never)
