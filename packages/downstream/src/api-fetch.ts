import { readClaimsChallenge } from '@entraguard/core'

import type { ApiOptions } from './options.ts'

/** A token for the API, one that meets a claims challenge where one is given. */
export type TokenFor = (signal: AbortSignal, claims?: string) => Promise<string>

const maxRedirects = 5
/** As the Fetch standard has it: what it means for `redirect: 'error'`. */
const redirectStatuses: ReadonlySet<number> = new Set([301, 302, 303, 307, 308])

/**
 * A `fetch` that adds the token, and sends it nowhere but to the origins of this API. Where redirects are to be
 * followed, one within these origins is, for GET and HEAD; any other comes back as the answer. A claims challenge is
 * met once, if the request can be repeated.
 */
export function fetchWith(
  fetch: typeof globalThis.fetch,
  { origins }: ApiOptions,
  tokenFor: TokenFor,
): typeof globalThis.fetch {
  return async (input, init) => {
    const request = new Request(input, init)
    requireOrigin(origins, request.url)
    // Made before the caller can change what it passed.
    const again = secondOf(request, input, init)
    const response = await send(fetch, origins, request, await tokenFor(request.signal))
    const claims = response.status === 401 ? readClaimsChallenge(response) : undefined
    if (claims === undefined || again === undefined) return response
    await response.body?.cancel()
    return await send(fetch, origins, again, await tokenFor(again.signal, claims))
  }
}

/** The request once more, or `undefined` where its body can be read only once. */
function secondOf(
  request: Request,
  input: RequestInfo | URL,
  init: RequestInit | undefined,
): Request | undefined {
  const body: unknown = init?.body ?? undefined
  if (typeof body === 'object' && body !== null && Symbol.asyncIterator in body) return undefined
  const hasOwn = body === undefined && input instanceof Request && input.body !== null
  // A clone keeps in memory what its twin has sent.
  if (!hasOwn) return new Request(input, init)
  // A `Request` shows a stream whatever it was made of. `fetch` keeps what it sends of one, too, except in this mode.
  return request.redirect === 'error' ? undefined : request.clone()
}

async function send(
  fetch: typeof globalThis.fetch,
  origins: readonly string[],
  request: Request,
  token: string,
): Promise<Response> {
  const { method, redirect, signal } = request
  const headers = new Headers(request.headers)
  headers.set('authorization', `Bearer ${token}`)
  // `fetch` follows none: what it follows could lead anywhere. With `error` it keeps no copy of a stream either.
  const mode = redirect === 'error' ? 'error' : 'manual'
  let response = await fetch(new Request(request, { headers, redirect: mode }))
  if (redirect === 'error') await requireNoRedirect(response)
  // With another method, what a redirect means is for the caller to say.
  if (redirect !== 'follow' || (method !== 'GET' && method !== 'HEAD')) return response
  for (let followed = 0; followed < maxRedirects; followed++) {
    const target = redirectOf(response, request.url)
    if (target === undefined || !origins.includes(target.origin)) break
    await response.body?.cancel()
    response = await fetch(target.href, { method, headers, signal, redirect: 'manual' })
  }
  return response
}

/** For a `fetch` that was injected and does not look at `redirect`. @throws {TypeError} as the global one does. */
async function requireNoRedirect({ status, body }: Response): Promise<void> {
  if (!redirectStatuses.has(status)) return
  await body?.cancel()
  throw new TypeError("fetchFor: the API answered with a redirect, and the request says redirect: 'error'")
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
