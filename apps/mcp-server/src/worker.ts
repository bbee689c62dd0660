import { guardOf, type Environment } from './handler.ts'
import { createServer } from './server.ts'

let mcp: ReturnType<ReturnType<typeof guardOf>['fetch']> | undefined

export default {
  async fetch(request: Request, environment: Environment, context: unknown): Promise<Response> {
    if (new URL(request.url).pathname === '/health') return new Response('ok')
    mcp ??= guardOf(environment).fetch(createServer) // once for the bindings of this Worker
    return mcp(request, environment, context)
  },
}
