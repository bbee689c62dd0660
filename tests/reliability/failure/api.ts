/** A process of its own: the API under load. Its parent tells it where the identity provider is. */
import type { AddressInfo } from 'node:net'

import { createVerifier, type KeyOptions } from '@entraguard/core'
import { entraGuard, requireAccess } from '@entraguard/hono'
import { serve } from '@hono/node-server'
import { Hono } from 'hono'

export interface ApiSetting {
  readonly tenants: string
  readonly audience: readonly string[]
  readonly keys: KeyOptions
  /** Simulated seconds in one real second: back-off and refreshes are as much faster. */
  readonly speed: number
}

/** `provider`: where it is from now on. `fresh`: forget everything, as a process that starts. */
export interface ApiOrder {
  readonly id: number
  readonly provider: string
  readonly fresh: boolean
}

export interface ApiReport {
  readonly id: number
  /** Requests to the identity provider since the last `fresh`. */
  readonly requests: number
  /** The most bytes that were read of one document since the last `fresh`. */
  readonly mostRead: number
}

const setting = JSON.parse(process.env['FAILURE_API'] ?? '{}') as ApiSetting
const startedAt = Date.now()
let provider = ''
let requests = 0
let mostRead = 0

/** Counts what is read of a document, after decompression. */
function measured(response: Response): Response {
  if (response.status !== 200 || response.body === null) return response
  let read = 0
  const counter = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      read += chunk.byteLength
      mostRead = Math.max(mostRead, read)
      controller.enqueue(chunk)
    },
  })
  return new Response(response.body.pipeThrough(counter), response)
}

function createApp(): Hono {
  const verifier = createVerifier({
    tenants: setting.tenants,
    audience: setting.audience,
    keys: setting.keys,
    now: () => startedAt + (Date.now() - startedAt) * setting.speed,
    fetch: async (url, init) => {
      requests++
      const { pathname, search, hostname } = new URL(url)
      const response = await fetch(new URL(pathname + search, provider), {
        ...init,
        headers: { ...(init.headers as Record<string, string>), 'x-entraguard-host': hostname },
      })
      return measured(response)
    },
  })
  const app = new Hono()
  app.get('/orders', entraGuard(verifier), requireAccess({ scopes: ['Orders.Read'] }), (c) =>
    c.json({ orders: [] }),
  )
  return app
}

let app = createApp()

process.on('message', ({ id, provider: address, fresh }: ApiOrder) => {
  provider = address
  if (fresh) {
    requests = 0
    mostRead = 0
    app = createApp()
  }
  process.send?.({
    id,
    requests,
    mostRead,
  } satisfies ApiReport)
})
process.on('disconnect', () => process.exit())

serve({ fetch: (request) => app.fetch(request), port: 0, hostname: '127.0.0.1' }, ({ port }: AddressInfo) =>
  process.send?.({ port }),
)
