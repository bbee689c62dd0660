import { serve } from '@hono/node-server'
import { Hono } from 'hono'

import { createApp } from './app.ts'
import { createProbe } from './probe.ts'
import { verifierOf } from './verifier.ts'

// A wrong variable stops the process here, not the first request.
const verifier = verifierOf(process.env)
const app = new Hono().route(
  '/',
  createProbe(() => verifier),
)

// The playground of the portal shows which keys each API knows. Where codes are not exposed, there is no such page.
if (verifier.challenge.exposeCode === true) app.get('/keys', (c) => c.json(verifier.keys()))
app.route('/', createApp(verifier))

serve({ fetch: app.fetch, hostname: '127.0.0.1', port: Number(process.env['PORT'] ?? 8787) }, ({ port }) => {
  console.log(`orders API on http://127.0.0.1:${port}`)
})
