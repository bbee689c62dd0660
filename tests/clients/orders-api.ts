// #region api
import { entraGuard } from '@entraguard/hono'
import type { Verifier } from '@entraguard/core'
import { Hono } from 'hono'
import { cors } from 'hono/cors'

export const createApi = (verifier: Verifier, page: string) =>
  new Hono()
    // Before the guard: preflights carry no token. The challenge is there for the page to read.
    .use(cors({ origin: page, exposeHeaders: ['WWW-Authenticate'] }))
    .get('/orders', entraGuard(verifier, { scopes: ['Orders.Read'] }), (c) =>
      c.json({ of: c.var.identity.key }),
    )
// #endregion
