import { randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'

import { answerInspector, type InspectorWorld } from '../network/inspector.ts'
import { hasMembers, isFunction, isPort, isText, type Check } from '../values/shape.ts'
import { findPortalFile } from './portal-files.ts'
import { closeServer, respond, startServer } from './web-server.ts'

/** Options of {@link serveInspector}. */
export interface InspectorOptions {
  /** The port. Default 0: any free port. */
  readonly port?: number | undefined
  /** A token to show, once, on the first page that is opened. */
  readonly token?: string | undefined
  /**
   * Fetches the metadata and the keys of a tenant when the user asks for it on the page, from Microsoft's own hosts
   * only. Default: nothing is fetched, and keys have to be pasted.
   */
  readonly fetch?: ((address: string) => Promise<Response>) | undefined
}

const checkOptions = hasMembers({
  port: isPort,
  token: isText,
  fetch: isFunction,
} satisfies Readonly<Record<keyof InspectorOptions, Check>>)

/** An inspector that a browser on this machine can open. */
export interface ServedInspector {
  /** The URL to open. If there is a token, its fragment has a code with which the page gets the token once. */
  readonly url: string
  readonly port: number
  /** Stops listening and drops open connections. */
  readonly close: () => Promise<void>
}

/**
 * Serves the token inspector on 127.0.0.1, without an emulator. The token stays on this machine: it is in no URL, and
 * the page can send requests only to this server.
 *
 * @throws Error with the code `EADDRINUSE` when the port is taken. TypeError when an option is unknown or of the wrong
 * kind.
 *
 * @example
 * ```ts
 * const { url, close } = await serveInspector({ port: 8585 })
 * ```
 */
export async function serveInspector(options: InspectorOptions = {}): Promise<ServedInspector> {
  checkOptions(options, '')
  const { token, fetch, port: wanted = 0 } = options
  const waiting = token === undefined ? undefined : { code: randomBytes(16).toString('base64url'), token }
  const world: InspectorWorld = { findPortalFile, fetch, waiting }
  const server = createServer((message: IncomingMessage, answer: ServerResponse): void =>
    respond('http', message, answer, (request) => answerInspector(world, request)),
  )
  const port = await startServer(server, wanted)
  const url = `http://127.0.0.1:${port}/${waiting === undefined ? '' : `#token=${waiting.code}`}`
  return { url, port, close: () => closeServer(server) }
}
