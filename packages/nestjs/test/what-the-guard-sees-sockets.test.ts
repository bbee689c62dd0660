import 'reflect-metadata'
import type { UserIdentity } from '@entraguard/core'
import { Access, CurrentUser, Public } from '@entraguard/nestjs'
import { GuardedGateway } from '@entraguard/nestjs/ws'
import type { INestApplication } from '@nestjs/common'
import { IoAdapter } from '@nestjs/platform-socket.io'
import { WsAdapter } from '@nestjs/platform-ws'
import { MessageBody, SubscribeMessage, WebSocketGateway, WebSocketServer } from '@nestjs/websockets'
import { once } from 'node:events'
import type { Namespace, Server, Socket as ServerSocket } from 'socket.io'
import { io, type Socket } from 'socket.io-client'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { WebSocket } from 'ws'

import { start, type Started } from './app.ts'

let seen: string[] = []
beforeEach(() => {
  seen = []
})

const startWith = async (
  Adapter: typeof WsAdapter | typeof IoAdapter,
  ...providers: Function[]
): Promise<Started> =>
  start(
    { providers: providers as never },
    { prepare: (app: INestApplication) => void app.useWebSocketAdapter(new Adapter(app)) },
  )

/** A client of socket.io, and whether it was let in. */
async function join(
  url: string,
  namespace: string,
  token?: string,
): Promise<{ socket: Socket; joined: boolean }> {
  const auth = token === undefined ? {} : { token }
  const options = { auth, reconnection: false, forceNew: true, transports: ['websocket'] }
  const socket = io(`${url}${namespace}`, options)
  onTestFinished(() => void socket.disconnect())
  const joined = await new Promise<boolean>((resolve) => {
    socket.on('connect', () => resolve(true))
    socket.on('connect_error', () => resolve(false))
  })
  return { socket, joined }
}
const next = async (socket: Socket, event: string): Promise<unknown> =>
  new Promise((resolve) => void socket.once(event, resolve))

describe('listeners of your own on a socket', () => {
  @WebSocketGateway({ namespace: 'live' })
  @GuardedGateway()
  class Live {
    handleConnection(client: ServerSocket): void {
      seen.push('connection')
      client.on('raw', (answer: (text: string) => void) => answer('raw'))
      client.onAny((event: string) => seen.push(event))
    }
    @SubscribeMessage('guarded')
    @Access({ scopes: ['Orders.Write'] })
    guarded(): { event: string; data: string } {
      return { event: 'guarded', data: 'guarded' }
    }
  }

  it('and handleConnection run for whom the handshake admits, and ask nobody after that', async () => {
    const { url, entra } = await startWith(IoAdapter, Live)
    expect(await join(url, '/live')).toMatchObject({ joined: false })
    expect(seen).toStrictEqual([])
    const { socket } = await join(url, '/live', await entra.issueUserToken({ scopes: ['Orders.Read'] }))
    expect(await socket.emitWithAck('raw')).toBe('raw')
    const refused = next(socket, 'exception')
    socket.emit('guarded')
    expect(await refused).toMatchObject({ error: 'insufficient_scope' })
    expect(seen).toStrictEqual(['connection', 'raw', 'guarded'])
  })
})

describe('namespaces of socket.io', () => {
  @WebSocketGateway({ namespace: 'live' })
  @GuardedGateway()
  class Live {
    @WebSocketServer() readonly namespace!: Namespace
    @SubscribeMessage('mine')
    mine(@CurrentUser() user: UserIdentity): { event: string; data: string } {
      this.namespace.emit('news', 'for members')
      return { event: 'mine', data: user.kind }
    }
  }
  @WebSocketGateway({ namespace: 'open' })
  @Public()
  class Open {
    @SubscribeMessage('echo')
    echo(@MessageBody() data: string): { event: string; data: string } {
      return { event: 'echo', data }
    }
  }
  @WebSocketGateway({ namespace: /^\/tenant-\d+$/ })
  @GuardedGateway()
  class OfTenant {
    @SubscribeMessage('mine')
    mine(@CurrentUser() user: UserIdentity): { event: string; data: string } {
      return { event: 'mine', data: user.kind }
    }
  }

  it('ask the guard of their gateway each, also those that a pattern makes', async () => {
    const { url, entra } = await startWith(IoAdapter, Live, Open, OfTenant)
    const token = await entra.issueUserToken()
    for (const namespace of ['/live', '/tenant-1', '/tenant-2']) {
      expect(await join(url, namespace)).toMatchObject({ joined: false })
      expect(await join(url, namespace, 'forged')).toMatchObject({ joined: false })
      const { socket } = await join(url, namespace, token)
      const answer = next(socket, 'mine')
      socket.emit('mine')
      expect(await answer).toBe('user')
    }
    expect(await join(url, '/open')).toMatchObject({ joined: true })
    expect(await join(url, '/tenant-x', token)).toMatchObject({ joined: false })
  })

  it('without a gateway are joined by anybody, and answer nothing and hear nothing of the others', async () => {
    const { url, entra } = await startWith(IoAdapter, Live)
    const { socket: stranger, joined } = await join(url, '/')
    expect(joined).toBe(true)
    stranger.onAny((event: string) => seen.push(event))
    const { socket } = await join(url, '/live', await entra.issueUserToken())
    const news = next(socket, 'news')
    stranger.emit('mine')
    socket.emit('mine')
    expect(await news).toBe('for members')
    expect(seen).toStrictEqual([])
  })
})

describe('several gateways on one path', () => {
  it.each([
    ['first', (first: Function, second: Function) => [first, second]],
    ['last', (first: Function, second: Function) => [second, first]],
  ])('ask the guard of every one, where the guarded one comes %s', async (_, order) => {
    @WebSocketGateway({ path: '/shared' })
    @GuardedGateway()
    @Access({ scopes: ['Orders.Read'] })
    class Guarded {
      @SubscribeMessage('guarded')
      guarded(): { event: string; data: string } {
        return { event: 'guarded', data: 'guarded' }
      }
    }
    @WebSocketGateway({ path: '/shared' })
    @Public()
    class Open {
      handleConnection(): void {
        seen.push('connection')
      }
      @SubscribeMessage('open')
      open(): { event: string; data: string } {
        return { event: 'open', data: 'open' }
      }
    }
    const { url, entra } = await startWith(WsAdapter, ...order(Guarded, Open))
    const open = async (token?: string): Promise<[number | undefined, WebSocket]> => {
      const headers = token === undefined ? {} : { authorization: `Bearer ${token}` }
      const socket = new WebSocket(`${url.replace('http', 'ws')}/shared`, { headers })
      onTestFinished(() => socket.terminate())
      return new Promise((resolve) => {
        // One that was refused is closed while it connects.
        socket.on('error', () => undefined)
        socket.on('open', () => resolve([101, socket]))
        socket.on('unexpected-response', (_request, response) => resolve([response.statusCode, socket]))
      })
    }
    expect((await open())[0]).toBe(401)
    expect((await open(await entra.issueUserToken({ scopes: ['Orders.Write'] })))[0]).toBe(403)
    expect(seen).toStrictEqual([])
    const [, socket] = await open(await entra.issueUserToken({ scopes: ['Orders.Read'] }))
    for (const event of ['guarded', 'open']) {
      socket.send(JSON.stringify({ event }))
      expect(JSON.parse(String((await once(socket, 'message'))[0]))).toStrictEqual({ event, data: event })
    }
  })

  it('each with its own rules, all have to hold; the namespace of socket.io alike', async () => {
    @WebSocketGateway({ namespace: 'shared' })
    @GuardedGateway()
    @Access({ scopes: ['Orders.Read'] })
    class Reads {
      @WebSocketServer() readonly server!: Server
    }
    @WebSocketGateway({ namespace: 'shared' })
    @GuardedGateway()
    @Access({ scopes: ['Orders.Write'] })
    class Writes {
      @WebSocketServer() readonly server!: Server
    }
    const { url, entra } = await startWith(IoAdapter, Reads, Writes)
    const tokenWith = async (...scopes: string[]): Promise<string> => entra.issueUserToken({ scopes })
    expect(await join(url, '/shared', await tokenWith('Orders.Read'))).toMatchObject({ joined: false })
    expect(await join(url, '/shared', await tokenWith('Orders.Write'))).toMatchObject({ joined: false })
    expect(await join(url, '/shared', await tokenWith('Orders.Read', 'Orders.Write'))).toMatchObject({
      joined: true,
    })
  })
})
