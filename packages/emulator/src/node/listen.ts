import { once } from 'node:events'
import {
  createServer as createHttpServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http'
import { createServer as createHttpsServer } from 'node:https'

import type { Emulator } from '../emulator-interface.ts'
import { answerListener } from '../network/listener.ts'
import { Unreachable } from '../http/unreachable.ts'
import { createAuthority, serverCertificate, type Authority } from './certificate-authority.ts'
import { keptAuthority } from './kept-authority.ts'

/** Where and how to listen. */
export interface ListenOptions {
  /** Default 0: any free port. */
  readonly port?: number | undefined
  /**
   * `true`: HTTPS with a certificate authority that lives in memory. With a `directory` the authority is kept there
   * (`ca.pem`, and `ca-key.pem` with mode 0600) for its 30 days. Default: HTTP.
   */
  readonly https?: boolean | { readonly directory: string } | undefined
  /**
   * `true`: documents and ID tokens name the address at which they were asked for as their issuer, for clients that
   * compare the two (oauth4webapi, Auth.js). Access tokens keep Microsoft's, which is the one that an API accepts.
   * Default: Microsoft's everywhere, as Microsoft's own clients expect it.
   */
  readonly localIssuer?: boolean | undefined
}

/** An emulator that other processes of this machine can reach. */
export interface Listening {
  /** `http://127.0.0.1:49152`, or `https://localhost:49152`. */
  readonly url: string
  readonly port: number
  /** With HTTPS: the certificate of the authority, in PEM. Trust it in one client, never in a system. */
  readonly ca: string | undefined
  /** The file with that certificate, for `NODE_EXTRA_CA_CERTS`, when there is one. */
  readonly caFile: string | undefined
  /** Stops listening and drops open connections. */
  readonly close: () => Promise<void>
}

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

interface Served {
  readonly entra: Emulator
  readonly scheme: string
  readonly localIssuer: boolean
}

async function respond(
  { entra, scheme, localIssuer }: Served,
  message: IncomingMessage,
  answer: ServerResponse,
): Promise<void> {
  const gone = new AbortController()
  answer.once('close', () => gone.abort())
  let request: Request
  try {
    request = await toRequest(message, scheme, gone.signal)
  } catch (error) {
    const status = error instanceof RangeError ? 413 : 400
    answer.writeHead(status, { 'content-type': 'application/json', connection: 'close' })
    answer.end('{"error":"The request is too large, or not one that the emulator can read"}')
    return
  }
  const response = await answerListener(entra, request, { localIssuer })
  const body = Buffer.from(await response.arrayBuffer())
  for (const [name, value] of response.headers) answer.appendHeader(name, value)
  answer.writeHead(response.status)
  answer.end(body)
}

async function start(server: Server, port: number): Promise<number> {
  server.listen(port, '127.0.0.1')
  try {
    await once(server, 'listening')
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'EADDRINUSE') {
      const taken = new Error(`Port ${port} is taken: stop the other program, or choose another port`, {
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

async function authorityFor(
  https: Exclude<ListenOptions['https'], boolean | undefined> | true,
  hosts: readonly string[],
): Promise<Authority & { readonly file?: string }> {
  return https === true ? createAuthority(hosts) : keptAuthority(https.directory, hosts)
}

/**
 * Serves an emulator on 127.0.0.1, for code that runs in another process: `emulatorFetch(url)` there leads here, and
 * over HTTPS Microsoft's own clients take it for an authority. While the emulator is offline connections are dropped.
 *
 * @throws Error with the code `EADDRINUSE` when the port is taken.
 *
 * @example
 * ```ts
 * const { url, close } = await listen(await createEmulator(), { port: 8080 })
 * ```
 */
export async function listen(entra: Emulator, options: ListenOptions = {}): Promise<Listening> {
  const { https = false, localIssuer = false } = options
  const hosts = entra.directory.tenants.filter(({ kind }) => kind !== 'workforce').map(({ host }) => host)
  const authority = https === false ? undefined : await authorityFor(https, hosts)
  const scheme = authority === undefined ? 'http' : 'https'
  const handler = (message: IncomingMessage, answer: ServerResponse): void => {
    respond({ entra, scheme, localIssuer }, message, answer).catch((error: unknown) => {
      if (error instanceof Unreachable || answer.headersSent) message.socket.destroy()
      else
        answer.writeHead(500, { 'content-type': 'application/json' }).end('{"error":"The emulator failed"}')
    })
  }
  const server =
    authority === undefined
      ? createHttpServer(handler)
      : createHttpsServer(await serverCertificate(authority, hosts), handler)
  const port = await start(server, options.port ?? 0)
  return {
    url: authority === undefined ? `http://127.0.0.1:${port}` : `https://localhost:${port}`,
    port,
    ca: authority?.pem,
    caFile: authority?.file,
    async close() {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}
