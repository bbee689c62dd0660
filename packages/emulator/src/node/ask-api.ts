import { request as requestHttp, type IncomingMessage, type RequestOptions } from 'node:http'
import { request as requestHttps } from 'node:https'

import type { ApiAnswer, AskApi } from '../network/local-apis.ts'

/** A development server may compile the route first. */
const MOST_MILLISECONDS = 20_000
const MOST_BYTES = 65_536

/** `localhost` is this machine, whatever a hosts file or a name server says; other names do not get here. */
const lookup: RequestOptions['lookup'] = (_, options, found) => {
  if (options.all === true)
    found(null, [
      { address: '127.0.0.1', family: 4 },
      { address: '::1', family: 6 },
    ])
  else found(null, '127.0.0.1', 4)
}

async function readBody(message: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of message) {
    if (!Buffer.isBuffer(chunk)) continue
    chunks.push(chunk)
    length += chunk.length
    if (length > MOST_BYTES) break // and the connection is dropped
  }
  return new TextDecoder().decode(Buffer.concat(chunks).subarray(0, MOST_BYTES))
}

async function toAnswer(message: IncomingMessage): Promise<ApiAnswer> {
  const { 'www-authenticate': challenge, 'content-type': type } = message.headers
  return {
    status: message.statusCode ?? 0,
    headers: {
      ...(challenge !== undefined && { 'www-authenticate': challenge }),
      ...(type !== undefined && { 'content-type': type }),
    },
    body: await readBody(message),
  }
}

function problemOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (code === 'ECONNREFUSED') return 'Nobody listens at this address.'
  if (error instanceof Error && error.name === 'TimeoutError')
    return `There was no answer in ${MOST_MILLISECONDS / 1000} seconds.`
  if (/^(?:UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|CERT_|ERR_TLS_CERT)/.test(code))
    return 'Its certificate is not trusted: start the emulator with NODE_EXTRA_CA_CERTS=<the file of its authority>.'
  return `The connection failed${code === '' ? '' : ` (${code})`}.`
}

/** One GET request, over a connection of its own: no proxy, no redirect, no cookie. Never rejects. */
export const askApi: AskApi = async (address, token, signal) => {
  const timeout = AbortSignal.timeout(MOST_MILLISECONDS)
  const request = address.protocol === 'https:' ? requestHttps : requestHttp
  try {
    return await new Promise<ApiAnswer>((resolve, reject) => {
      request(
        address,
        {
          agent: false,
          lookup,
          signal: AbortSignal.any([signal, timeout]),
          headers: {
            accept: 'application/json, */*;q=0.5',
            ...(token !== undefined && { authorization: `Bearer ${token}` }),
          },
        },
        (message) => void toAnswer(message).then(resolve, reject),
      )
        .once('error', reject)
        .end()
    })
  } catch (error) {
    return { status: 0, problem: problemOf(timeout.aborted ? timeout.reason : error) }
  }
}
