// oxlint-disable promise/no-callback-in-promise -- ws and socket.io ask for callbacks
import { authorizationOf } from '@entraguard/core'
import { applyDecorators, Inject, UseFilters, UseGuards } from '@nestjs/common'
import type { OnGatewayInit } from '@nestjs/websockets'
import type { IncomingMessage } from 'node:http'
import type { Namespace, Server, Socket } from 'socket.io'
import type { VerifyClientCallbackAsync, WebSocket, WebSocketServer } from 'ws'

import type { EntraGuardException } from './entra-guard.exception.ts'
import { EntraGuard } from './entra.guard.ts'
import { EntraGuardGatewayFilter } from './gateway.filter.ts'
import { admissions, type Call, type Caller } from './request.reader.ts'
import { GuardedHandshake, rulesOf } from './route.rules.ts'

type Admit = (authorization: Call['authorization']) => Promise<Caller>

const guardOf = Symbol('EntraGuard')

/**
 * Guards a gateway: the token is verified before the handshake completes (ws answers in HTTP, socket.io with
 * `connect_error`), every message asks its `@Access`, and the socket is closed when the token expires.
 *
 * The token comes in the `Authorization` header of the handshake, or in `auth: { token }` of socket.io, which is what
 * browsers can send. It is never read from the address.
 *
 * @example
 * ```ts
 * @WebSocketGateway({ path: '/live' })
 * @GuardedGateway()
 * @Access({ scopes: ['Orders.Read'] })
 * export class OrdersGateway {
 *   @SubscribeMessage('watch')
 *   watch(@CurrentUser() user: UserIdentity) {}
 * }
 * ```
 */
export function GuardedGateway(): ClassDecorator {
  return (target) => {
    // Nest injects into the finished object, where a field `afterInit = () => …` hides what the prototype has.
    const set = function (this: Partial<OnGatewayInit>, guard: EntraGuard): void {
      const before = this.afterInit
      const admit: Admit = (authorization) => guard.admit(rulesOf(target), { authorization })
      this.afterInit = (server: WebSocketServer | Namespace | Server): unknown => {
        if ('handleUpgrade' in server) guardUpgrades(server, admit)
        else guardConnects(server, admit)
        return before?.call(this, server)
      }
    }
    Object.defineProperty(target.prototype, guardOf, { set })
    Inject(EntraGuard)(target.prototype, guardOf)
    GuardedHandshake(target)(target)
    applyDecorators(UseGuards(EntraGuard), UseFilters(EntraGuardGatewayFilter))(target)
  }
}

/** ws: the request to upgrade is answered only after the token was verified. */
function guardUpgrades(server: WebSocketServer, admit: Admit): void {
  const { verifyClient: before } = server.options
  server.options.verifyClient = ((info, done) => {
    admit(authorizationOf(info.req))
      .then((caller) => {
        admissions.set(info.req, { caller })
        // Of two parameters it answers by `done`, of one by its value.
        return before?.length === 2 ? before(info, done) : done(!before || before(info, done) === true)
      })
      .catch(({ challenge }: Partial<EntraGuardException>) => {
        const headers = { ...challenge?.headers, 'Content-Type': 'application/json' }
        done(false, challenge?.status ?? 500, JSON.stringify(challenge?.body), headers)
      })
  }) satisfies VerifyClientCallbackAsync
  server.on('connection', (client: WebSocket, request: IncomingMessage) => {
    keep(client, admissions.get(request)?.caller, () => client.close(1008, 'The access token has expired.'))
  })
}

/** socket.io: the namespace is joined only after the token was verified. */
function guardConnects(io: Namespace | Server, admit: Admit): void {
  // A recovered session would be sent what it missed, and join its rooms, before anybody looks at its token.
  // oxlint-disable-next-line no-underscore-dangle -- how socket.io names the options that it reads
  Object.assign(('server' in io ? io.server : io)._opts, { connectionStateRecovery: undefined })
  io.use((client, next) => {
    const { token }: { token?: unknown } = client.handshake.auth
    const sent = [authorizationOf(client.request) ?? [], typeof token === 'string' ? `Bearer ${token}` : []]
    admit(sent.flat())
      .then((caller) => keep(client, caller, () => client.disconnect(true)))
      .then(() => next())
      .catch(({ challenge }: Partial<EntraGuardException>) => {
        next(Object.assign(new Error(challenge?.body.error_description), { data: challenge?.body }))
      })
  })
}

/** The client has a caller until the token expires. */
function keep(client: WebSocket | Socket, caller: Caller | undefined, close: () => void): void {
  if (caller === undefined) return close()
  admissions.set(client, { caller })
  const expire = (): void => {
    // One that does not answer the close frame could go on sending for half a minute.
    admissions.delete(client)
    close()
  }
  // Node's timers count no further than 2^31 - 1 ms.
  const timer = setTimeout(expire, Math.min(caller.expiresAt * 1000 - Date.now(), 2 ** 31 - 1)).unref()
  // Of socket.io only `disconnect`: any other name is an event that the client itself may send.
  client.on('handshake' in client ? 'disconnect' : 'close', () => clearTimeout(timer))
}
