import { serve } from '@hono/node-server'

import { createApp } from './app.ts'
import { verifierOf } from './verifier.ts'

// A wrong variable stops the process here, not the first request.
const app = createApp(verifierOf(process.env))

serve({ fetch: app.fetch, hostname: '127.0.0.1', port: Number(process.env['PORT'] ?? 8787) }, ({ port }) => {
  console.log(`orders API on http://127.0.0.1:${port}`)
})
