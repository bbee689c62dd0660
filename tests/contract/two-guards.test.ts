import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

import { createVerifier, type Verifier } from '@entraguard/core'
import { dpop } from '@entraguard/core/pop'
import { createEmulator, type Emulator, type ProofKey } from '@entraguard/emulator'
import { entraGuard as expressGuard, requireAccess as expressAccess } from '@entraguard/express'
import { entraGuard as honoGuard, requireAccess as honoAccess } from '@entraguard/hono'
import { getRequestListener } from '@hono/node-server'
import express from 'express'
import { Hono } from 'hono'
import { beforeEach, describe, expect, it } from 'vitest'

/* A proof is good for one request, however many guards ask about it; the request that is sent again is another one. */

const origin = 'https://api.contoso.com'
const readers = { scopes: ['Orders.Read'] } as const

let entra: Emulator
let verifier: Verifier
let key: ProofKey
let token: string

beforeEach(async () => {
  entra = await createEmulator()
  verifier = createVerifier({ ...entra.verifierOptions(), bound: dpop({ origin }) })
  key = await entra.createProofKey()
  token = await entra.issueUserToken({ boundTo: key })
})

type Send = (headers: Readonly<Record<string, string>>) => Response | Promise<Response>

function honoApp() {
  const strict = verifier.with({ guests: 'refuse' })
  return new Hono()
    .use(honoGuard(verifier))
    .get('/orders', honoGuard(strict), honoGuard(verifier, readers), honoAccess(readers), (c) =>
      c.text('orders'),
    )
    .get('/writers', honoAccess({ scopes: ['Orders.Write'] }), (c) => c.text('written'))
}

function expressApp(): express.Express {
  const strict = verifier.with({ guests: 'refuse' })
  const app = express().use(expressGuard(verifier))
  app.get(
    '/orders',
    expressGuard(strict),
    expressGuard(verifier, readers),
    expressAccess(readers),
    (_request, response) => void response.send('orders'),
  )
  app.get(
    '/writers',
    expressAccess({ scopes: ['Orders.Write'] }),
    (_request, response) => void response.end(),
  )
  return app
}

async function onSocket(
  listener: Parameters<typeof createServer>[1],
  run: (send: (path: string) => Send) => Promise<void>,
): Promise<void> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  try {
    await run((path) => (headers) => fetch(`http://127.0.0.1:${port}${path}`, { headers }))
  } finally {
    server.closeAllConnections()
    server.close()
  }
}

const ways: ReadonlyArray<
  readonly [name: string, serve: (run: (send: (path: string) => Send) => Promise<void>) => Promise<void>]
> = [
  ['Express', (run) => onSocket(expressApp(), run)],
  [
    'Hono on Node',
    (run) => {
      const listener = getRequestListener(honoApp().fetch)
      return onSocket((request, response) => void listener(request, response), run)
    },
  ],
  [
    'Hono in memory',
    async (run) => {
      const app = honoApp()
      await run((path) => (headers) => app.request(path, { headers }))
    },
  ],
]

describe.each(ways)('four guards of one request, in %s', (_name, serve) => {
  it('let it in by one proof, and refuse it when it is sent again', async () => {
    await serve(async (send) => {
      const proof = await key.proof({ method: 'GET', url: `${origin}/orders`, accessToken: token })
      const headers = { authorization: `DPoP ${token}`, dpop: proof }
      expect((await send('/orders')(headers)).status).toBe(200)
      expect((await send('/orders')(headers)).status).toBe(401)
    })
  })

  it('tell a caller who may not that he may not, and not that his proof came before', async () => {
    await serve(async (send) => {
      const reader = await entra.issueUserToken({ boundTo: key, scopes: ['Orders.Read'] })
      const proof = await key.proof({ method: 'GET', url: `${origin}/writers`, accessToken: reader })
      const answer = await send('/writers')({ authorization: `DPoP ${reader}`, dpop: proof })
      expect(answer.status).toBe(403)
      expect(answer.headers.get('www-authenticate')).toMatch(/^DPoP error="insufficient_scope"/)
    })
  })
})
