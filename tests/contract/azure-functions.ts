import { once } from 'node:events'
import type { AddressInfo } from 'node:net'

import { functionsOf } from 'functions-api/src/functions.ts'
import { createHost } from 'functions-api/src/host.ts'

import type { Adapter } from './adapter.ts'

/** The sample API on Azure Functions: real requests of `@azure/functions`, in a host of its own. */
export const functionsAdapters: readonly Adapter[] = [
  {
    name: 'Azure Functions',
    runs: 'on a socket',
    async start({ verifier }) {
      const server = createHost(functionsOf(verifier)).listen(0, '127.0.0.1')
      await once(server, 'listening')
      const { port } = server.address() as AddressInfo
      return {
        url: `http://127.0.0.1:${port}/api`,
        async close() {
          server.closeAllConnections()
          server.close()
          await once(server, 'close')
        },
      }
    },
  },
]
