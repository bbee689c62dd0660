import { anError, authorizationOf, proofOf } from '@entraguard/core'

import type { Answering, Incoming } from './serving.ts'

/**
 * The part of a Node request that the guard reads: `IncomingMessage`, and the requests of Express, Fastify (`raw`) and
 * Nest.
 */
export interface McpNodeRequest extends AsyncIterable<unknown> {
  readonly method?: string | undefined
  readonly url?: string | undefined
  /** Express: the URL before a router removed its mount path. */
  readonly originalUrl?: string | undefined
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly rawHeaders?: readonly string[] | undefined
  /** The body, if a parser before the guard has already parsed it. */
  readonly body?: unknown
  readonly readableEnded?: boolean | undefined
}

/** The part of a Node response that the guard uses. */
export interface McpNodeResponse {
  readonly destroyed?: boolean | undefined
  /** HTTP/2: the stream, which shows that the client has gone; the response does not. */
  readonly stream?: { readonly destroyed?: boolean | undefined } | undefined
  /** Called once, with status and headers. */
  writeHead(status: number, headers: Record<string, string>): unknown
  /** Called with each chunk of the response. Returns false when the connection cannot take more. */
  write(chunk: Uint8Array): boolean
  /** Called when the response is complete. */
  end(): unknown
  /** Called for `drain` and `close`. */
  once(event: string, listener: () => void): unknown
  /** Called when the response breaks off. */
  destroy(error?: Error): unknown
}

/**
 * A middleware for Express 4 and 5 and a listener for `node:http`. Fastify handlers and Nest controllers can call it.
 */
export type McpNodeHandler = (
  request: McpNodeRequest,
  response: McpNodeResponse,
  next?: (error?: unknown) => void,
) => void

/** For Node. A path that is not the server's is for `next`, and 404 where there is none. */
export function nodeHandler(answer: Answering, origin: string): McpNodeHandler {
  return function nodeMcp(request, response, next) {
    const leave = next ?? (() => end(404, response))
    const isServed = serve(answer, origin, request, response)
    // oxlint-disable-next-line promise/no-callback-in-promise -- Express asks for callbacks, and version 4 waits for no promise
    const answered = isServed.then((served) => served || leave())
    // What `next` throws nobody else would catch.
    answered
      .catch((error: unknown) => (next ?? rethrow)(anError(error)))
      .catch((error: unknown) => fail(error, response))
  }
}

function rethrow(error: unknown): never {
  throw error
}

async function serve(
  answer: Answering,
  origin: string,
  request: McpNodeRequest,
  response: McpNodeResponse,
): Promise<boolean> {
  const gone = new AbortController()
  response.once('close', () => gone.abort())
  // Whatever stands in front may have waited for longer than the client did: nothing tells of that again.
  if (isGone(response)) gone.abort()
  const address = addressOf(request, origin)
  const answered = address && (await answer(incomingOf(request, address, gone.signal)))
  if (answered !== undefined) await write(answered, response)
  return answered !== undefined
}

const isGone = ({ destroyed, stream }: McpNodeResponse): boolean =>
  destroyed === true || stream?.destroyed === true

/** Nobody else is there to answer. A rejected promise would end the process, and a silent 500 help nobody. */
function fail(error: unknown, response: McpNodeResponse): void {
  console.error(error)
  end(500, response)
}

function end(status: number, response: McpNodeResponse): void {
  // Where somebody has answered already, the connection can only be ended.
  write(new Response(null, { status }), response).catch(() => response.destroy())
}

/** With the origin of the resource: whatever `Host` says decides nothing. */
function addressOf({ originalUrl, url = '/' }: McpNodeRequest, origin: string): URL | undefined {
  const target = originalUrl ?? url
  const path = target.replace(/^[a-z][\w+.-]*:\/\/[^/?#]*/i, '')
  // "*", say, would become a part of the host.
  if (!/^(?:[/?]|$)/.test(path)) return undefined
  return URL.canParse(`${origin}${path}`) ? new URL(`${origin}${path}`) : undefined
}

function incomingOf(request: McpNodeRequest, address: URL, signal: AbortSignal): Incoming {
  const headers = headersOf(request)
  const { method = 'GET', rawHeaders } = request
  const { authorization } = request.headers
  // A body that was read already is where the parser put it.
  const isParsed = request.body !== undefined && request.readableEnded !== false
  return {
    method,
    path: address.pathname,
    authorization: Array.isArray(authorization)
      ? authorization
      : authorizationOf({ headers: { authorization }, rawHeaders }),
    header: (name) => headers.get(name),
    proofFor: (verifier) => proofOf(verifier, request),
    ...(isParsed && { parsedBody: request.body }),
    toRequest() {
      headers.delete('authorization')
      const init = { method, headers, signal, duplex: 'half' }
      const hasBody = method !== 'GET' && method !== 'HEAD' && !isParsed
      return new Request(address, { ...init, ...(hasBody && { body: streamOf(request) }) })
    },
  }
}

function headersOf({ headers }: McpNodeRequest): Headers {
  const copy = new Headers()
  for (const [name, value] of Object.entries(headers)) {
    // HTTP/2 has its own, which are no headers.
    if (value === undefined || name.startsWith(':')) continue
    for (const one of [value].flat()) copy.append(name, one)
  }
  return copy
}

function streamOf(request: AsyncIterable<unknown>): ReadableStream<Uint8Array> {
  const chunks = request[Symbol.asyncIterator]()
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await chunks.next()
      if (done === true) controller.close()
      else controller.enqueue(value instanceof Uint8Array ? value : new TextEncoder().encode(String(value)))
    },
    async cancel() {
      await chunks.return?.()
    },
  })
}

async function write(answer: Response, response: McpNodeResponse): Promise<void> {
  const { status, headers, body } = answer
  try {
    response.writeHead(status, Object.fromEntries(headers))
  } catch (error) {
    await body?.cancel()
    throw error
  }
  if (body === null) return void response.end()
  try {
    await pump(body.getReader(), response)
    response.end()
  } catch (error) {
    response.destroy(error instanceof Error ? error : undefined)
  }
}

/** A stream stays open as long as the client: when it goes, whoever writes has to know. */
async function pump(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  response: McpNodeResponse,
): Promise<void> {
  let goOn: (() => void) | undefined
  const leave = (): void => {
    reader.cancel().catch(() => {})
    goOn?.()
  }
  // Once, however often the connection is full: a client that reads slowly must not leave a listener each time.
  response.once('close', leave)
  if (isGone(response)) leave()
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    if (response.write(part.value)) continue
    // Who has gone meanwhile is not told of again, and nothing more drains.
    if (isGone(response)) leave()
    else
      await new Promise<void>((resolve) => {
        goOn = resolve
        response.once('drain', resolve)
      })
  }
}
