import { serve } from '@hono/node-server'
import { Hono } from 'hono'

import { createApp } from './app.ts'
import { verifierOf } from './verifier.ts'

// A wrong variable stops the process here, not the first request.
const verifier = verifierOf(process.env)
const api = createApp(verifier)

// The playground shows which keys each API knows. Where codes are not exposed, there is no such page.
const app =
  verifier.challenge.exposeCode === true
    ? new Hono().get('/keys', (c) => c.json(verifier.keys())).route('/', api)
    : api

serve({ fetch: app.fetch, hostname: '127.0.0.1', port: Number(process.env['PORT'] ?? 8787) }, ({ port }) => {
  console.log(`orders API on http://127.0.0.1:${port}`)
})
