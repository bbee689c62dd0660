import { request } from 'node:https'

import type { Listening } from '../../src/node.ts'

/** Status over TLS with the certificate checked for `servername`, or the code of the error. */
export function ask(
  { port }: Pick<Listening, 'port'>,
  ca: string | undefined,
  servername: string,
): Promise<number | string | undefined> {
  return new Promise((resolve) => {
    request(
      {
        host: '127.0.0.1',
        port,
        path: '/common/discovery/keys',
        servername,
        headers: { host: servername },
        ...(ca === undefined ? {} : { ca }),
      },
      (answer) => {
        answer.resume()
        resolve(answer.statusCode)
      },
    )
      .on('error', (error: NodeJS.ErrnoException) =>
        resolve(error.code === 'UNSPECIFIED' ? error.message : error.code),
      )
      .end()
  })
}
