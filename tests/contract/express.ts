import { once } from 'node:events'
import type { AddressInfo } from 'node:net'

import { createApp } from 'express-api/src/app.ts'

import type { Adapter } from './adapter.ts'

/** The sample API on Express. */
export const expressAdapters: readonly Adapter[] = [
  {
    name: 'Express',
    runs: 'on a socket',
    async start({ verifier }) {
      const server = createApp(verifier).listen(0, '127.0.0.1')
      await once(server, 'listening')
      const { port } = server.address() as AddressInfo
      return {
        url: `http://127.0.0.1:${port}`,
        async close() {
          server.closeAllConnections()
          server.close()
          await once(server, 'close')
        },
      }
    },
  },
]
