import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'

import { createEmulator, defaults, type Emulator } from '@entraguard/emulator'
import { listen, type Listening } from '@entraguard/emulator/node'
import { Redis } from 'ioredis'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'

import { createRedisServer, type RedisServer } from '../reliability/redis-server.ts'
import type { Answer, Setting } from './messages.ts'

const lifetime = 3600

let entra: Emulator
let identityProvider: Listening
let redis: RedisServer
let client: Redis
const processes: ChildProcess[] = []
/** What all processes wrote, for a log. */
let written = ''

beforeAll(async () => {
  entra = await createEmulator({
    apps: [
      { secret: defaults.secret, scopes: ['Orders.Read'] },
      { appIdUri: 'api://invoices', scopes: ['Invoices.Read'], accessTokenLifetime: lifetime },
    ],
  })
  identityProvider = await listen(entra)
  redis = await createRedisServer()
  client = new Redis({ port: redis.port, retryStrategy: () => 100, maxRetriesPerRequest: null })
  client.on('error', () => {})
})

beforeEach(async () => {
  // What processes of the test before have sent arrives before their connections end.
  await vi.waitUntil(async () => (await connections()) === 1, { timeout: 120_000 })
  await client.flushall()
  entra.requests.clear()
})

afterEach(() => {
  for (const child of processes.splice(0)) child.kill('SIGKILL')
  if (['eyJ', defaults.secret].some((part) => written.includes(part))) throw new Error(`in a log: ${written}`)
})

afterAll(async () => {
  client.disconnect()
  await redis.kill()
  await identityProvider.close()
})

async function api(): Promise<ChildProcess> {
  const { tenants, audience } = entra.verifierOptions()
  const setting: Setting = {
    redisPort: redis.port,
    emulatorUrl: identityProvider.url,
    tenants,
    audience,
    clientId: defaults.apiClientId,
    secret: defaults.secret,
    storeSecret: 'the same secret in each process of the API',
    scopes: ['api://invoices/Invoices.Read'],
  }
  const child = fork(path.join(import.meta.dirname, 'api-process.ts'), {
    execArgv: ['--conditions=@entraguard/source'],
    env: { ...process.env, NODE_ENV: 'test', SETTING: JSON.stringify(setting) },
    silent: true,
  })
  for (const output of [child.stdout, child.stderr]) output?.on('data', (text) => (written += String(text)))
  processes.push(child)
  await once(child, 'message')
  return child
}

/** The token that a process gets for a user, and nothing that nobody caught. */
async function tokenOf(child: ChildProcess, userToken: string): Promise<string> {
  child.send(userToken)
  const [{ outcome, unhandled }] = (await once(child, 'message')) as [Answer]
  expect(unhandled).toEqual([])
  return outcome
}

/** Tokens are written behind the answer. */
async function untilWritten(entries: number): Promise<void> {
  await expect.poll(() => client.dbsize()).toBe(entries)
}

async function connections(): Promise<number> {
  return String(await client.call('CLIENT', 'LIST'))
    .trim()
    .split('\n').length
}

const exchanges = (): number =>
  entra.requests.filter(({ method, url }) => method === 'POST' && url.includes('/token')).length

const signIn = (): Promise<string> => entra.issueUserToken({ scopes: ['Orders.Read'] })

describe('eight processes of an API on one Redis', () => {
  it('make one exchange for a user together', async () => {
    const user = await signIn()
    const token = await tokenOf(await api(), user)
    expect(token).toMatch(/^eyJ/)
    await untilWritten(1)
    const others = await Promise.all(Array.from({ length: 7 }, api))
    // One after the other: on a busy machine the first answer of Redis to all at once takes longer than a store is given.
    for (const child of others) expect(await tokenOf(child, user)).toBe(token)
    expect(exchanges()).toBe(1)
  })

  it('leave nothing there that can be read, and no longer than the token is good for', async () => {
    const user = await signIn()
    const token = await tokenOf(await api(), user)
    await untilWritten(1)
    const [key = ''] = await client.keys('*')
    const kept = (await client.get(key)) ?? ''
    const bytes = Buffer.from(kept, 'base64url').toString('latin1')
    // Three letters alone stand in every hundredth cipher text by chance.
    for (const secret of [...token.split('.'), ...user.split('.'), 'Invoices.Read', 'aaaaaaaa-0000'])
      expect([key.includes(secret), kept.includes(secret), bytes.includes(secret)]).toEqual([
        false,
        false,
        false,
      ])
    const seconds = await client.ttl(key)
    expect(seconds).toBeGreaterThan(lifetime / 2)
    expect(seconds).toBeLessThanOrEqual(lifetime)
  })

  it('go on where Redis is killed: with what they know, and by an exchange of their own for the rest', async () => {
    const [user, another] = [await signIn(), await signIn()]
    const child = await api()
    const token = await tokenOf(child, user)
    await redis.kill()
    expect(await tokenOf(child, user)).toBe(token)
    expect(exchanges()).toBe(1)
    expect(await tokenOf(child, another)).toMatch(/^eyJ/)
    // One that starts now finds no Redis at all.
    expect(await tokenOf(await api(), user)).toMatch(/^eyJ/)
    expect(exchanges()).toBe(3)
    await redis.start()
    await client.flushall()
    const late = await signIn()
    // Until the connection of that process is back its tokens are its own.
    while ((await client.keys('*')).length === 0) await tokenOf(child, await signIn())
    const shared = await tokenOf(child, late)
    const before = exchanges()
    expect(await tokenOf(await api(), late)).toBe(shared)
    expect(exchanges()).toBe(before)
  })

  it('go on where Redis hangs', async () => {
    const [user, another] = [await signIn(), await signIn()]
    const child = await api()
    const token = await tokenOf(child, user)
    redis.hang()
    try {
      expect(await tokenOf(child, user)).toBe(token)
      expect(await tokenOf(child, another)).toMatch(/^eyJ/)
    } finally {
      redis.goOn()
    }
    expect(exchanges()).toBe(2)
  })
})
