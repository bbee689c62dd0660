// A Worker that knows nothing from one request to the next but what the Cache API holds.
import { createVerifier } from '@entraguard/core'
import { entraGuard } from '@entraguard/hono'
import { Hono, type ExecutionContext } from 'hono'

import { cacheStore } from '../examples/edge-stores.ts'

interface Bindings {
  readonly ENTRA_TENANTS: string
  readonly ENTRA_AUDIENCE: string
}

export default {
  fetch(request: Request, environment: Bindings, context: ExecutionContext): unknown {
    const store = cacheStore((caches as unknown as { default: Cache }).default)
    const { ENTRA_TENANTS: tenants, ENTRA_AUDIENCE: audience } = environment
    const app = new Hono()
      .use(entraGuard(createVerifier({ tenants, audience, store })))
      .all('*', (c) => c.text('ok'))
    return app.fetch(request, environment, context)
  },
}
