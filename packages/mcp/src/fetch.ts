import { proofOf } from '@entraguard/core'

import type { Answering } from './serving.ts'

interface Platform {
  waitUntil(work: Promise<unknown>): void
}

/** The background work of Workers, whose context is the third argument; others pass what they have, or nothing. */
function waitUntilOf(platform: readonly unknown[]): ((work: Promise<unknown>) => void) | undefined {
  const context = platform.find(
    (one): one is Platform =>
      typeof one === 'object' && one !== null && typeof Reflect.get(one, 'waitUntil') === 'function',
  )
  return context && ((work) => context.waitUntil(work))
}

/** For whatever speaks the Fetch API. A path that is not the server's is 404. */
export function fetchHandler(
  answer: Answering,
): (request: Request, ...platform: readonly unknown[]) => Promise<Response> {
  return async function fetchMcp(request, ...platform) {
    const response = await answer({
      method: request.method,
      path: new URL(request.url).pathname,
      authorization: request.headers.get('authorization'),
      waitUntil: waitUntilOf(platform),
      header: (name) => request.headers.get(name),
      proofFor: (verifier) => proofOf(verifier, request),
      toRequest: () => withoutCredential(request),
    })
    return response ?? new Response(null, { status: 404 })
  }
}

function withoutCredential(request: Request): Request {
  const headers = new Headers(request.headers)
  headers.delete('authorization')
  return new Request(request, { headers })
}
