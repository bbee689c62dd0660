import { upgradeWebSocket } from 'hono/deno'

import { createApp } from './app.ts'

export default { fetch: createApp(upgradeWebSocket as never).fetch }
