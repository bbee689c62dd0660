/** The largest document that is read, after decompression: 1 MB. The live key sets are 10 to 20 kB. */
export const maxDocumentBytes = 1_048_576

/** The part of `fetch` that is used: an address and its options in, a response out. */
export type Fetch = (input: string, init: RequestInit) => Promise<Response>

/** True in Cloudflare's workerd, where a promise of one request must not be awaited by another. */
export const isWorkerd: boolean =
  (globalThis as { navigator?: { userAgent?: string } }).navigator?.userAgent === 'Cloudflare-Workers'

/**
 * Fetches a JSON document: status 200 only, no redirect followed, at most {@link maxDocumentBytes}, within `timeout`
 * seconds from the request to the last byte.
 *
 * The address comes from the configuration or from checked metadata, never from a token.
 *
 * @throws {Error} that names the reason and never the content.
 */
export async function fetchDocument(fetch: Fetch, address: string, timeout: number): Promise<string> {
  const controller = new AbortController()
  return await within(timeout, () => readDocument(fetch, address, controller.signal)).finally(() => {
    // A refused answer is not read to its end; without this its socket would stay open.
    controller.abort()
  })
}

async function readDocument(fetch: Fetch, address: string, signal: AbortSignal): Promise<string> {
  const response = await fetch(address, {
    method: 'GET',
    headers: { accept: 'application/json' },
    // A redirect would let whoever controls one path of a host choose where keys come from.
    redirect: 'manual',
    signal,
    // Next.js caches fetches by default; this cache knows better when keys are old. workerd has no such option.
    ...(!isWorkerd && { cache: 'no-store' as const }),
  })
  if (response.type === 'opaqueredirect' || (response.status >= 300 && response.status < 400)) {
    throw new Error('the server answered with a redirect')
  }
  if (response.status !== 200) throw new Error(`the server answered with status ${response.status}`)
  if (Number(response.headers.get('content-length') ?? 0) > maxDocumentBytes)
    throw new Error('the document is too large')
  return await readText(response, signal)
}

/** The body of a response as text, at most {@link maxDocumentBytes}. @throws {Error} */
export async function readText(response: Response, signal: AbortSignal): Promise<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  if (response.body === null) throw new Error('the document is empty')
  const reader = response.body.getReader()
  // An injected fetch may not pass the signal on to its body, and an endless body must end with us; also one that came
  // when the time was over.
  const stop = (): void => void reader.cancel().catch(() => {})
  if (signal.aborted) stop()
  signal.addEventListener('abort', stop)
  let text = ''
  let length = 0
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return text + decoder.decode()
    length += value.byteLength
    // Counted here and not by Content-Length: a small compressed body can expand to gigabytes.
    if (length > maxDocumentBytes) throw new Error('the document is too large')
    text += decoder.decode(value, { stream: true })
  }
}

/** Runs work that may never settle; rejects after `seconds`. */
export async function within<T>(seconds: number, work: () => Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const expired = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${seconds} s`)), seconds * 1000)
  })
  try {
    return await Promise.race([work(), expired])
  } finally {
    clearTimeout(timer)
  }
}
