import { Catch, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common'
import type { Socket } from 'socket.io'
import type { WebSocket } from 'ws'

import { EntraGuardException } from '../entra-guard.exception.ts'

/** Sends a refusal of a message back as the event `exception`, as Nest does with a `WsException`. */
@Catch(EntraGuardException)
export class EntraGuardGatewayFilter implements ExceptionFilter<EntraGuardException> {
  catch(exception: EntraGuardException, host: ArgumentsHost): void {
    const client = host.switchToWs().getClient<WebSocket | Socket>()
    const data = exception.getResponse()
    if ('handshake' in client) client.emit('exception', data)
    else client.send(JSON.stringify({ event: 'exception', data }))
  }
}
