import 'reflect-metadata'
import { anyOf, createVerifier, type UserIdentity, type Verifier } from '@entraguard/core'
import { createEmulator, type Emulator } from '@entraguard/emulator'
import { Access, calledBy, CurrentUser, EntraGuard, EntraGuardModule, Public } from '@entraguard/nestjs'
import { GuardedGateway } from '@entraguard/nestjs/ws'
import { Inject, Injectable, Scope, type INestApplication, type Provider, type Type } from '@nestjs/common'
import { IoAdapter } from '@nestjs/platform-socket.io'
import { WsAdapter } from '@nestjs/platform-ws'
import { Test } from '@nestjs/testing'
import { MessageBody, SubscribeMessage, WebSocketGateway, WebSocketServer } from '@nestjs/websockets'
import { once, type EventEmitter } from 'node:events'
import { io, type Socket } from 'socket.io-client'
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { WebSocket } from 'ws'

import { compile, listen, silent, start } from './app.ts'

let happened: string[] = []
beforeEach(() => {
  happened = []
})
afterEach(() => {
  vi.useRealTimers()
})

@WebSocketGateway({ path: '/live', namespace: undefined })
@GuardedGateway()
@Access({ scopes: ['Orders.Read'], appPermissions: ['Orders.Read.All'] })
class LiveGateway {
  afterInit(): void {
    happened.push('init')
  }
  handleConnection(): void {
    happened.push('connection')
  }
  @SubscribeMessage('echo')
  echo(@MessageBody() data: string): { event: string; data: string } {
    happened.push(`echo ${data}`)
    return { event: 'echo', data }
  }
  @SubscribeMessage('mine')
  @Access({ scopes: ['Orders.Write'] })
  mine(@CurrentUser() user: UserIdentity): { event: string; data: string } {
    happened.push('mine')
    return { event: 'mine', data: user.key }
  }
}

@WebSocketGateway({ path: '/open' })
@Public()
class OpenGateway {
  @SubscribeMessage('echo')
  echo(@MessageBody() data: string): { event: string; data: string } {
    return { event: 'echo', data }
  }
}

@WebSocketGateway({
  path: '/origin',
  verifyClient: ({ origin }: { origin?: string }) => origin === 'https://ours',
})
@GuardedGateway()
class OriginGateway {}

@WebSocketGateway({
  path: '/later',
  verifyClient: ({ req }: { req: { url: string } }, done: (ok: boolean, code?: number) => void) => {
    setImmediate(() => done(req.url.endsWith('yes'), 418))
  },
})
@GuardedGateway()
class LaterGateway {}

@WebSocketGateway({ path: '/field' })
@GuardedGateway()
class FieldGateway {
  afterInit = (): void => {
    happened.push('field init')
  }
  handleConnection(): void {
    happened.push('connection')
  }
}

@WebSocketGateway({ namespace: 'live' })
@GuardedGateway()
@Access({ scopes: ['Orders.Read'], appPermissions: ['Orders.Read.All'] })
class IoGateway extends LiveGateway {
  override afterInit(): void {
    happened.push('io init')
  }
}
@WebSocketGateway({ namespace: 'open' })
@Public()
class IoOpenGateway extends OpenGateway {}

const connectionStateRecovery = {}
@WebSocketGateway({ connectionStateRecovery })
@GuardedGateway()
class RecoveringGateway {
  handleConnection(client: { emit: (event: string) => void }): void {
    client.emit('news')
  }
}
@WebSocketGateway({ namespace: 'recovering', connectionStateRecovery })
@GuardedGateway()
class RecoveringNamespace extends RecoveringGateway {}

interface Opened {
  readonly status: number
  readonly headers: Record<string, unknown>
  readonly body: string
  readonly socket: WebSocket
}

/** Opens a socket: 101, or the HTTP answer that refused it. */
async function open(url: string, path: string, headers: Record<string, string> = {}): Promise<Opened> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}${path}`, { headers })
  onTestFinished(() => socket.terminate())
  return new Promise((resolve, reject) => {
    socket.on('open', () => resolve({ status: 101, headers: {}, body: '', socket }))
    socket.on('error', reject)
    socket.on('unexpected-response', (_request, response) => {
      let body = ''
      response.on('data', (chunk) => (body += String(chunk)))
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body, socket }),
      )
    })
  })
}

async function ask(socket: WebSocket, event: string, data: unknown): Promise<unknown> {
  const answer = once(socket, 'message')
  socket.send(JSON.stringify({ event, data }))
  const [message] = (await answer) as [Buffer]
  return JSON.parse(String(message))
}

const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` })

interface Asked {
  times: number
  isHeld: boolean
  /** Each lets one question go on that came while `isHeld`. */
  readonly waiting: Array<() => void>
}

/** A verifier for one token, which counts how often it is asked and answers when the test wants it to. */
function held(real: Verifier): { readonly verifier: Verifier; readonly asked: Asked } {
  const asked: Asked = { times: 0, isHeld: false, waiting: [] }
  let first: Promise<unknown> | undefined
  const authenticate = async (...given: Parameters<Verifier['authenticate']>): Promise<unknown> => {
    asked.times += 1
    first ??= real.authenticate(...given)
    if (asked.isHeld) await new Promise<void>((resolve) => asked.waiting.push(resolve))
    return first
  }
  return { verifier: { ...real, authenticate: authenticate as never }, asked }
}

const useIo = (app: INestApplication): void => void app.useWebSocketAdapter(new IoAdapter(app))
const useWs = (app: INestApplication): void => void app.useWebSocketAdapter(new WsAdapter(app))

const startWs = async (
  providers: Provider[] = [LiveGateway, OpenGateway, OriginGateway, LaterGateway],
): Promise<{ url: string; entra: Emulator }> => start({ providers }, { prepare: useWs })

describe('a guarded gateway on ws', () => {
  it('answers the handshake without a good token in HTTP, and nothing of the gateway runs', async () => {
    const { url, entra } = await startWs()
    const missing = await open(url, '/live')
    expect(missing).toMatchObject({
      status: 401,
      headers: {
        'www-authenticate': 'Bearer scope="api://22222222-2222-4222-8222-222222222222/Orders.Read"',
        'content-type': 'application/json',
      },
    })
    expect(JSON.parse(missing.body)).toMatchObject({ error: 'unauthorized' })
    const expired = await entra.issueUserToken({ expiresIn: -3600 })
    expect(await open(url, '/live', bearer(expired))).toMatchObject({ status: 401 })
    const unknown = await entra.issueUserToken({ signWith: 'unknown' })
    expect(await open(url, '/live', bearer(unknown))).toMatchObject({ status: 401 })
    const writer = await entra.issueUserToken({ scopes: ['Orders.Write'] })
    expect(await open(url, '/live', bearer(writer))).toMatchObject({
      status: 403,
      headers: { 'www-authenticate': expect.stringContaining('/Orders.Read"') as string },
    })
    expect(await open(url, `/live?access_token=${await entra.issueUserToken()}`)).toMatchObject({
      status: 401,
    })
    entra.goOffline()
    entra.advance(3 * 86_400)
    expect(await open(url, '/live', bearer(await entra.issueUserToken()))).toMatchObject({
      status: 503,
      headers: { 'retry-after': expect.any(String) as string },
    })
    expect(happened).toStrictEqual(['init'])
  })

  it('takes messages from a caller with a token, each by its own access', async () => {
    const { url, entra } = await startWs()
    const claims = { oid: 'cccccccc-0000-4000-8000-000000000001' }
    const reader = await open(
      url,
      '/live',
      bearer(await entra.issueUserToken({ scopes: ['Orders.Read'], claims })),
    )
    expect(reader.status).toBe(101)
    expect(await ask(reader.socket, 'echo', 'tea')).toStrictEqual({ event: 'echo', data: 'tea' })
    expect(await ask(reader.socket, 'mine', '')).toStrictEqual({
      event: 'exception',
      data: {
        error: 'insufficient_scope',
        error_description: 'The access token does not permit this operation.',
      },
    })
    const writer = await open(url, '/live', bearer(await entra.issueUserToken({ claims })))
    expect(await ask(writer.socket, 'mine', '')).toStrictEqual({
      event: 'mine',
      data: `${entra.directory.firstTenant.id}.${claims.oid}`,
    })
    const app = await open(url, '/live', bearer(await entra.issueAppToken()))
    expect(await ask(app.socket, 'mine', '')).toMatchObject({ event: 'exception' })
    expect(happened).toStrictEqual(['init', 'connection', 'echo tea', 'connection', 'mine', 'connection'])
  })

  it('closes the socket when the token expires', async () => {
    const { url, entra } = await startWs()
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] })
    const { socket } = await open(url, '/live', bearer(await entra.issueUserToken({ expiresIn: 600 })))
    vi.advanceTimersByTime(598_000)
    expect(await ask(socket, 'echo', 'still')).toMatchObject({ data: 'still' })
    const closed = once(socket, 'close')
    vi.advanceTimersByTime(2_000)
    // What a client sends that ignores the close frame has no caller any more.
    const [code, reason] = await closed
    expect([code, String(reason)]).toStrictEqual([1008, 'The access token has expired.'])
    expect(happened).toStrictEqual(['init', 'connection', 'echo still'])
  })

  it('counts the very millisecond in which a token expires to the clock tolerance', async () => {
    const { url, entra } = await startWs()
    const token = await entra.issueUserToken({ expiresIn: 600 })
    const claims = Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()
    const { exp } = JSON.parse(claims) as { exp: number }
    vi.useFakeTimers({ now: exp * 1000, toFake: ['setTimeout', 'clearTimeout', 'Date'] })
    const { socket } = await open(url, '/live', bearer(token))
    vi.advanceTimersByTime(1)
    expect(await ask(socket, 'echo', 'still')).toMatchObject({ data: 'still' })
  })

  it('knows who sends a message by the handshake alone, and asks the verifier for none', async () => {
    const entra = await createEmulator()
    const { verifier, asked } = held(createVerifier(entra.verifierOptions()))
    const { url } = await start({ providers: [LiveGateway] }, { prepare: useWs, verifier })
    const { socket } = await open(url, '/live', bearer(await entra.issueUserToken()))
    for (const data of ['tea', 'milk']) expect(await ask(socket, 'echo', data)).toMatchObject({ data })
    expect(asked.times).toBe(1)
  })

  it('takes a token inside the clock tolerance for as long as the verifier does', async () => {
    const { url, entra } = await startWs()
    const { socket } = await open(url, '/live', bearer(await entra.issueUserToken({ expiresIn: -240 })))
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] })
    expect(await ask(socket, 'echo', 'still')).toMatchObject({ data: 'still' })
    // The verifier goes by the clock of the emulator; it takes a token for 300 seconds more.
    const { socket: other } = await open(
      url,
      '/live',
      bearer(await entra.issueUserToken({ expiresIn: -240 })),
    )
    await vi.advanceTimersByTimeAsync(30_000)
    expect(await ask(other, 'echo', 'still')).toMatchObject({ data: 'still' })
    const closed = once(other, 'close')
    entra.advance(60)
    await vi.advanceTimersByTimeAsync(30_000)
    expect((await closed)[0]).toBe(1008)
  })

  it('looks up groups that the token could not hold for a message that asks for some', async () => {
    const group = 'dddddddd-0000-4000-8000-000000000001'
    @WebSocketGateway({ path: '/groups' })
    @GuardedGateway()
    @Access({ scopes: ['Orders.Read'] })
    class GroupsGateway {
      @SubscribeMessage('groups')
      @Access({ callers: ['user'], groups: [group] })
      groups(@CurrentUser() user: UserIdentity): { event: string; data: unknown } {
        return { event: 'groups', data: user.groups }
      }
      @SubscribeMessage('status')
      status(@CurrentUser() user: UserIdentity): { event: string; data: unknown } {
        return { event: 'status', data: user.groups.status }
      }
    }
    const entra = await createEmulator()
    let groupIds = ['dddddddd-0000-4000-8000-000000000002']
    const verifier = createVerifier({ ...entra.verifierOptions(), resolveGroups: async () => groupIds })
    const { url } = await start({ providers: [GroupsGateway] }, { prepare: useWs, verifier })
    const token = await entra.issueUserToken({ groups: 'overage' })
    const { socket } = await open(url, '/groups', bearer(token))
    expect(await ask(socket, 'groups', '')).toMatchObject({
      event: 'exception',
      data: { error: 'insufficient_scope' },
    })
    expect(await ask(socket, 'status', '')).toStrictEqual({ event: 'status', data: 'overage' })
    groupIds = [group]
    expect(await ask(socket, 'groups', '')).toStrictEqual({
      event: 'groups',
      data: { status: 'complete', ids: [group] },
    })
  })

  it('refuses a message whose token expires while its groups are being looked up', async () => {
    const group = 'dddddddd-0000-4000-8000-000000000001'
    @WebSocketGateway({ path: '/groups' })
    @GuardedGateway()
    class GroupsGateway {
      @SubscribeMessage('groups')
      @Access({ callers: ['user'], groups: [group] })
      groups(): { event: string; data: string } {
        happened.push('groups')
        return { event: 'groups', data: 'groups' }
      }
    }
    const entra = await createEmulator()
    let asked!: () => void
    let answer!: (ids: string[]) => void
    const isAsked = new Promise<void>((resolve) => (asked = resolve))
    const answered = new Promise<string[]>((resolve) => (answer = resolve))
    const resolveGroups = async (): Promise<string[]> => {
      asked()
      return answered
    }
    const verifier = createVerifier({ ...entra.verifierOptions(), resolveGroups })
    const { url } = await start({ providers: [GroupsGateway] }, { prepare: useWs, verifier })
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] })
    const token = await entra.issueUserToken({ groups: 'overage', expiresIn: 600 })
    const { socket } = await open(url, '/groups', bearer(token))
    socket.send(JSON.stringify({ event: 'groups' }))
    await isAsked
    const closed = once(socket, 'close')
    // The verifier goes by the clock of the emulator, for which the token is good a while longer.
    vi.advanceTimersByTime(601_000)
    answer([group])
    await closed
    await new Promise((resolve) => setImmediate(resolve))
    expect(happened).toStrictEqual([])
  })

  it('refuses one whose token expires while the last of its guards asks the verifier, too', async () => {
    // Whether a caller may read needs no group, so that nobody has looked any up.
    const group = 'dddddddd-0000-4000-8000-000000000001'
    @WebSocketGateway({ path: '/groups' })
    @GuardedGateway()
    @Access(anyOf({ scopes: ['Orders.Read'] }, { callers: ['user'], groups: [group] }))
    class GroupsGateway {
      @SubscribeMessage('groups')
      groups(): { event: string; data: string } {
        happened.push('groups')
        return { event: 'groups', data: 'groups' }
      }
    }
    const entra = await createEmulator()
    const { verifier, asked } = held(createVerifier(entra.verifierOptions()))
    const extras = { prepare: useWs, verifier, guard: 'manual' } as const
    const { url } = await start({ providers: [GroupsGateway] }, extras)
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] })
    const token = await entra.issueUserToken({ groups: 'overage', expiresIn: 600 })
    const { socket } = await open(url, '/groups', bearer(token))
    asked.isHeld = true
    socket.send(JSON.stringify({ event: 'groups' }))
    // One guard is that of @Access, the other that of @GuardedGateway.
    await expect.poll(() => asked.waiting).toHaveLength(1)
    asked.waiting[0]?.()
    await expect.poll(() => asked.waiting).toHaveLength(2)
    const closed = once(socket, 'close')
    vi.advanceTimersByTime(601_000)
    asked.waiting[1]?.()
    await closed
    await new Promise((resolve) => setImmediate(resolve))
    expect(happened).toStrictEqual([])
  })

  it('answers 500 where something else than the token fails, and goes on', async () => {
    const entra = await createEmulator()
    const real = createVerifier(entra.verifierOptions())
    let isDown = true
    const authenticate = async (...given: Parameters<Verifier['authenticate']>): Promise<unknown> => {
      if (isDown) throw new Error('the database of the wrapper is down')
      return real.authenticate(...given)
    }
    const verifier = { ...real, authenticate: authenticate as never }
    const { url } = await start({ providers: [LiveGateway] }, { prepare: useWs, verifier })
    const token = bearer(await entra.issueUserToken())
    const failed = await open(url, '/live', token)
    expect([failed.status, failed.body]).toStrictEqual([500, expect.not.stringContaining('database')])
    isDown = false
    expect(await open(url, '/live', token)).toMatchObject({ status: 101 })
    expect(happened).toStrictEqual(['init', 'connection'])
  })

  it('closes a connection that came in beside its handshake', async () => {
    @WebSocketGateway({ path: '/live' })
    @GuardedGateway()
    class WithServer extends LiveGateway {
      @WebSocketServer() readonly server!: EventEmitter
    }
    const { app, url, entra } = await start({ providers: [WithServer] }, { prepare: useWs })
    const { server } = app.get(WithServer)
    const { socket } = await open(url, '/live', bearer(await entra.issueUserToken()))
    const [client] = [...(server as unknown as { clients: Set<WebSocket> }).clients]
    const closed = once(socket, 'close')
    server.emit('connection', client, {})
    expect((await closed)[0]).toBe(1008)
  })

  it('takes nothing more after the token expired, also from a client that does not close', async () => {
    const { url, entra } = await startWs()
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] })
    const { socket } = await open(url, '/live', bearer(await entra.issueUserToken({ expiresIn: 600 })))
    const raw = Reflect.get(socket, '_socket') as { pause(): void; resume(): void }
    raw.pause()
    vi.advanceTimersByTime(601_000)
    socket.send(JSON.stringify({ event: 'echo', data: 'late' }))
    await expect.poll(() => socket.bufferedAmount).toBe(0)
    await new Promise((resolve) => setImmediate(resolve))
    raw.resume()
    await once(socket, 'close')
    expect(happened).toStrictEqual(['init', 'connection'])
  })

  it('guards a gateway whose afterInit is a field as well, which hides a method of its class', async () => {
    const { url, entra } = await startWs([FieldGateway])
    expect(happened).toStrictEqual(['field init'])
    expect((await open(url, '/field')).status).toBe(401)
    expect(happened).not.toContain('connection')
    expect((await open(url, '/field', bearer(await entra.issueUserToken()))).status).toBe(101)
    expect(happened).toContain('connection')
  })

  it('guards a gateway that is made anew for each message, too', async () => {
    @Injectable({ scope: Scope.REQUEST })
    class OfOneMessage {
      readonly is = 'of one message'
    }
    @WebSocketGateway({ path: '/scoped' })
    @GuardedGateway()
    @Access({ scopes: ['Orders.Read'] })
    class ScopedGateway {
      @Inject(OfOneMessage) readonly scoped!: OfOneMessage
      handleConnection(): void {
        happened.push('connection')
      }
      @SubscribeMessage('mine')
      mine(@CurrentUser() user: UserIdentity): { event: string; data: string } {
        return { event: 'mine', data: user.kind }
      }
    }
    const { url, entra } = await startWs([ScopedGateway, OfOneMessage])
    expect(await open(url, '/scoped')).toMatchObject({ status: 401 })
    expect(happened).toStrictEqual([])
    const { socket } = await open(url, '/scoped', bearer(await entra.issueUserToken()))
    expect(await ask(socket, 'mine', '')).toStrictEqual({ event: 'mine', data: 'user' })
  })

  it.each(['overrideGuard', 'overrideProvider'] as const)(
    'opens for a token alone where a test says who calls, by %s, and takes the messages of that caller',
    async (override) => {
      const entra = await createEmulator()
      const verifier = createVerifier(entra.verifierOptions())
      const ada = await verifier.authenticate(`Bearer ${await entra.issueUserToken()}`)
      const imports = [EntraGuardModule.forRoot({ verifier })]
      const builder = Test.createTestingModule({ imports, providers: [LiveGateway] }).setLogger(silent)
      const module = await builder[override](EntraGuard).useValue(calledBy(ada)).compile()
      const { url } = await listen(module, 'express', useWs)
      expect(await open(url, '/live')).toMatchObject({ status: 401 })
      const { status, socket } = await open(url, '/live', bearer(await entra.issueAppToken()))
      expect(status).toBe(101)
      expect(await ask(socket, 'mine', '')).toStrictEqual({ event: 'mine', data: ada.key })
    },
  )

  it('leaves a public gateway alone', async () => {
    const { url } = await startWs()
    const { socket } = await open(url, '/open')
    expect(await ask(socket, 'echo', 'tea')).toStrictEqual({ event: 'echo', data: 'tea' })
  })

  it('asks the verifyClient of the gateway too, of either kind', async () => {
    const { url, entra } = await startWs()
    const token = bearer(await entra.issueUserToken())
    expect(await open(url, '/origin', { ...token, origin: 'https://theirs' })).toMatchObject({ status: 401 })
    expect(await open(url, '/origin', { ...token, origin: 'https://ours' })).toMatchObject({ status: 101 })
    expect(await open(url, '/origin', { origin: 'https://ours' })).toMatchObject({ status: 401 })
    expect(await open(url, '/later?no', token)).toMatchObject({ status: 418 })
    expect(await open(url, '/later?yes', token)).toMatchObject({ status: 101 })
    expect(await open(url, '/later?yes')).toMatchObject({ status: 401 })
  })
})

const startIo = async (
  providers: Provider[] = [IoGateway, IoOpenGateway],
  verifier?: Verifier,
): Promise<{ url: string; entra: Emulator }> =>
  start({ providers }, { prepare: useIo, ...(verifier && { verifier }) })

const join = (url: string, namespace: string, options: object = {}): Socket => {
  const socket = io(`${url}/${namespace}`, { reconnection: false, forceNew: true, ...options })
  onTestFinished(() => void socket.disconnect())
  return socket
}
const outcome = async (socket: Socket): Promise<unknown> =>
  new Promise((resolve) => {
    socket.on('connect', () => resolve('connected'))
    socket.on('connect_error', (error) => resolve({ ...error, message: error.message }))
  })

describe('a guarded gateway on socket.io', () => {
  it.each(['websocket', 'polling'])('refuses to join without a good token, by %s', async (transport) => {
    const { url, entra } = await startIo()
    const options = { transports: [transport] }
    expect(await outcome(join(url, 'live', options))).toStrictEqual({
      message: 'An access token is required.',
      data: { error: 'unauthorized', error_description: 'An access token is required.' },
    })
    const writer = await entra.issueUserToken({ scopes: ['Orders.Write'] })
    expect(await outcome(join(url, 'live', { ...options, extraHeaders: bearer(writer) }))).toMatchObject({
      data: { error: 'insufficient_scope' },
    })
    const token = await entra.issueUserToken()
    expect(
      await outcome(join(url, 'live', { ...options, query: { token, access_token: token } })),
    ).toMatchObject({
      data: { error: 'unauthorized' },
    })
    for (const auth of [{ token: 7 }, { token: ['a'] }, { token: 'forged' }, { token: { toString: token } }])
      expect(await outcome(join(url, 'live', { ...options, auth }))).toMatchObject({
        data: { error: /unauthorized|invalid_token/ },
      })
    const twice = { ...options, extraHeaders: bearer(token), auth: { token } }
    expect(await outcome(join(url, 'live', twice))).toMatchObject({ data: { error: 'invalid_request' } })
    expect(happened).toStrictEqual(['io init'])
  })

  it('hints at what a client of socket.io can do, where the verifier tells hints', async () => {
    const entra = await createEmulator()
    const challenge = { exposeCode: true }
    const { url } = await startIo(undefined, createVerifier({ ...entra.verifierOptions(), challenge }))
    const token = await entra.issueUserToken()
    const inAuth = 'Connect with auth: { token }, where token is the access token alone.'
    const alone =
      'Send the access token once: in auth: { token }, alone and without "Bearer", or in the header Authorization.'
    expect(await outcome(join(url, 'live'))).toMatchObject({ data: { code: 'token_missing', hint: inAuth } })
    const wrong: object[] = [
      { auth: { token: `Bearer ${token}` } },
      { auth: { token }, extraHeaders: bearer(token) },
    ]
    for (const options of wrong)
      expect(await outcome(join(url, 'live', options))).toMatchObject({
        data: { code: 'request_malformed', hint: alone },
      })
    const expired = await entra.issueUserToken({ expiresIn: -3600 })
    expect(await outcome(join(url, 'live', { auth: { token: expired } }))).toMatchObject({
      data: { code: 'token_expired', hint: expect.not.stringContaining('auth') as string },
    })
  })

  it.each(['header', 'auth'])('takes messages from a caller whose token came by %s', async (place) => {
    const { url, entra } = await startIo()
    const token = await entra.issueUserToken({ scopes: ['Orders.Read'] })
    const socket = join(url, 'live', place === 'auth' ? { auth: { token } } : { extraHeaders: bearer(token) })
    expect(await outcome(socket)).toBe('connected')
    const next = async (event: string): Promise<unknown> =>
      new Promise((resolve) => socket.once(event, resolve))
    const echoed = next('echo')
    socket.emit('echo', 'tea')
    expect(await echoed).toBe('tea')
    const refused = next('exception')
    socket.emit('mine', '')
    expect(await refused).toMatchObject({ error: 'insufficient_scope' })
    expect(happened).toStrictEqual(['io init', 'connection', 'echo tea'])
  })

  it('takes a token inside the clock tolerance for as long as the verifier does', async () => {
    const { url, entra } = await startIo()
    const token = await entra.issueUserToken({ expiresIn: -290 })
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] })
    const socket = join(url, 'live', { auth: { token }, transports: ['websocket'] })
    expect(await outcome(socket)).toBe('connected')
    const echoed = new Promise((resolve) => socket.once('echo', resolve))
    socket.emit('echo', 'tea')
    expect(await echoed).toBe('tea')
    const gone = new Promise((resolve) => socket.once('disconnect', resolve))
    entra.advance(10)
    await vi.advanceTimersByTimeAsync(30_000)
    expect(await gone).toBe('io server disconnect')
  })

  it('disconnects when the token expires', async () => {
    const { url, entra } = await startIo()
    // Shorter than the time after which socket.io misses a ping.
    const token = await entra.issueUserToken({ expiresIn: 10 })
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] })
    const socket = join(url, 'live', { auth: { token }, transports: ['websocket'] })
    expect(await outcome(socket)).toBe('connected')
    const beside = socket.io.socket('/open')
    expect(await outcome(beside)).toBe('connected')
    const gone = new Promise((resolve) => socket.once('disconnect', resolve))
    const echoed = new Promise((resolve) => socket.once('echo', resolve))
    // Names of events that mean something on the server must not keep the socket open.
    socket.emit('close')
    socket.emit('echo', 'tea')
    await echoed
    // With its connection, over which it could go on in other namespaces.
    const cut = new Promise((resolve) => beside.once('disconnect', resolve))
    vi.advanceTimersByTime(11_000)
    expect(await gone).toBe('io server disconnect')
    await cut
  })

  it('says that something failed where it is not the token, and nothing of it', async () => {
    const entra = await createEmulator()
    const down = new Error('the database of the wrapper is down')
    const authenticate = async (): Promise<never> => Promise.reject(down)
    const { url } = await startIo(undefined, { ...createVerifier(entra.verifierOptions()), authenticate })
    const auth = { token: await entra.issueUserToken() }
    expect(JSON.stringify(await outcome(join(url, 'live', { auth })))).not.toContain('database')
    expect(happened).toStrictEqual(['io init'])
  })

  it.each([
    ['', RecoveringGateway],
    ['recovering', RecoveringNamespace],
  ])(
    'asks for the token of a session that is to be recovered, in the namespace /%s',
    async (name, gateway) => {
      const { url, entra } = await startIo([gateway])
      const auth = { token: await entra.issueUserToken() }
      const socket = join(url, name, { auth, transports: ['websocket'] })
      // Without an event the client has nothing that it could recover from.
      await new Promise((resolve) => socket.once('news', resolve))
      const breakOff = async (): Promise<void> => {
        const gone = new Promise((resolve) => socket.once('disconnect', resolve))
        socket.io.engine.close()
        await gone
      }
      await breakOff()
      auth.token = 'forged'
      const refused = outcome(socket)
      socket.connect()
      expect(await refused).toMatchObject({ data: { error: 'invalid_token' } })
      auth.token = await entra.issueUserToken()
      const joined = new Promise((resolve) => socket.once('connect', () => resolve(socket.recovered)))
      socket.connect()
      expect(await joined).toBeFalsy()
    },
  )

  it('stops an application whose adapter makes servers that nobody here knows', async () => {
    const { module } = await compile({ providers: [IoGateway] })
    const gateway: { afterInit: (server: object) => void } = module.get(IoGateway)
    expect(() => gateway.afterInit({ emit() {} })).toThrow(/^@GuardedGateway\(\) supports the servers of ws/)
  })

  it('leaves a public namespace alone', async () => {
    const { url } = await startIo()
    expect(await outcome(join(url, 'open'))).toBe('connected')
  })
})

abstract class Left {
  handleDisconnect(): void {
    happened.push('left')
  }
}
@WebSocketGateway({ path: '/left' })
@GuardedGateway()
class LeftGateway extends Left {}
@WebSocketGateway({ namespace: 'left' })
@GuardedGateway()
class LeftNamespace extends Left {}

/** Comes in, and returns how to leave. */
type Enter = (url: string, token: string) => Promise<() => unknown>

describe.each<[string, Type, (app: INestApplication) => void, Enter]>([
  [
    'ws',
    LeftGateway,
    useWs,
    async (url, token) => {
      const { socket } = await open(url, '/left', bearer(token))
      return () => socket.close()
    },
  ],
  [
    'socket.io',
    LeftNamespace,
    useIo,
    async (url, token) => {
      const socket = join(url, 'left', { auth: { token }, transports: ['websocket'] })
      await outcome(socket)
      return () => socket.disconnect()
    },
  ],
])('a client that has left, on %s,', (_, gateway, prepare, enter) => {
  it('is nobody about whom the verifier is asked, also where it left while that was about to answer', async () => {
    const entra = await createEmulator()
    const { verifier, asked } = held(createVerifier(entra.verifierOptions()))
    const { url } = await start({ providers: [gateway] }, { prepare, verifier })
    // Inside the clock tolerance, for which the verifier is asked again and again.
    const token = await entra.issueUserToken({ expiresIn: -240 })
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] })
    const [leave, leaveLater] = [await enter(url, token), await enter(url, token)]
    expect(asked.times).toBe(2)
    leave()
    await expect.poll(() => happened).toStrictEqual(['left'])
    asked.isHeld = true
    await vi.advanceTimersByTimeAsync(30_000)
    expect(asked.times).toBe(3)
    leaveLater()
    await expect.poll(() => happened).toStrictEqual(['left', 'left'])
    for (const goOn of asked.waiting) goOn()
    await new Promise((resolve) => setImmediate(resolve))
    await vi.advanceTimersByTimeAsync(60_000)
    expect(asked.times).toBe(3)
  })
})
