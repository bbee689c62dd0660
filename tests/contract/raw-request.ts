import { once } from 'node:events'
import { connect } from 'node:net'

import type { Received } from './received.ts'

/**
 * Writes a request to a socket as it is: two headers of one name, paths with dots, methods that `fetch` refuses. The
 * lines are the head without its last, empty line. Status 0: closed without an answer.
 */
export async function sendRaw(url: URL, lines: readonly string[]): Promise<Received> {
  const socket = connect(Number(url.port), url.hostname)
  socket.setTimeout(120_000, () => socket.destroy(new Error(`no answer to ${lines[0]}`)))
  await once(socket, 'connect')
  const chunks: Buffer[] = []
  socket.on('data', (chunk) => chunks.push(chunk))
  socket.write(`${[...lines, 'Connection: close'].join('\r\n')}\r\n\r\n`, 'latin1')
  await once(socket, 'close')
  const text = Buffer.concat(chunks).toString('latin1')
  // Some servers close the connection where others answer 400.
  if (chunks.length === 0) return { status: 0, headers: new Headers(), text: '' }
  const status = /^HTTP\/1\.[01] (\d{3})/.exec(text)?.[1]
  const end = text.indexOf('\r\n\r\n')
  if (status === undefined || end === -1)
    throw new Error(`no HTTP answer to ${lines[0]}: ${text.slice(0, 80)}`)
  const headers = new Headers()
  for (const line of text.slice(0, end).split('\r\n').slice(1)) {
    const colon = line.indexOf(':')
    headers.append(line.slice(0, colon), line.slice(colon + 1).trim())
  }
  return { status: Number(status), headers, text: text.slice(end + 4) }
}
