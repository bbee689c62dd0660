import type { Verifier } from '@entraguard/core'
import { Hono } from 'hono'
import { readinessOf } from 'orders-store'

/** What a platform that starts processes asks them. On Workers nobody asks. */
// oxlint-disable-next-line typescript/explicit-module-boundary-types, typescript/explicit-function-return-type -- inferred, as in app.ts
export function createProbe(verifier: Verifier) {
  return new Hono().get('/ready', (c) => {
    const { status, body } = readinessOf(verifier)
    return c.json(body, status)
  })
}
