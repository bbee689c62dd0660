import { createVerifier, type Verifier } from '@entraguard/core'
import { defaults, emulatorFetch } from '@entraguard/emulator'
import { entraGuard } from '@entraguard/hono'
import { Hono, type Context } from 'hono'
import { env } from 'hono/adapter'
import { cache } from 'hono/cache'
import type { UpgradeWebSocket } from 'hono/ws'

const verifierOf = (c: Context): Verifier =>
  createVerifier({
    tenants: defaults.tenantId,
    audience: defaults.apiClientId,
    fetch: emulatorFetch(env<{ ENTRA_EMULATOR_URL: string }>(c).ENTRA_EMULATOR_URL),
  })

let answers = 0

/** Sockets and a cache, each with the guard where it belongs; and one socket with the guard in the wrong place. */
// oxlint-disable-next-line typescript/explicit-module-boundary-types, typescript/explicit-function-return-type -- inferred
export function createApp(upgradeWebSocket: UpgradeWebSocket<never>) {
  const guard = entraGuard(verifierOf, { scopes: ['Orders.Read'] })
  const greet = upgradeWebSocket(() => ({
    onMessage: ({ data }, socket) => socket.send(`you said ${typeof data === 'string' ? data : 'bytes'}`),
  }))
  const app = new Hono().get('/health', (c) => c.text('ok'))
  app.get('/socket', guard, greet)
  app.get('/socket-before-guard', greet, guard)
  app.use('/cached', cache({ cacheName: 'orders', cacheControl: 'max-age=60', wait: true }), guard)
  app.get('/cached', (c) => c.text(`secret ${(answers += 1)}`))
  app.use('/files/*', guard)
  app.get('/cached-publicly', cache({ cacheName: 'public', wait: true }), (c) => {
    c.header('cache-control', 'max-age=60')
    return c.text(`open ${(answers += 1)}`)
  })
  return app
}
