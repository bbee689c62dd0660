import { readClaimsChallenge } from '@entraguard/core'

import type { ApiOptions } from './options.ts'

/** A token for the API, one that meets a claims challenge where one is given. */
export type TokenFor = (signal: AbortSignal, claims?: string) => Promise<string>

const maxRedirects = 5

/**
 * A `fetch` that adds the token, and sends it nowhere but to the origins of this API. A redirect within them is
 * followed for GET and HEAD; any other redirect comes back as the answer. A claims challenge is met once.
 */
export function fetchWith(
  fetch: typeof globalThis.fetch,
  { origins }: ApiOptions,
  tokenFor: TokenFor,
): typeof globalThis.fetch {
  return async (input, init = {}) => {
    const request = new Request(input, { ...init, redirect: 'manual' })
    requireOrigin(origins, request.url)
    // Of a body that is a stream there is no second copy: then the challenge is handed back.
    const again = isStream(init.body) ? undefined : request.clone()
    const response = await send(fetch, origins, request, await tokenFor(request.signal))
    const claims = response.status === 401 ? readClaimsChallenge(response) : undefined
    if (claims === undefined || again === undefined) return response
    await response.body?.cancel()
    return await send(fetch, origins, again, await tokenFor(again.signal, claims))
  }
}

async function send(
  fetch: typeof globalThis.fetch,
  origins: readonly string[],
  request: Request,
  token: string,
): Promise<Response> {
  const headers = new Headers(request.headers)
  headers.set('authorization', `Bearer ${token}`)
  let response = await fetch(new Request(request, { headers }))
  // With another method, what a redirect means is for the caller to say.
  if (request.method !== 'GET' && request.method !== 'HEAD') return response
  for (let followed = 0; followed < maxRedirects; followed++) {
    const target = redirectOf(response, request.url)
    if (target === undefined || !origins.includes(target.origin)) break
    await response.body?.cancel()
    const { method, signal } = request
    response = await fetch(target.href, { method, headers, signal, redirect: 'manual' })
  }
  return response
}

function redirectOf(response: Response, base: string): URL | undefined {
  const location = response.headers.get('location')
  if (response.status < 300 || response.status > 399 || location === null) return undefined
  if (!URL.canParse(location, response.url || base)) return undefined
  const target = new URL(location, response.url || base)
  // `fetch` refuses an address with a user and a password, in an error that quotes both.
  return target.username === '' && target.password === '' ? target : undefined
}

/** @throws {TypeError} for an address that the token must not be sent to. */
function requireOrigin(origins: readonly string[], url: string): void {
  const { origin } = new URL(url)
  if (!origins.includes(origin))
    throw new TypeError(`fetchFor: ${origin} is not one of the origins of this API: ${origins.join(', ')}`)
}

function isStream(body: unknown): boolean {
  return typeof body === 'object' && body !== null && Symbol.asyncIterator in body
}
