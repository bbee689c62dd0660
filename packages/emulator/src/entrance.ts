import { isMicrosoftHost } from './directory/clouds.ts'
import { answerDocument } from './documents/document-endpoints.ts'
import type { Emulator, RequestLog, RequestRecord } from './emulator-interface.ts'
import { answerFlow } from './flows/answer-flow.ts'
import type { HostedRequest } from './http/hosted-request.ts'
import { notFound } from './http/responses.ts'
import { Unreachable } from './http/unreachable.ts'
import { createDisturbances } from './network/disturbances.ts'
import { answerGraph } from './services/graph.ts'
import { answerManagedIdentity } from './services/managed-identity.ts'
import { answerAuthorityUserInfo } from './services/userinfo.ts'
import type { World } from './world.ts'

/** Everything through which a request comes in, and what may happen to it there. */
export type Entrance = Pick<
  Emulator,
  'fetch' | 'handle' | 'requests' | 'goOffline' | 'goOnline' | 'isOffline' | 'disturb' | 'calm'
>

async function answer(world: World, hosted: HostedRequest): Promise<Response> {
  for (const endpoint of [
    answerDocument,
    answerFlow,
    answerGraph,
    answerAuthorityUserInfo,
    answerManagedIdentity,
  ]) {
    const response = await endpoint(world, hosted)
    if (response !== undefined) return response
  }
  return notFound()
}

/** The request behind a `fetch`, if it is for a host that the emulator answers for. */
function readFetch(world: World, input: RequestInfo | URL, init?: RequestInit): HostedRequest {
  const request = new Request(input, init)
  const url = new URL(request.url)
  const known = isMicrosoftHost(url.hostname) || world.directory.tenantOfHost(url.hostname) !== undefined
  if (url.protocol !== 'https:' || url.port !== '' || !known) throw new Unreachable(url.host, 'ENOTFOUND')
  request.signal.throwIfAborted()
  return { host: url.hostname, url, request, origin: undefined }
}

function createLog(): RequestLog {
  const clear = (): void => void (log.length = 0)
  const log = Object.assign<RequestRecord[], Pick<RequestLog, 'clear'>>([], { clear })
  // So that a log equals a list of the same records.
  Object.defineProperty(log, 'clear', { enumerable: false })
  return log
}

export function createEntrance(world: World): Entrance {
  const requests = createLog()
  const disturbances = createDisturbances()
  let offline = false

  async function handle(hosted: HostedRequest): Promise<Response> {
    const { host, request, url } = hosted
    requests.push({ method: request.method, url: `https://${host}${url.pathname}${url.search}` })
    if (offline) throw new Unreachable(host, 'ECONNREFUSED')
    const response = await disturbances.disturb(hosted, () => answer(world, hosted))
    return world.hooks.respond(hosted, response)
  }

  return {
    handle,
    fetch: async (input, init) => handle(readFetch(world, input, init)),
    requests,
    goOffline: () => void (offline = true),
    goOnline: () => void (offline = false),
    isOffline: () => offline,
    disturb: (disturbance) => disturbances.add(disturbance),
    calm() {
      disturbances.clear()
      world.hooks.clear()
    },
  }
}
