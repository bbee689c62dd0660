import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout } from 'node:timers/promises'

import { createVerifier } from '@entraguard/core'

import type { Workload } from '../workload.ts'

export interface Provider {
  readonly url: string
  /** How many documents were asked of the identity provider. */
  readonly requests: () => number
  readonly close: () => void
}

/**
 * The identity provider, and at `/store/…` a store that holds its documents already, both over HTTP on loopback. The identity
 * provider lets `distance` milliseconds pass before it answers.
 */
export async function startProvider(workload: Workload, distance = 0): Promise<Provider> {
  const stored = await storedDocuments(workload)
  let requests = 0
  const server = createServer((request, response) => {
    const [, folder, key = ''] = request.url?.split('/') ?? []
    if (folder === 'store') {
      response.end(stored.get(key) ?? '')
      return
    }
    requests++
    void answerAs(request.url ?? '', response)
  })
  const answerAs = async (path: string, response: ServerResponse): Promise<void> => {
    const answer = await workload.fetch(`https://login.microsoftonline.com${path}`)
    const text = await answer.text()
    if (distance > 0) await setTimeout(distance)
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(text)
  }
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}`, requests: () => requests, close: () => server.close() }
}

/** What another instance left in the store. */
async function storedDocuments({
  tenantId,
  audience,
  fetch,
}: Workload): Promise<ReadonlyMap<string, string>> {
  const entries = new Map<string, string>()
  const store = {
    getItem: (key: string): string | undefined => entries.get(key),
    setItem: (key: string, value: string): unknown => entries.set(key, value),
  }
  await createVerifier({ tenants: tenantId, audience, fetch, store }).prefetch()
  return entries
}
