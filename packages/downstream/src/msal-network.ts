import { AsyncLocalStorage } from 'node:async_hooks'

import type { INetworkModule, NetworkRequestOptions, NetworkResponse } from '@azure/msal-node'

/** The last response to a request, which MSAL's errors do not contain. */
export interface LastAnswer {
  status?: number
  /** Seconds that it said to wait. */
  retryAfter?: number
}

/** Seconds. Callers are not sent away for a day. */
const maxRetryAfter = 3600
/** Bytes. An answer holds two or three tokens. */
const maxLength = 1024 * 1024

/** Of the exchange that runs: many run at once through one client. */
export const lastAnswer: AsyncLocalStorage<LastAnswer> = new AsyncLocalStorage()

/** MSAL's network module, with a `fetch` that has limits of time and size; MSAL's own has none. */
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
    const { status } = response
    const answer = noteAnswer(response)
    const text = await readText(response)
    // MSAL would send nobody's request for a minute after such an answer to one user, and longer where it said so.
    if (status === 429 || status >= 500) throw new Error(`the token endpoint answered ${status}`)
    answer.delete('retry-after')
    return {
      headers: Object.fromEntries(answer),
      status,
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- MSAL says what it expects, and checks it
      body: readJson(text, response.ok) as T,
    }
  }
  return {
    sendGetRequestAsync: (url, options) => send('GET', url, options),
    sendPostRequestAsync: (url, options) => send('POST', url, options),
  }
}

/** Keeps what the caller of MSAL is to know. Gives a copy of the headers. */
function noteAnswer({ status, headers }: Response): Headers {
  const current = lastAnswer.getStore()
  if (current !== undefined) {
    const seconds = Number(headers.get('retry-after') ?? Number.NaN)
    current.status = status
    if (seconds > 0) current.retryAfter = Math.min(Math.ceil(seconds), maxRetryAfter)
  }
  return new Headers(headers)
}

async function readText({ body }: Response): Promise<string> {
  const decoder = new TextDecoder()
  let length = 0
  let text = ''
  // Ending the loop early cancels the body.
  for await (const chunk of body ?? []) {
    length += chunk.length
    if (length > maxLength) throw new Error('the answer of the token endpoint is too long')
    text += decoder.decode(chunk, { stream: true })
  }
  return text + decoder.decode()
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
