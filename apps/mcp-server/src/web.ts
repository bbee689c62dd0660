import { readinessOf } from 'orders-store'

import { guardOf, verifierOf, type Environment } from './handler.ts'
import { createServer } from './server.ts'

/** What Workers give beside a request: work that may go on after the answer. */
export interface Platform {
  waitUntil(work: Promise<unknown>): void
}

/** The server for everything that speaks the Fetch API, with what a platform that starts processes asks them. */
export function createWebServer(
  environment: Environment,
): (request: Request, platform?: Platform) => Response | Promise<Response> {
  const verifier = verifierOf(environment)
  const mcp = guardOf(environment, verifier).fetch(createServer)
  return (request, platform) => {
    const { pathname } = new URL(request.url)
    if (pathname === '/health') return new Response('ok')
    if (pathname !== '/ready') return mcp(request, platform)
    const { status, body } = readinessOf(verifier, (work) => platform?.waitUntil(work))
    return Response.json(body, { status })
  }
}
