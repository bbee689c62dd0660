// oxlint-disable promise/no-callback-in-promise -- ws and socket.io ask for callbacks
import { authorizationOf } from '@entraguard/core'
import { applyDecorators, Inject, UseFilters, UseGuards } from '@nestjs/common'
import { ModuleRef } from '@nestjs/core'
import type { OnGatewayInit } from '@nestjs/websockets'
import type { IncomingMessage } from 'node:http'
import type { Namespace, Server, Socket } from 'socket.io'
import type { VerifyClientCallbackAsync, WebSocket, WebSocketServer } from 'ws'

import type { EntraGuardException } from '../entra-guard.exception.ts'
import { EntraGuard } from '../entra.guard.ts'
import { EntraGuardGatewayFilter } from './gateway.filter.ts'
import { admissions, type Admission, type Call, type Caller } from '../calls/request.reader.ts'
import { GuardedHandshake, rulesOf } from '../routes/route.rules.ts'

/** Returns the caller, if the verifier accepts this credential at this moment. */
type Admit = (authorization: Call['authorization']) => Promise<Caller>

const modulesOf = Symbol('EntraGuard')

/**
 * Guards a gateway. The token is verified before the handshake completes (ws refuses with an HTTP response, socket.io
 * with `connect_error`). Every message is checked against its `@Access`. The socket is closed when the token expires.
 *
 * The token comes in the `Authorization` header of the handshake or, for socket.io, in `auth: { token }`, which
 * browsers can send. It is never read from the URL.
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
    Object.defineProperty(target.prototype, modulesOf, {
      set(this: Partial<OnGatewayInit>, modules: ModuleRef) {
        guardHandshakes(this, async (authorization) =>
          guardOf(modules).admit(rulesOf(target), { authorization }),
        )
      },
    })
    Inject(ModuleRef)(target.prototype, modulesOf)
    GuardedHandshake(target)(target)
    applyDecorators(UseGuards(EntraGuard), UseFilters(EntraGuardGatewayFilter))(target)
  }
}

/** The guard as it was made: into a gateway that is made for each message Nest may inject one that is not ready. */
function guardOf(modules: ModuleRef): EntraGuard {
  const guards = modules.get<EntraGuard>(EntraGuard, { strict: false, each: true })
  const guard = guards.find((each) => each instanceof EntraGuard)
  if (guard === undefined)
    throw new TypeError('@GuardedGateway() needs EntraGuard, but a test has replaced it')
  return guard
}

/**
 * Nest injects into the finished object, and so a field `afterInit = () => …` is guarded too, which would hide a method
 * of the prototype.
 */
function guardHandshakes(gateway: Partial<OnGatewayInit>, admit: Admit): void {
  const before = gateway.afterInit
  gateway.afterInit = (server: WebSocketServer | Namespace | Server): unknown => {
    if ('handleUpgrade' in server) guardUpgrades(server, admit)
    else if ('use' in server) guardConnects(server, admit)
    else
      throw new TypeError(
        '@GuardedGateway() supports the servers of ws and socket.io, and this is another one',
      )
    return before?.call(gateway, server)
  }
}

/** ws: the request to upgrade is answered only after the token was verified. */
function guardUpgrades(server: WebSocketServer, admit: Admit): void {
  const { verifyClient: before } = server.options
  server.options.verifyClient = ((info, done) => {
    const authorization = authorizationOf(info.req)
    admit(authorization)
      .then((caller) => {
        admissions.set(info.req, { caller, authorization })
        if (!before) return done(true)
        // Of two parameters it answers by `done`, of one by its value.
        return before.length === 2 ? before(info, done) : done(before(info, done) === true)
      })
      .catch(({ challenge }: Partial<EntraGuardException>) => {
        const headers = { ...challenge?.headers, 'Content-Type': 'application/json' }
        done(false, challenge?.status ?? 500, JSON.stringify(challenge?.body), headers)
      })
  }) satisfies VerifyClientCallbackAsync
  server.on('connection', (client: WebSocket, request: IncomingMessage) => {
    const admission = admissions.get(request)
    if (admission === undefined) client.close(1008)
    else keep(client, admission, admit, () => client.close(1008, 'The access token has expired.'))
  })
}

/** socket.io: the namespace is joined only after the token was verified. */
function guardConnects(io: Namespace | Server, admit: Admit): void {
  // A recovered session would be sent what it missed, and join its rooms, before anybody looks at its token.
  // oxlint-disable-next-line no-underscore-dangle -- how socket.io names the options that it reads
  Object.assign(('server' in io ? io.server : io)._opts, { connectionStateRecovery: undefined })
  io.use((client, next) => {
    const { token }: { token?: unknown } = client.handshake.auth
    const inAuth = typeof token === 'string' ? `Bearer ${token}` : []
    const authorization = [authorizationOf(client.request) ?? [], inAuth].flat()
    admit(authorization)
      .then((caller) => {
        keep(client, { caller, authorization }, admit, () => client.disconnect(true))
        return next()
      })
      .catch(({ challenge, cause }: Partial<EntraGuardException>) => {
        const hint = hints[cause?.code ?? '']
        const data = {
          ...challenge?.body,
          ...(hint !== undefined && challenge?.body.hint !== undefined && { hint }),
        }
        next(Object.assign(new Error(challenge?.body.error_description), { data }))
      })
  })
}

/** What a client of socket.io can do, which sets no header in a browser. */
const hints: Readonly<Record<string, string | undefined>> = {
  token_missing: 'Connect with auth: { token }, where token is the access token alone.',
  request_malformed:
    'Send the access token once: in auth: { token }, alone and without "Bearer", or in the header Authorization.',
}

/**
 * The client has a caller until the token expires. A token that came in after that, inside the clock tolerance of the
 * verifier, is good for as long as the verifier takes it.
 */
function keep(client: WebSocket | Socket, admission: Admission, admit: Admit, close: () => void): void {
  admissions.set(client, admission)
  let isOpen = true
  let timer: ReturnType<typeof setTimeout> | undefined
  const wait = (milliseconds: number, then: () => unknown): void => {
    if (isOpen) timer = setTimeout(then, milliseconds).unref()
  }
  const end = (): void => {
    // One that does not answer the close frame could go on sending for half a minute.
    admissions.delete(client)
    close()
  }
  const endWithTolerance = async (): Promise<void> =>
    admit(admission.authorization).then(() => wait(toleranceStep, endWithTolerance), end)

  const left = admission.caller.expiresAt * 1000 - Date.now()
  if (left > 0) wait(Math.min(left, longestTimer), end)
  else wait(toleranceStep, endWithTolerance)
  // Of socket.io only `disconnect`: any other name is an event that the client itself may send.
  client.on('handshake' in client ? 'disconnect' : 'close', () => {
    isOpen = false
    clearTimeout(timer)
  })
}

/** After how many milliseconds the verifier is asked again whether its tolerance holds. */
const toleranceStep = 30_000
/** Node's timers count no further than 2^31 - 1 ms. */
const longestTimer = 2 ** 31 - 1
