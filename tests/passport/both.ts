import { EventEmitter, once } from 'node:events'
import { createServer, request as httpRequest, type IncomingMessage } from 'node:http'
import { connect, type AddressInfo, type Socket } from 'node:net'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'

import { createEmulator, type Emulator } from '@entraguard/emulator'
import { listen } from '@entraguard/emulator/node'
import { BearerStrategy } from '@entraguard/passport'
import express, { type Express, type RequestHandler } from 'express'
import passports from 'passport'
import { BearerStrategy as Old } from 'passport-azure-ad'

import {
  api,
  metadata,
  tenantId,
  user,
  type Received,
  type Row,
  type Sent,
  type Verify,
} from './behaviours/row.ts'

export type Which = 'passport-azure-ad' | '@entraguard/passport'

/** An emulator, on the network for the package that has no `fetch`: by a proxy, so that the addresses are Microsoft's. */
export interface World {
  readonly entra: Emulator
  readonly proxy: { readonly host: string; readonly port: number; readonly protocol: 'http' }
  close(): Promise<void>
}

export async function createWorld(): Promise<World> {
  const entra = await createEmulator({
    tenants: [
      { id: tenantId, name: 'contoso', domains: ['contoso.com'] },
      { id: '99999999-9999-4999-8999-999999999999', name: 'fabrikam', domains: ['fabrikam.com'] },
      {
        id: '55555555-5555-4555-8555-555555555555',
        name: 'contosob2c',
        kind: 'b2c',
        policies: ['B2C_1_susi', 'B2C_1_edit'],
      },
      { id: '66666666-6666-4666-8666-666666666666', name: 'contosociam', kind: 'externalId' },
    ],
  })
  const server = await listen(entra, { https: true })
  const before = getCACertificates('default')
  setDefaultCACertificates([...before, server.ca ?? ''])
  const sockets = new Set<Socket>()
  const proxy = createServer().on('connect', (_request: IncomingMessage, client: Socket) => {
    const upstream = connect(Number(new URL(server.url).port), '127.0.0.1', () => {
      client.write('HTTP/1.1 200 OK\r\n\r\n')
      client.pipe(upstream).pipe(client)
    })
    for (const socket of [client, upstream]) sockets.add(socket.on('error', () => {}))
  })
  proxy.listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  const { port } = proxy.address() as AddressInfo
  return {
    entra,
    proxy: { host: '127.0.0.1', port, protocol: 'http' },
    async close() {
      setDefaultCACertificates(before)
      for (const socket of sockets) socket.destroy()
      proxy.close()
      await server.close()
    },
  }
}

/** The options of a row as this package gets them: the way to the emulator is all that differs. */
function makeStrategy(
  which: Which,
  row: Row,
  { entra, proxy }: World,
  verify: Verify | undefined,
): passports.Strategy {
  const own = typeof row.options === 'function' ? row.options(proxy) : row.options
  const options = { identityMetadata: metadata(tenantId), clientID: api, loggingLevel: 'error', ...own }
  const way = which === 'passport-azure-ad' ? { proxy } : { fetch: entra.fetch, now: () => entra.now() }
  const all = { ...way, ...options }
  const given = own !== undefined && Object.isFrozen(own) ? Object.freeze(all) : all
  const Strategy = which === 'passport-azure-ad' ? Old : BearerStrategy
  return new Strategy(given as never, verify as never)
}

interface Seen {
  ran: number
  user: unknown
  authInfo: unknown
}

function createApp(strategy: passports.Strategy, row: Row, seen: Seen): Express {
  const passport = new passports.Passport()
  passport.use(strategy)
  const app = express().disable('x-powered-by')
  app.set('env', 'production')
  app.get('/ping', (_request, response) => void response.end())
  app.use(express.urlencoded({ extended: true }), express.json())
  app.use(passport.authenticate('oauth-bearer', { session: false, ...row.route }))
  const handler: RequestHandler = (request, response) => {
    seen.ran++
    Object.assign(seen, { user: request.user, authInfo: request.authInfo })
    response.end()
  }
  return app.use(handler).use(silent)
}

/** As Express answers, without a word on the console. */
const silent: import('express').ErrorRequestHandler = (error, _request, response, next) => {
  if (response.headersSent) return next(null)
  const { status = 500 }: { status?: number } = Object(error)
  response.status(status).end()
}

/** The answer to one request, or `undefined` where there is none although later requests have theirs. */
async function send(url: string, sent: Sent, asked: Promise<unknown>): Promise<IncomingMessage | undefined> {
  const { token, body, path = '/' } = sent
  const authorization = sent.authorization ?? (token === undefined ? undefined : `Bearer ${token}`)
  const text = body === undefined || body instanceof URLSearchParams ? body?.toString() : JSON.stringify(body)
  const type = body instanceof URLSearchParams ? 'application/x-www-form-urlencoded' : 'application/json'
  const request = httpRequest(new URL(path, url), {
    method: body === undefined ? 'GET' : 'POST',
    agent: false,
    headers: {
      ...(authorization !== undefined && { authorization: authorization as string }),
      ...(text !== undefined && { 'content-type': type, 'content-length': Buffer.byteLength(text) }),
    },
  })
  request.on('error', () => {})
  const answered = once(request, 'response').then(
    ([response]) => (response as IncomingMessage).resume(),
    () => undefined,
  )
  request.end(text)
  const silence = asked.then(async () => {
    for (let n = 0; n < 10; n++) await (await fetch(new URL('/ping', url))).text()
    return undefined
  })
  const first = await Promise.race([answered, silence])
  request.destroy()
  return first
}

/** Runs a row with one of the packages: what came of it, as the table says it. */
export async function outcomeOf(which: Which, row: Row, world: World): Promise<unknown> {
  const seen: Seen = { ran: 0, user: undefined, authInfo: undefined }
  const events = new EventEmitter()
  const asked = once(events, 'asked')
  const given = 'verify' in row ? row.verify : (token: object, done: Verify) => done(null, token)
  const verify = typeof given === 'function' ? watched(given, () => events.emit('asked')) : given
  let strategy: passports.Strategy
  try {
    strategy = makeStrategy(which, row, world, verify)
  } catch (error) {
    if (error instanceof Error) return 'refused'
    throw error
  }
  const server = createApp(strategy, row, seen).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  try {
    if (row.meanwhile !== undefined) {
      if (row.cold !== true) await send(url, await user()(world.entra), asked)
      await row.meanwhile(world.entra)
    }
    const received = await crashing(async () => send(url, await (row.send ?? user())(world.entra), asked))
    return (row.look ?? (({ status }) => status))({ ...received, ...seen })
  } finally {
    server.closeAllConnections()
    server.close()
  }
}

/** Tells when a verify function was called. */
function watched(verify: Verify, ask: () => unknown): Verify {
  return (...parameters) => {
    ask()
    return verify(...parameters)
  }
}

/** What a request does, where an exception that nobody catches would end the process. */
async function crashing(
  act: () => Promise<IncomingMessage | undefined>,
): Promise<Pick<Received, 'status' | 'challenge'>> {
  const events = new EventEmitter()
  const crashed = once(events, 'crash').then(() => 'the process ends' as const)
  // Without listeners a rejection that nobody handles is an exception, as in a process of its own.
  const others = process.listeners('unhandledRejection')
  process.removeAllListeners('unhandledRejection')
  process.setUncaughtExceptionCaptureCallback(() => events.emit('crash'))
  try {
    const response = await Promise.race([act(), crashed])
    if (response === 'the process ends') return { status: response, challenge: null }
    return {
      status: response?.statusCode ?? 'no answer',
      challenge: response?.headers['www-authenticate'] ?? null,
    }
  } finally {
    process.setUncaughtExceptionCaptureCallback(null)
    for (const listener of others) process.on('unhandledRejection', listener)
  }
}
