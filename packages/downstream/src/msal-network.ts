import { AsyncLocalStorage } from 'node:async_hooks'

import type { INetworkModule, NetworkRequestOptions, NetworkResponse } from '@azure/msal-node'

/** What the last answer to a request said about waiting. MSAL's errors do not hold it. */
export interface Waiting {
  retryAfter?: number
}

/** Seconds. Callers are not sent away for a day. */
const maxRetryAfter = 3600

/** Of the exchange that runs: many run at once through one client. */
export const waiting: AsyncLocalStorage<Waiting> = new AsyncLocalStorage()

/** MSAL's way to the network, by a `fetch` with a time limit: its own has none. */
export function networkOf(fetch: typeof globalThis.fetch, timeout: number): INetworkModule {
  async function send<T>(
    method: string,
    url: string,
    { headers = {}, body }: NetworkRequestOptions = {},
  ): Promise<NetworkResponse<T>> {
    const response = await fetch(url, {
      method,
      headers,
      redirect: 'manual',
      signal: AbortSignal.timeout(timeout),
      ...(body !== undefined && { body }),
    })
    const text = await response.text()
    const retryAfter = Number(response.headers.get('retry-after') ?? Number.NaN)
    const current = waiting.getStore()
    if (current !== undefined && retryAfter > 0)
      current.retryAfter = Math.min(Math.ceil(retryAfter), maxRetryAfter)
    return {
      headers: Object.fromEntries(response.headers),
      status: response.status,
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- MSAL says what it expects, and checks it
      body: readJson(text, response.ok) as T,
    }
  }
  return {
    sendGetRequestAsync: (url, options) => send('GET', url, options),
    sendPostRequestAsync: (url, options) => send('POST', url, options),
  }
}

/** MSAL takes an answer without `error` for a token, whatever its status: the page of a proxy must not look like one. */
function readJson(text: string, isGood: boolean): unknown {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null && (isGood || 'error' in value)) return value
  } catch {
    // No JSON at all.
  }
  return { error: 'temporarily_unavailable', error_description: '' }
}
