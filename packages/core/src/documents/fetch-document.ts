import { onAbort } from '../async/abortable.ts'
import { KnownProblem } from '../errors/reason.ts'

/** The largest document that is read, after decompression: 1 MB. The live key sets are 10 to 20 kB. */
export const maxDocumentBytes = 1_048_576

/** The part of `fetch` that is used: a URL and options in, a response out. */
export type Fetch = (input: string, init: RequestInit) => Promise<Response>

/**
 * True in Cloudflare's workerd, where a promise of one request must not be awaited by another. By `WebSocketPair`, which
 * every compatibility date has and nobody else: `navigator` came on 2022-03-21, and `no_global_navigator` takes it away.
 */
export const isWorkerd: boolean =
  typeof Reflect.get(globalThis, 'WebSocketPair') === 'function' ||
  (globalThis as { navigator?: { userAgent?: unknown } }).navigator?.userAgent === 'Cloudflare-Workers'

/**
 * Fetches a JSON document: status 200 only, no redirect followed, at most {@link maxDocumentBytes}, within `timeout`
 * seconds from the request to the last byte.
 *
 * The address comes from the configuration or from checked metadata, never from a token.
 *
 * @param tryAgain is asked after a failure that may pass (the network, 408, 429, 5xx); at `true` there is one more
 * request, within the same time. What is thrown and is no {@link KnownProblem} is a failure of the network.
 * @throws {Error} that names the reason and never the content.
 */
export async function fetchDocument(
  fetch: Fetch,
  address: string,
  timeout: number,
  tryAgain: (cause: unknown) => boolean,
): Promise<string> {
  const controller = new AbortController()
  const { signal } = controller
  const work = async (): Promise<string> => {
    try {
      return await readDocument(fetch, address, signal)
    } catch (cause) {
      const passes = cause instanceof KnownProblem ? cause.passes : true
      // After the time limit nobody waits for an answer.
      if (!passes || signal.aborted || !tryAgain(cause)) throw cause
      return await readDocument(fetch, address, signal)
    }
  }
  return await within(timeout, work).finally(() => {
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
  requireResponse(response)
  const { status } = response
  if (response.type === 'opaqueredirect' || (status >= 300 && status < 400)) {
    throw new KnownProblem('the server answered with a redirect')
  }
  if (status !== 200) {
    const passes = status === 408 || status === 429 || status >= 500
    throw new KnownProblem(`the server answered with status ${status}`, { passes })
  }
  if (Number(response.headers.get('content-length') ?? 0) > maxDocumentBytes) throw tooLarge()
  return await readText(response, signal)
}

/** People inject clients whose answers only look like it: without this the advice would be about DNS and proxies. */
function requireResponse(response: Partial<Response> | null | undefined): void {
  const hasStatus = typeof response?.status === 'number'
  const hasHeaders = typeof response?.headers?.get === 'function'
  const hasBody = response?.body === null || typeof response?.body?.getReader === 'function'
  if (hasStatus && hasHeaders && hasBody) return
  throw new KnownProblem('the option fetch did not return a Response', {
    hint: 'The option fetch must behave like fetch: it takes a URL and options, and returns a Response of the Fetch API whose body is a stream.',
  })
}

/** The body of a response as text, at most {@link maxDocumentBytes}. @throws {Error} */
export async function readText(response: Response, signal: AbortSignal): Promise<string> {
  if (response.body === null) throw new KnownProblem('the document is empty')
  const reader = response.body.getReader()
  // An injected fetch may not pass the signal on to its body, and an endless body must end with us; also one that came
  // when the time was over.
  const stop = (): void => void reader.cancel().catch(() => {})
  const ended = onAbort(signal, stop)
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let text = ''
  let length = 0
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return text + decode(decoder)
      length += value.byteLength
      // Counted here and not by Content-Length: a small compressed body can expand to gigabytes.
      if (length > maxDocumentBytes) throw tooLarge()
      text += decode(decoder, value)
    }
  } catch (error) {
    // A refused answer is not read to its end; without this its socket would stay open.
    stop()
    throw error
  } finally {
    ended()
  }
}

function decode(decoder: TextDecoder, bytes?: Uint8Array): string {
  try {
    return bytes === undefined ? decoder.decode() : decoder.decode(bytes, { stream: true })
  } catch {
    throw new KnownProblem('the document is not UTF-8')
  }
}

const tooLarge = (): KnownProblem => new KnownProblem('the document is too large')

/** Runs work that may never settle; rejects after `seconds`. */
export async function within<T>(seconds: number, work: () => Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const expired = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new KnownProblem(`no answer within ${seconds} s`)), seconds * 1000)
  })
  try {
    return await Promise.race([work(), expired])
  } finally {
    clearTimeout(timer)
  }
}
