import { isMicrosoftHost } from './directory/clouds.ts'
import { answerDocument } from './documents/document-endpoints.ts'
import type { Emulator, RequestRecord } from './emulator-interface.ts'
import { answerFlow } from './flows/answer-flow.ts'
import type { HostedRequest } from './http/hosted-request.ts'
import { notFound } from './http/responses.ts'
import { Unreachable } from './http/unreachable.ts'
import { createDisturbances } from './network/disturbances.ts'
import { answerGraph } from './services/graph.ts'
import { answerAuthorityUserInfo } from './services/userinfo.ts'
import type { World } from './world.ts'

/** Everything through which a request comes in, and what may happen to it there. */
export type Entrance = Pick<
  Emulator,
  'fetch' | 'handle' | 'requests' | 'goOffline' | 'goOnline' | 'disturb' | 'calm'
>

async function answer(world: World, hosted: HostedRequest): Promise<Response> {
  for (const endpoint of [answerDocument, answerFlow, answerGraph, answerAuthorityUserInfo]) {
    const response = await endpoint(world, hosted)
    if (response !== undefined) return response
  }
  return notFound()
}

/** What a `fetch` is for, as long as it is for somebody whom the emulator speaks for. */
function readFetch(world: World, input: RequestInfo | URL, init?: RequestInit): HostedRequest {
  const request = new Request(input, init)
  const url = new URL(request.url)
  const known = isMicrosoftHost(url.hostname) || world.directory.tenantOfHost(url.hostname) !== undefined
  if (url.protocol !== 'https:' || url.port !== '' || !known) throw new Unreachable(url.host, 'ENOTFOUND')
  request.signal.throwIfAborted()
  return { host: url.hostname, url, request, origin: undefined }
}

export function createEntrance(world: World): Entrance {
  const requests: RequestRecord[] = []
  const disturbances = createDisturbances()
  let offline = false

  async function handle(hosted: HostedRequest): Promise<Response> {
    const { host, request, url } = hosted
    requests.push({ method: request.method, url: `https://${host}${url.pathname}${url.search}` })
    if (offline) throw new Unreachable(host, 'ECONNREFUSED')
    return disturbances.disturb(hosted, () => answer(world, hosted))
  }

  return {
    handle,
    fetch: async (input, init) => handle(readFetch(world, input, init)),
    requests,
    goOffline: () => void (offline = true),
    goOnline: () => void (offline = false),
    disturb: (disturbance) => disturbances.add(disturbance),
    calm: () => disturbances.clear(),
  }
}
