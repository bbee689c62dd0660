import type { RequestListener } from 'node:http'

import { FastifyAdapter } from '@nestjs/platform-fastify'

import { start } from './nest-app.ts'

await start(() => {
  const adapter = new FastifyAdapter()
  const listener = async (): Promise<RequestListener> => {
    const fastify = adapter.getInstance()
    await fastify.ready()
    return (request, response) => fastify.routing(request, response)
  }
  return { adapter, listener }
})
