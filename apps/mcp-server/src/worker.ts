import type { Environment } from './handler.ts'
import { createWebServer, type Platform } from './web.ts'

let serve: ReturnType<typeof createWebServer> | undefined

export default {
  fetch(request: Request, environment: Environment, platform: Platform): Response | Promise<Response> {
    serve ??= createWebServer(environment) // once for the bindings of this Worker
    return serve(request, platform)
  },
}
