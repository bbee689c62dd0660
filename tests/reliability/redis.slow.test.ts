import { fork, type ChildProcess } from 'node:child_process'
import { createHash, generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import path from 'node:path'

import { createEmulator, type Emulator } from '@entraguard/emulator'
import { listen, type Listening } from '@entraguard/emulator/node'
import { Redis } from 'ioredis'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'

import { sign } from '../hostile/forge.ts'
import type { Answer, Question, Setting } from './messages.ts'
import { createRedisServer, type RedisServer } from './redis-server.ts'

let entra: Emulator
let identityProvider: Listening
let redis: RedisServer
let client: Redis
const processes: ChildProcess[] = []

beforeAll(async () => {
  entra = await createEmulator({
    apps: [{ scopes: ['Orders.Read'] }, { samlSso: true, scopes: ['Orders.Read'] }],
  })
  identityProvider = await listen(entra)
  redis = await createRedisServer()
  client = new Redis({
    port: redis.port,
    host: '127.0.0.1',
    retryStrategy: () => 100,
    maxRetriesPerRequest: null,
  })
  client.on('error', () => {})
})
afterAll(async () => {
  client.disconnect()
  await redis.kill()
  await identityProvider.close()
})
beforeEach(async () => {
  // What processes of the test before have sent arrives before their connections end.
  await vi.waitUntil(async () => (await connections()) === 1, { timeout: 120_000 })
  await client.flushall()
  entra.requests.length = 0
})
afterEach(() => {
  for (const child of processes.splice(0)) child.kill('SIGKILL')
})

async function api(more: Partial<Setting> = {}): Promise<ChildProcess> {
  const { tenants, audience } = entra.verifierOptions()
  const setting: Setting = {
    redisPort: redis.port,
    emulatorUrl: identityProvider.url,
    tenants,
    audience: [...audience, appId()],
    now: entra.now(),
    ...more,
  }
  const child = fork(path.join(import.meta.dirname, 'api-process.ts'), {
    execArgv: ['--conditions=@entraguard/source'],
    env: { ...process.env, NODE_ENV: 'test', SETTING: JSON.stringify(setting) },
  })
  processes.push(child)
  await once(child, 'message')
  return child
}

async function ask(child: ChildProcess, question: Question): Promise<Answer> {
  child.send(question)
  const [answer] = (await once(child, 'message')) as [Answer]
  return answer
}

/** A token for the app that has a key of its own. */
const token = async (): Promise<string> =>
  await entra.issueUserToken({ audience: appId(), scopes: ['Orders.Read'], expiresIn: 80_000 })
/** The documents are written behind the answer. */
async function untilWritten(): Promise<void> {
  await expect.poll(() => client.keys('*')).toHaveLength(2)
}

async function connections(): Promise<number> {
  return String(await client.call('CLIENT', 'LIST'))
    .trim()
    .split('\n').length
}

const appId = (): string => String(entra.directory.apps[1]?.clientId)

describe('eight processes on one Redis', () => {
  it('cost the identity provider one cold start together', async () => {
    const accessToken = await token()
    const first = await api({ appId: appId() })
    expect(await ask(first, { token: accessToken })).toMatchObject({ outcome: 'accepted' })
    await untilWritten()
    const others = await Promise.all(Array.from({ length: 7 }, () => api({ appId: appId() })))
    // One after the other: on a busy machine an answer to all at once takes longer than a store is given.
    for (const child of others) expect((await ask(child, { token: accessToken })).outcome).toBe('accepted')
    expect(entra.requests).toHaveLength(2)
  })

  it('go on without Redis, killed in the middle, and use it again when it is back', async () => {
    const accessToken = await token()
    const child = await api({ appId: appId() })
    expect((await ask(child, { token: accessToken })).outcome).toBe('accepted')
    await redis.kill()
    expect((await ask(child, { token: await token() })).outcome).toBe('accepted')
    const cold = await api({ appId: appId() })
    expect(await ask(cold, { token: accessToken })).toMatchObject({
      outcome: 'accepted',
      events: expect.arrayContaining(['store_failed']),
    })
    await redis.start()
    // This test's own connection and those of the two processes.
    await expect.poll(connections).toBeGreaterThanOrEqual(3)
    expect((await ask(cold, { token: await token(), advance: 5000 })).outcome).toBe('accepted')
    await untilWritten()
    const late = await api({ appId: appId(), now: entra.now() + 5_000_000 })
    expect(await ask(late, { token: accessToken })).toEqual({
      outcome: 'accepted',
      events: ['document_refreshed store', 'key_added', 'document_refreshed store'],
    })
  })

  it('never see the keys of an app where they did not ask for them', async () => {
    const accessToken = await token()
    expect((await ask(await api({ appId: appId() }), { token: accessToken })).outcome).toBe('accepted')
    expect((await ask(await api(), { token: accessToken })).outcome).toBe('signing_key_not_found')
  })
})

describe('an attacker who can write to the Redis', () => {
  const attacker = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const forgedKid = 'attacker'

  /** What the verifier itself writes, with a key of the attacker in it, under the key that it reads. */
  async function poison(change: (entry: Record<string, unknown>) => unknown): Promise<void> {
    const { tenants } = entra.verifierOptions()
    const url = `https://login.microsoftonline.com/${tenants}/discovery/v2.0/keys`
    const document = {
      keys: [{ ...attacker.publicKey.export({ format: 'jwk' }), kid: forgedKid, use: 'sig' }],
    }
    const entry = { url, fetchedAt: entra.now(), text: JSON.stringify(document) }
    await client.set(
      `api:entraguard:1:${createHash('sha256').update(url).digest('hex')}`,
      JSON.stringify(change(entry)),
    )
  }

  function forged(): string {
    const { tenants, audience } = entra.verifierOptions()
    const now = Math.floor(entra.now() / 1000)
    const claims = {
      aud: audience[0],
      iss: `https://login.microsoftonline.com/${tenants}/v2.0`,
      tid: tenants,
      oid: tenants,
      sub: 's',
      azp: tenants,
      scp: 'Orders.Read',
      ver: '2.0',
      iat: now,
      nbf: now,
      exp: now + 3600,
    }
    return sign(claims, { kid: forgedKid }, attacker.privateKey)
  }

  it('can sign tokens where no storeSecret is set: that is what the documentation warns of', async () => {
    await poison((entry) => entry)
    expect((await ask(await api(), { token: forged() })).outcome).toBe('accepted')
  })

  it('cannot where a storeSecret is set', async () => {
    for (const change of [
      (entry: Record<string, unknown>) => entry,
      (entry: Record<string, unknown>) => ({ ...entry, seal: 'AAAA' }),
      (entry: Record<string, unknown>) => ({
        ...entry,
        seal: createHash('sha256').update(String(entry['text'])).digest('base64url'),
      }),
    ]) {
      await poison(change)
      expect(
        (
          await ask(await api({ storeSecret: 'a secret that the attacker does not know' }), {
            token: forged(),
          })
        ).outcome,
      ).toBe('signing_key_not_found')
    }
  })

  it('costs a fetch and no request by entries that are malformed, oversized, of another address or of the future', async () => {
    const accessToken = await entra.issueUserToken({ scopes: ['Orders.Read'] })
    for (const change of [
      () => 'not an entry',
      () => null,
      () => ({}),
      (entry: Record<string, unknown>) => ({ ...entry, text: 'not JSON' }),
      (entry: Record<string, unknown>) => ({ ...entry, text: 'x'.repeat(1_200_000) }),
      (entry: Record<string, unknown>) => ({
        ...entry,
        url: 'https://login.microsoftonline.com/common/discovery/v2.0/keys',
      }),
      (entry: Record<string, unknown>) => ({ ...entry, fetchedAt: 'yesterday' }),
      (entry: Record<string, unknown>) => ({ ...entry, fetchedAt: -1 }),
      (entry: Record<string, unknown>) => ({ ...entry, fetchedAt: 0 }),
    ]) {
      await poison(change)
      expect((await ask(await api(), { token: accessToken })).outcome).toBe('accepted')
    }
  })
})
