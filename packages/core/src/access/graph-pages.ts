import { onAbort } from '../async/abortable.ts'
import { isStringList } from '../claims/claim-shapes.ts'
import { isWorkerd, readText, type Fetch } from '../documents/fetch-document.ts'
import { parseUrl } from '../errors/parse-url.ts'
import { KnownProblem } from '../errors/reason.ts'
import { isJsonObject, parseJson } from '../token/strict-json.ts'

/** More pages than the largest answer of Graph needs. */
const maxPages = 200

/** How Graph is asked, for each page of one answer. */
export interface Ask {
  readonly fetch: Fetch
  readonly token: string
  readonly body: string
  readonly timeout: number
  readonly signal: AbortSignal
}

/** All ids of an answer that may have several pages, the first of them at this address. */
export async function readPages(ask: Ask, first: string): Promise<readonly string[]> {
  const ids: string[] = []
  let address: string | undefined = first
  for (let pages = 0; address !== undefined; pages++) {
    if (pages === maxPages) throw new KnownProblem('Microsoft Graph returned too many pages')
    const page: unknown = parseJson(await readPage(ask, address, pages === 0 ? 'POST' : 'GET'))
    if (!isJsonObject(page) || !isStringList(page['value']))
      throw new KnownProblem('Microsoft Graph did not return a list of ids')
    for (const id of page['value']) ids.push(id)
    address = nextPage(page['@odata.nextLink'], first)
  }
  return Object.freeze(ids)
}

/** The Graph token goes with every request: it must never leave the host that it was asked for. */
function nextPage(link: unknown, first: string): string | undefined {
  if (link === undefined || link === null) return undefined
  const url = typeof link === 'string' ? parseUrl(link) : undefined
  if (url?.origin !== new URL(first).origin) throw new KnownProblem('the next page is on another host')
  return url.href
}

async function readPage(ask: Ask, address: string, method: 'POST' | 'GET'): Promise<string> {
  const { fetch, token, body, timeout, signal } = ask
  for (;;) {
    // After the time limit nobody waits for an answer, and an injected fetch may not heed the signal.
    signal.throwIfAborted()
    const response = await fetch(address, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        accept: 'application/json',
        ...(method === 'POST' && { 'content-type': 'application/json' }),
      },
      ...(method === 'POST' && { body }),
      redirect: 'manual',
      signal,
      ...(!isWorkerd && { cache: 'no-store' as const }),
    })
    if (response.status === 200) return await readText(response, signal)
    await response.body?.cancel()
    const isBusy = response.status === 429 || response.status === 503
    const wait = isBusy ? retryAfter(response) : 0
    if (!isBusy || wait >= timeout)
      throw new KnownProblem(`Microsoft Graph answered with status ${response.status}`)
    await pause(wait, signal)
  }
}

/** Seconds; RFC 9110 §10.2.3 allows a date too. One where the header is missing or says nothing. */
function retryAfter(response: Response): number {
  const value = response.headers.get('retry-after') ?? ''
  const seconds = /^\d+$/.test(value) ? Number(value) : (Date.parse(value) - Date.now()) / 1000
  return seconds > 1 ? seconds : 1
}

/** Ends early when the time is over. */
async function pause(seconds: number, signal: AbortSignal): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined
  let callOff: (() => void) | undefined
  await new Promise<void>((resolve) => {
    timer = setTimeout(resolve, seconds * 1000)
    callOff = onAbort(signal, resolve)
  })
  clearTimeout(timer)
  callOff?.()
}
