import { createApp } from 'fastify-api/src/app.ts'

import type { Adapter } from './adapter.ts'

/** The sample API on Fastify. */
export const fastifyAdapters: readonly Adapter[] = [
  {
    name: 'Fastify',
    runs: 'on a socket',
    async start({ verifier }) {
      const app = await createApp(verifier)
      const url = await app.listen({ port: 0, host: '127.0.0.1' })
      return { url, close: async () => await app.close() }
    },
  },
]
