import { authorize, createVerifier, type UserIdentity } from '@entraguard/core'
import { entraGuard, requireAccess } from '@entraguard/hono'
import { upgradeWebSocket } from '@hono/node-server'
import { Hono, type Context } from 'hono'
import { cors } from 'hono/cors'
import { streamText } from 'hono/streaming'

import { verifier } from './core.ts'

// #region bindings
interface Bindings {
  readonly TENANT_ID: string
  readonly CLIENT_ID: string
}

export const worker = new Hono<{ Bindings: Bindings }>()
  .use(
    entraGuard((c: Context<{ Bindings: Bindings }>) =>
      createVerifier({ tenants: c.env.TENANT_ID, audience: c.env.CLIENT_ID }),
    ),
  )
  .get('/orders', requireAccess({ scopes: ['Orders.Read'] }), (c) => c.json({ key: c.var.identity.key }))
// #endregion

// #region order
export const ordered = new Hono()
  .use(cors({ origin: 'https://orders.example' })) // preflights carry no token: before the guard
  .get('/health', (c) => c.text('ok')) // public: before the guard
  .use(entraGuard(verifier)) // everything below needs a token
  .get('/orders', requireAccess({ scopes: ['Orders.Read'] }), (c) => c.text('orders'))
// #endregion

// #region alone
export const alone = new Hono().get(
  '/reports',
  entraGuard(verifier, { appPermissions: ['Reports.Read.All'] }, { realm: 'reports' }),
  (c) => c.text(`for the app ${c.var.identity.clientId}`),
)
// #endregion

// #region optional
export const shop = new Hono()
  .use(entraGuard(verifier, undefined, { optional: true }))
  .get('/prices', (c) => c.json({ reduced: c.var.identity !== undefined }))
  .get('/orders', requireAccess({ scopes: ['Orders.Read'] }), (c) => c.json({ key: c.var.identity.key }))
// #endregion

// #region streaming
/** Milliseconds that a token is still good for. A stream that runs on gives the caller more than the token did. */
const timeLeft = ({ expiresAt }: UserIdentity): number => expiresAt * 1000 - Date.now()

export const ticker = new Hono().get('/ticks', entraGuard(verifier, { scopes: ['Orders.Read'] }), (c) =>
  streamText(c, async (stream) => {
    const { identity } = c.var
    while (!stream.aborted && timeLeft(identity) > 0) {
      await stream.writeln(new Date().toISOString())
      await stream.sleep(1000)
    }
  }),
)
// #endregion

// #region websocket
// Clients that can set headers: the guard answers 401 or 403 before anything is upgraded.
export const socket = new Hono().get(
  '/socket',
  entraGuard(verifier, { scopes: ['Orders.Read'] }),
  upgradeWebSocket((c) => {
    const user: UserIdentity = c.get('identity')
    let end: ReturnType<typeof setTimeout>
    return {
      onOpen: (_event, ws) => {
        ws.send(`hello ${user.key}`)
        end = setTimeout(() => ws.close(1008, 'The token has expired.'), timeLeft(user))
      },
      onClose: () => clearTimeout(end),
    }
  }),
)
// #endregion

// #region browser-socket
// Browsers cannot: the first message carries the token. Not the address, which is logged everywhere.
export const browserSocket = new Hono().get(
  '/socket',
  upgradeWebSocket(() => {
    let user: UserIdentity | undefined
    let end: ReturnType<typeof setTimeout>
    return {
      onOpen: (_event, ws) => {
        end = setTimeout(() => ws.close(1008, 'No access token came.'), 10_000)
      },
      async onMessage({ data }, ws) {
        const message = typeof data === 'string' ? data : ''
        if (user !== undefined) return ws.send(`${user.key} said ${message}`)
        try {
          user = authorize(await verifier.verify(message), { scopes: ['Orders.Read'] })
          ws.send('welcome')
          clearTimeout(end)
          end = setTimeout(() => ws.close(1008, 'The token has expired.'), timeLeft(user))
        } catch {
          ws.close(1008, 'The first message must be an access token for this API.')
        }
      },
      onClose: () => clearTimeout(end),
    }
  }),
)
// #endregion
