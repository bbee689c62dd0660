import { once } from 'node:events'
import { createServer as createHttpServer, request as httpRequest, type Server } from 'node:http'
import { connect, createServer, type Socket } from 'node:net'

import { freePort } from '../../../scripts/free-port.mjs'
import type { Fault } from './faults.ts'

/** The identity provider as the API sees it: the emulator behind a server that fails on demand, on real sockets. */
export interface FaultyProvider {
  /** Where the API finds it at the moment. */
  readonly url: () => string
  /** Every open connection breaks; from now on the fault holds. */
  fail(fault: Fault): Promise<void>
  /** The emulator answers again. */
  recover(): Promise<void>
  close(): Promise<void>
}

export interface Upstream {
  /** The emulator, over HTTP. */
  readonly plain: string
  /** The emulator, over HTTPS with a certificate authority of its own. */
  readonly secure: string
  /** The server to which redirects lead. */
  readonly elsewhere: string
}

/** A name that no resolver can ask for: its first label is longer than DNS allows. Nothing leaves the machine. */
const unresolvable = `${'x'.repeat(64)}.invalid`

export async function startProvider(upstream: Upstream): Promise<FaultyProvider> {
  const sockets = new Set<Socket>()
  let fault: Fault | undefined
  const http = answering(() => fault, upstream)
  const listener = createServer((socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket)).on('error', () => {})
    // Read on, or the end of a connection that the API gave up would not be seen.
    if (fault?.connection !== undefined) fault.connection(socket.resume())
    else if (fault?.isUntrusted === true) passThrough(socket, Number(new URL(upstream.secure).port))
    else http.emit('connection', socket)
  })
  // Nobody else may get it while nothing listens.
  const port = await freePort()
  listener.listen(port, '127.0.0.1')
  await once(listener, 'listening')

  const hangUp = (): void => {
    for (const socket of sockets) socket.destroy()
  }
  async function stopListening(): Promise<void> {
    if (!listener.listening) return
    const closed = once(listener, 'close')
    listener.close()
    hangUp()
    await closed
  }
  return {
    url() {
      if (fault?.hasNoAddress === true) return `http://${unresolvable}:${port}`
      return fault?.isUntrusted === true ? `https://localhost:${port}` : `http://127.0.0.1:${port}`
    },
    async fail(next) {
      fault = next
      hangUp()
      if (next.refuses === true) await stopListening()
    },
    async recover() {
      fault = undefined
      hangUp()
      if (listener.listening) return
      listener.listen(port, '127.0.0.1')
      await once(listener, 'listening')
    },
    close: stopListening,
  }
}

function answering(faultNow: () => Fault | undefined, { plain, elsewhere }: Upstream): Server {
  return createHttpServer((request, response) => {
    const fault = faultNow()
    const path = request.url ?? '/'
    if (fault?.answer !== undefined && fault.on?.(path) !== false)
      return fault.answer(request, response, elsewhere)
    const onward = httpRequest(new URL(path, plain), { headers: request.headers, agent: false }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(response)
    })
    onward.on('error', () => response.destroy())
    onward.end()
  })
}

function passThrough(socket: Socket, port: number): void {
  const onward = connect(port, '127.0.0.1')
  onward.on('error', () => socket.destroy()).on('close', () => socket.destroy())
  socket.on('close', () => onward.destroy())
  socket.pipe(onward).pipe(socket)
}
