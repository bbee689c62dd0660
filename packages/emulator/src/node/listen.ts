import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { Readable } from 'node:stream'

import type { Emulator } from '../emulator.ts'
import { answerListener } from '../listener.ts'

/** Where and how to listen. */
export interface ListenOptions {
  /** Default 0: any free port. */
  readonly port?: number
}

/** An emulator that other processes of this machine can reach. */
export interface Listening {
  /** Such as `http://127.0.0.1:49152`. */
  readonly url: string
  readonly port: number
  /** Stops listening and drops open connections. */
  close(): Promise<void>
}

async function toRequest(message: IncomingMessage, scheme: 'http' | 'https'): Promise<Request> {
  const { method = 'GET', headers } = message
  const url = new URL(message.url ?? '/', `${scheme}://${headers.host ?? 'unknown.invalid'}`)
  const entries = Object.entries(headers).flatMap(([name, value]) =>
    value === undefined
      ? []
      : [[name, Array.isArray(value) ? value.join(', ') : value] satisfies [string, string]],
  )
  const chunks = await Readable.from(message).toArray()
  const body = Buffer.concat(chunks)
  return new Request(url, { method, headers: entries, ...(body.length === 0 ? {} : { body }) })
}

async function respond(entra: Emulator, message: IncomingMessage, answer: ServerResponse): Promise<void> {
  const request = await toRequest(message, 'http')
  const response = await answerListener(entra, request)
  answer.writeHead(response.status, [...response.headers].flat())
  answer.end(Buffer.from(await response.arrayBuffer()))
}

async function start(server: Server, port: number): Promise<number> {
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('The emulator did not get a port')
  return address.port
}

/**
 * Serves an emulator on 127.0.0.1, for code that runs in another process: `emulatorFetch(url)` there leads here.
 * While the emulator is offline every connection is dropped.
 *
 * @throws Error with the code `EADDRINUSE` when the port is taken.
 *
 * @example
 * ```ts
 * const { url, close } = await listen(await createEmulator(), { port: 8080 })
 * ```
 */
export async function listen(entra: Emulator, options: ListenOptions = {}): Promise<Listening> {
  const server = createServer((message, answer) => {
    respond(entra, message, answer).catch(() => message.socket.destroy())
  })
  const port = await start(server, options.port ?? 0)
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    async close() {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}
