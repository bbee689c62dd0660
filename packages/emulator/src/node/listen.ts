import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'

import type { Emulator } from '../emulator-interface.ts'
import { answerListener } from '../network/listener.ts'
import { checkLocalApis, isLocalApi, type LocalApi } from '../network/local-apis.ts'
import { createTraffic } from '../network/traffic.ts'
import {
  hasMembers,
  hasMembersAnd,
  isEither,
  isFlag,
  isLike,
  isList,
  isPort,
  type Check,
} from '../values/shape.ts'
import { askApi } from './ask-api.ts'
import { createAuthority, serverCertificate, type Authority } from './certificate-authority.ts'
import { keptAuthority } from './kept-authority.ts'
import { findPortalFile } from './portal-files.ts'
import { closeServer, respond, startServer } from './web-server.ts'

/** Options of {@link listen}. */
export interface ListenOptions {
  /** The port. Default 0: any free port. */
  readonly port?: number | undefined
  /**
   * `true`: HTTPS with a certificate authority in memory. With a `directory`, the authority is kept there (`ca.pem`,
   * and `ca-key.pem` with mode 0600) for its 30 days. Default: HTTP.
   */
  readonly https?: boolean | { readonly directory: string } | undefined
  /**
   * `true`: documents and ID tokens name the address at which they were requested as their issuer, for clients that
   * compare the two (oauth4webapi, Auth.js). Access tokens keep Microsoft's issuer, which is what an API accepts.
   * Default: Microsoft's issuer everywhere, as Microsoft's own clients expect.
   */
  readonly localIssuer?: boolean | undefined
  /** APIs on this machine that stand in the playground of the portal from the start. Default: none; others can be added there. */
  readonly apis?: readonly LocalApi[] | undefined
}

/** An emulator that other processes on this machine can reach. */
export interface Listening {
  /** `http://127.0.0.1:49152`, or `https://localhost:49152`. */
  readonly url: string
  readonly port: number
  /** With HTTPS: the certificate of the authority, in PEM. Trust it in one client, never for the whole system. */
  readonly ca: string | undefined
  /** The file with that certificate, for `NODE_EXTRA_CA_CERTS`, when there is one. */
  readonly caFile: string | undefined
  /** Stops listening and drops open connections. */
  readonly close: () => Promise<void>
}

const checkOptions = hasMembers({
  port: isPort,
  https: isEither(
    [isFlag, hasMembersAnd(['directory'], { directory: isLike(/./, 'the path of a folder') })],
    'true, false, or an object with the directory',
  ),
  localIssuer: isFlag,
  apis: isList(isLocalApi),
} satisfies Readonly<Record<keyof ListenOptions, Check>>)

async function authorityFor(
  https: Exclude<ListenOptions['https'], boolean | undefined> | true,
  hosts: readonly string[],
): Promise<Authority & { readonly file?: string }> {
  return https === true ? createAuthority(hosts) : keptAuthority(https.directory, hosts)
}

/**
 * Serves an emulator on 127.0.0.1, for code that runs in another process. There, `emulatorFetch(url)` reaches it, and
 * over HTTPS Microsoft's own clients accept it as an authority. While the emulator is offline, connections are dropped.
 *
 * @throws Error with the code `EADDRINUSE` when the port is taken. TypeError when an option is unknown or of the wrong
 * kind, or an address of `apis` is not on this machine.
 *
 * @example
 * ```ts
 * const { url, close } = await listen(await createEmulator(), { port: 8080 })
 * ```
 */
export async function listen(entra: Emulator, options: ListenOptions = {}): Promise<Listening> {
  checkOptions(options, '')
  const { https = false, localIssuer = false } = options
  const apis = checkLocalApis(options.apis ?? [])
  const hosts = entra.directory.tenants.filter(({ kind }) => kind !== 'workforce').map(({ host }) => host)
  const authority = https === false ? undefined : await authorityFor(https, hosts)
  const scheme = authority === undefined ? 'http' : 'https'
  const traffic = createTraffic(entra.directory, entra.now)
  const handler = (message: IncomingMessage, answer: ServerResponse): void =>
    respond(scheme, message, answer, (request) =>
      answerListener(entra, request, { localIssuer, traffic, findPortalFile, apis, askApi }),
    )
  const server =
    authority === undefined
      ? createHttpServer(handler)
      : createHttpsServer(await serverCertificate(authority, hosts), handler)
  const port = await startServer(server, options.port ?? 0)
  return {
    url: authority === undefined ? `http://127.0.0.1:${port}` : `https://localhost:${port}`,
    port,
    ca: authority?.pem,
    caFile: authority?.file,
    close: () => closeServer(server),
  }
}
