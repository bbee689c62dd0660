import { once } from 'node:events'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'

import { Unreachable } from '../http/unreachable.ts'

const MOST_BYTES = 1024 * 1024

async function readBody(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of message) {
    if (!Buffer.isBuffer(chunk)) continue
    length += chunk.length
    if (length > MOST_BYTES) throw new RangeError('The request is too large')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

async function toRequest(message: IncomingMessage, scheme: string, signal: AbortSignal): Promise<Request> {
  const { method = 'GET', headers } = message
  const path = message.url ?? '/'
  // Written after the host, never resolved against it: the path `//127.0.0.1/` would stand in for the host of a page
  // whose name was made to lead here.
  if (!path.startsWith('/')) throw new TypeError('The request must name a path')
  const url = new URL(`${scheme}://${headers.host ?? 'unknown.invalid'}${path}`)
  const entries = Object.entries(headers).flatMap(([name, value]) =>
    value === undefined
      ? []
      : [[name, Array.isArray(value) ? value.join(', ') : value] satisfies [string, string]],
  )
  const body = await readBody(message)
  return new Request(url, {
    method,
    headers: entries,
    signal,
    ...(body.length === 0 ? {} : { body: new Uint8Array(body) }),
  })
}

/** Sends what `answer` makes of the request; drops the connection where nobody is to be reached. */
export function respond(
  scheme: string,
  message: IncomingMessage,
  response: ServerResponse,
  answer: (request: Request) => Promise<Response>,
): void {
  exchange(scheme, message, response, answer).catch((error: unknown) => {
    if (error instanceof Unreachable || response.headersSent) message.socket.destroy()
    else
      response.writeHead(500, { 'content-type': 'application/json' }).end('{"error":"The emulator failed"}')
  })
}

async function exchange(
  scheme: string,
  message: IncomingMessage,
  response: ServerResponse,
  answer: (request: Request) => Promise<Response>,
): Promise<void> {
  const gone = new AbortController()
  response.once('close', () => gone.abort())
  let request: Request
  try {
    request = await toRequest(message, scheme, gone.signal)
  } catch (error) {
    const status = error instanceof RangeError ? 413 : 400
    response.writeHead(status, { 'content-type': 'application/json', connection: 'close' })
    response.end('{"error":"The request is too large, or the emulator cannot read it"}')
    return
  }
  const answered = await answer(request)
  const body = Buffer.from(await answered.arrayBuffer())
  for (const [name, value] of answered.headers) response.appendHeader(name, value)
  response.writeHead(answered.status)
  response.end(body)
}

/** @throws Error with the code `EADDRINUSE` when the port is taken. */
export async function startServer(server: Server, port: number): Promise<number> {
  // Node ends a connection on which nothing came for five seconds. The tests of an application keep their process busy
  // for longer than that, learn of the end too late, and get ECONNRESET for a request that was right.
  server.keepAliveTimeout = 0
  server.listen(port, '127.0.0.1')
  try {
    await once(server, 'listening')
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'EADDRINUSE') {
      const taken = new Error(`Port ${port} is in use: stop the other program, or choose another port`, {
        cause,
      })
      throw Object.assign(taken, { code: 'EADDRINUSE' })
    }
    throw cause
  }
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('The emulator did not get a port')
  return address.port
}

/** Stops listening and drops open connections. */
export async function closeServer(server: Server): Promise<void> {
  const closed = once(server, 'close')
  server.close()
  server.closeAllConnections()
  await closed
}
