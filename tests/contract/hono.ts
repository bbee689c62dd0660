import { once } from 'node:events'

import { serve } from '@hono/node-server'
import { createApp } from 'hono-edge/src/app.ts'

import type { Adapter } from './adapter.ts'

/** The sample API on Hono, without and with a socket. */
export const honoAdapters: readonly Adapter[] = [
  {
    name: 'Hono, app.request',
    runs: 'in memory',
    async start({ verifier }) {
      const app = createApp(verifier)
      return { url: 'http://api.test', fetch: (request) => app.request(request), close: async () => {} }
    },
  },
  {
    name: 'Hono on Node',
    runs: 'on a socket',
    async start({ verifier }) {
      const server = serve({ fetch: createApp(verifier).fetch, hostname: '127.0.0.1', port: 0 })
      await once(server, 'listening')
      const address = server.address()
      if (address === null || typeof address === 'string') throw new Error('no port')
      return {
        url: `http://127.0.0.1:${address.port}`,
        async close() {
          server.close()
          await once(server, 'close')
        },
      }
    },
  },
]
