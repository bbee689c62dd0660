import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { brotliCompressSync, gzipSync } from 'node:zlib'

/** One way in which an identity provider fails. */
export interface Fault {
  readonly name: string
  /** Nothing listens. */
  readonly refuses?: true
  /** The name of the host cannot be resolved. */
  readonly hasNoAddress?: true
  /** HTTPS with a certificate that nobody trusts. */
  readonly isUntrusted?: true
  /** What happens to a connection, in place of HTTP. */
  readonly connection?: (socket: Socket) => void
  /** What is answered. `elsewhere` is a server of an attacker, which has well-formed documents with a key of theirs. */
  readonly answer?: (request: IncomingMessage, response: ServerResponse, elsewhere: string) => void
  /** Which requests are answered so. Default: all. */
  readonly on?: (path: string) => boolean
}

const json = { 'content-type': 'application/json' }

const body = (name: string, content: string | Uint8Array, headers: Record<string, string> = json): Fault => ({
  name,
  answer: (_request, response) => void response.writeHead(200, headers).end(content),
})

const status = (code: number, headers: Record<string, string> = {}): Fault => ({
  name: `status ${code}`,
  answer: (_request, response) => void response.writeHead(code, { ...json, ...headers }).end('{}'),
})

/** 256 MB of blanks in a quarter of a megabyte: valid JSON so far. */
const blanks = Buffer.alloc(256 * 1024 * 1024, ' ')
const bombs = {
  gzip: gzipSync(blanks, { level: 9 }),
  br: brotliCompressSync(blanks.subarray(0, 64 * 1024 * 1024)),
}

/** As much as the other side takes, until it hangs up. */
function pourOut(response: ServerResponse): void {
  const chunk = Buffer.alloc(65_536, ' ')
  const pour = (): void => {
    while (!response.destroyed && response.write(chunk));
  }
  response.on('drain', pour)
  response.writeHead(200, json)
  pour()
}

function drip(response: ServerResponse): void {
  response.writeHead(200, json).write('{"keys":[')
  const timer = setInterval(() => response.write(' '), 20)
  response.on('close', () => clearInterval(timer))
}

function stopHalfway(response: ServerResponse): void {
  response.writeHead(200, { ...json, 'content-length': '4096' }).write('{"keys":[{"kty":"RSA","kid":"')
  setTimeout(() => response.destroy(), 20)
}

export const faults: readonly Fault[] = [
  { name: 'connection refused', refuses: true },
  { name: 'name not resolved', hasNoAddress: true },
  { name: 'connection reset', connection: (socket) => void socket.resetAndDestroy() },
  { name: 'connection closed', connection: (socket) => void socket.end() },
  { name: 'accepted, then silence', connection: () => {} },
  { name: 'no HTTP', connection: (socket) => void socket.end('220 mail.example ESMTP\r\n') },
  { name: 'certificate not trusted', isUntrusted: true },
  status(429, { 'retry-after': '1' }),
  status(500),
  status(503, { 'retry-after': '86400' }),
  status(204),
  {
    name: 'redirect to another host',
    answer: (request, response, elsewhere) =>
      void response.writeHead(302, { location: `${elsewhere}${request.url}` }).end(),
  },
  { name: 'one byte every 20 ms', answer: (_request, response) => drip(response) },
  { name: 'truncated', answer: (_request, response) => stopHalfway(response) },
  body('JSON that stops', '{"keys":[{"kty":"RSA"'),
  body('a page of a proxy', '<!doctype html><title>Sign in to the network</title>', {
    'content-type': 'text/html',
  }),
  body('JSON of another kind', '{"error":"unknown"}'),
  body('no UTF-8', new Uint8Array([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d])),
  body('100 kB of headers', '{}', { ...json, 'x-padding': 'x'.repeat(100_000) }),
  body('a length of 10 GB', '{', { ...json, 'content-length': '10737418240' }),
  { name: 'endless body', answer: (_request, response) => pourOut(response) },
  body('gzip bomb, 256 MB', bombs.gzip, { ...json, 'content-encoding': 'gzip' }),
  body('brotli bomb, 64 MB', bombs.br, { ...json, 'content-encoding': 'br' }),
  body('not the gzip it says', '{"keys":[]}', { ...json, 'content-encoding': 'gzip' }),
  { ...status(500), name: 'only the keys fail', on: (path) => !path.includes('.well-known') },
  { ...status(500), name: 'only the metadata fails', on: (path) => path.includes('.well-known') },
]
