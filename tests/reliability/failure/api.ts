/** A process of its own: the API under load. Its parent tells it where the identity provider is. */
import { createVerifier, type KeyOptions, type Verifier } from '@entraguard/core'

import type { Adapter } from '../../contract/adapter.ts'

/** The ways into the API: the samples, which all serve the same orders. */
const doors = {
  hono: async () => (await import('../../contract/hono.ts')).honoAdapters,
  express: async () => (await import('../../contract/express.ts')).expressAdapters,
  fastify: async () => (await import('../../contract/fastify.ts')).fastifyAdapters,
  'azure-functions': async () => (await import('../../contract/azure-functions.ts')).functionsAdapters,
  mcp: async () => (await import('../../contract/mcp.ts')).mcpAdapters,
} satisfies Record<string, () => Promise<readonly Adapter[]>>

export type Door = keyof typeof doors

export interface ApiSetting {
  readonly tenants: string
  readonly audience: readonly string[]
  readonly keys: KeyOptions
  /** Simulated seconds in one real second: back-off and refreshes are as much faster. */
  readonly speed: number
  readonly door: Door
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

function freshVerifier(): Verifier {
  return createVerifier({
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
}

let current = freshVerifier()
/** One app for all: what a process forgets when it starts anew, this does too. */
const verifier: Verifier = {
  ...current,
  verify: (...request: Parameters<Verifier['verify']>) => current.verify(...request),
  authenticate: (...request: Parameters<Verifier['authenticate']>) => current.authenticate(...request),
}

process.on('message', ({ id, provider: address, fresh }: ApiOrder) => {
  provider = address
  if (fresh) {
    requests = 0
    mostRead = 0
    current = freshVerifier()
  }
  process.send?.({
    id,
    requests,
    mostRead,
  } satisfies ApiReport)
})
process.on('disconnect', () => process.exit())

const adapters: readonly Adapter[] = await doors[setting.door]()
const adapter = adapters.find(({ runs }) => runs === 'on a socket') ?? adapters[0]
const served = await adapter?.start({ verifier, environment: {} })
process.send?.({ url: `${served?.url}/orders` })
