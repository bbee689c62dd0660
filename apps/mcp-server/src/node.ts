import { createServer as createHttpServer, type Server } from 'node:http'

import { readinessOf } from 'orders-store'

import { guardOf, verifierOf, type Environment } from './handler.ts'
import { createServer } from './server.ts'

/** The server on Node, with what a platform that starts processes asks them. */
export function createNodeServer(environment: Environment): Server {
  const verifier = verifierOf(environment)
  const mcp = guardOf(environment, verifier).node(createServer)
  return createHttpServer((request, response) => {
    if (request.url === '/health') return void response.end('ok')
    if (request.url !== '/ready') return mcp(request, response)
    const { status, body } = readinessOf(verifier)
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  })
}
