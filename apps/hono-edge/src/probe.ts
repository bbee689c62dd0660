import type { Verifier } from '@entraguard/core'
import { Hono, type Context } from 'hono'
import { readinessOf } from 'orders-store'

/** What a platform that starts processes asks them. */
// oxlint-disable-next-line typescript/explicit-module-boundary-types, typescript/explicit-function-return-type -- inferred, as in app.ts
export function createProbe(verifierOf: (c: Context) => Verifier) {
  return new Hono().get('/ready', (c) => {
    const { status, body } = readinessOf(verifierOf(c), (work) => keepAlive(c, work))
    return c.json(body, status)
  })
}

function keepAlive(c: Context, work: Promise<unknown>): void {
  try {
    c.executionCtx.waitUntil(work)
  } catch {
    // Only Workers have one; elsewhere nothing ends with the answer.
  }
}
