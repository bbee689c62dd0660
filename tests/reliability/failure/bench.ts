import { createSign, generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

import type { KeyOptions } from '@entraguard/core'
import { createEmulator, type Emulator } from '@entraguard/emulator'
import { listen } from '@entraguard/emulator/node'

import type { Door } from './api.ts'
import { startApi, type ApiProcess } from './api-process.ts'
import type { Fault } from './faults.ts'
import { countSamples, enough, type Figures } from './figures.ts'
import { Load, type Tokens } from './load.ts'
import { startProvider, type FaultyProvider } from './provider.ts'

export interface BenchOptions {
  /** Simulated seconds in a real one. */
  readonly speed: number
  readonly keys: KeyOptions
  readonly door: Door
  /** Milliseconds for which a fault holds. */
  readonly lasting: number
  readonly callers: number
  /** Milliseconds after which recovery counts as failed. */
  readonly patience: number
}

/** Everything that runs: an emulator, and for each situation an API in its own process with its own way to fail. */
export interface Bench {
  measure(fault: Fault): Promise<readonly Figures[]>
  /** Requests that followed a redirect to the attacker's server. */
  readonly strayed: () => number
  close(): Promise<void>
}

interface Side {
  readonly situation: 'warm' | 'cold'
  readonly api: ApiProcess
  readonly provider: FaultyProvider
}

export async function startBench(options: BenchOptions): Promise<Bench> {
  const entra = await createEmulator()
  const attacker = await startAttacker(entra)
  const plain = await listen(entra)
  const secure = await listen(entra, { https: true })
  const upstream = { plain: plain.url, secure: secure.url, elsewhere: attacker.url }
  const { tenants, audience } = entra.verifierOptions()
  const { keys, speed, door } = options
  const setting = { tenants, audience, keys, speed, door }
  const sides = await Promise.all(
    (['warm', 'cold'] as const).map(async (situation): Promise<Side> => ({
      situation,
      api: await startApi(setting),
      provider: await startProvider(upstream),
    })),
  )
  return {
    async measure(fault) {
      const valid = await Promise.all(Array.from({ length: 30 }, () => entra.issueUserToken()))
      // The new key belongs to the outage, of which both sides must hear at the same time.
      const forged = await forgeries(entra, attacker.sign)
      const rotated = async (): Promise<readonly string[]> => {
        await entra.rotateKeys()
        return await Promise.all([entra.issueUserToken(), entra.issueUserToken()])
      }
      return await measureSides(sides, fault, { valid, forged }, rotated, options)
    },
    strayed: attacker.hits,
    async close() {
      await Promise.all(sides.flatMap(({ api, provider }) => [api.stop(), provider.close()]))
      await Promise.all([plain.close(), secure.close(), attacker.close()])
    },
  }
}

async function measureSides(
  sides: readonly Side[],
  fault: Fault,
  { valid, forged }: Pick<Tokens, 'valid' | 'forged'>,
  rotate: () => Promise<readonly string[]>,
  options: BenchOptions,
): Promise<readonly Figures[]> {
  for (const side of sides) {
    await side.provider.recover()
    await side.api.tell(side.provider.url(), { fresh: true })
    if (side.situation === 'warm') await warmUp(side, valid, options)
  }
  await Promise.all(sides.map(async ({ provider }) => provider.fail(fault)))
  const tokens: Tokens = { valid, forged, 'fresh-key': await rotate() }
  return await Promise.all(sides.map(async (side) => measureSide(side, fault, tokens, options)))
}

/** Until the keys are known, and then until they are due for a refresh: the fault hits it. */
async function warmUp({ api }: Side, valid: readonly string[], options: BenchOptions): Promise<void> {
  const { keys, speed, patience } = options
  const deadline = performance.now() + patience
  for (;;) {
    const { status } = await fetch(api.url, { headers: { authorization: `Bearer ${valid[0]}` } })
    if (status === 200) break
    // A busy machine may take longer than the time limit of the first request.
    if (performance.now() > deadline) throw new Error(`the API does not get warm: ${status}`)
    await sleep(50)
  }
  await sleep(((keys.refreshAfter ?? 0) * 1000) / speed)
}

async function measureSide(
  { situation, api, provider }: Side,
  fault: Fault,
  tokens: Tokens,
  { lasting, callers, patience, speed }: BenchOptions,
): Promise<Figures> {
  const before = await api.tell(provider.url(), { fresh: situation === 'cold' })
  const load = new Load(api.url, tokens, callers)
  const begunAt = performance.now()
  await sleep(lasting)
  // On a busy machine a fault lasts until enough callers have met it.
  while (load.samples.length <= enough && performance.now() - begunAt < patience) await sleep(50)
  await provider.recover()
  const recoveredAt = performance.now()
  const during = await api.tell(provider.url())
  // With keys, only what needs a new document tells that the provider is heard again.
  const awaited = situation === 'warm' ? 'fresh-key' : 'valid'
  const served = await load.waitFor(({ kind, status }) => kind === awaited && status === 200, patience)
  const samples = await load.stop()
  const after = await api.tell(provider.url())
  return {
    fault: fault.name,
    situation,
    lasted: ((recoveredAt - begunAt) * speed) / 1000,
    ...countSamples(samples),
    asked: during.requests - before.requests,
    providerRequests: after.requests - before.requests,
    recovery:
      served === undefined ? undefined : Math.max(0, served.startedAt + served.milliseconds - recoveredAt),
    mostRead: after.mostRead,
  }
}

/** Tokens that no fault may let in: other keys, other claims, no signature, and the attacker's key of the redirect. */
async function forgeries(entra: Emulator, attack: (token: string) => string): Promise<readonly string[]> {
  const genuine = await entra.issueUserToken()
  const [header = '', payload = '', signature = ''] = genuine.split('.')
  const promoted = { ...JSON.parse(Buffer.from(payload, 'base64url').toString()), roles: ['Orders.Admin'] }
  return [
    await entra.issueUserToken({ signWith: 'unknown' }),
    await entra.issueUserToken({ header: { kid: 'never-seen' } }),
    await entra.issueUserToken({ header: { alg: 'none' } }),
    await entra.issueUserToken({ header: { alg: 'HS256' } }),
    await entra.issueUserToken({ expiresIn: -3600 }),
    await entra.issueUserToken({ audience: 'api://another' }),
    `${header}.${Buffer.from(JSON.stringify(promoted)).toString('base64url')}.${signature}`,
    attack(genuine),
  ]
}

/** Serves documents like the emulator's, with a key of its own. Whoever follows a redirect to it would trust that key. */
async function startAttacker(entra: Emulator): Promise<{
  readonly url: string
  readonly hits: () => number
  readonly sign: (genuine: string) => string
  close(): Promise<void>
}> {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const key = { ...publicKey.export({ format: 'jwk' }), kid: 'attacker', use: 'sig' }
  let hits = 0
  const server = createServer((request, response) => {
    hits++
    void (async () => {
      const path = request.url ?? '/'
      const document = path.includes('.well-known')
        ? await (await entra.fetch(`https://login.microsoftonline.com${path}`)).text()
        : JSON.stringify({ keys: [key] })
      response.writeHead(200, { 'content-type': 'application/json' }).end(document)
    })()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    hits: () => hits,
    sign(genuine) {
      const header = Buffer.from(JSON.stringify({ typ: 'JWT', alg: 'RS256', kid: 'attacker' }))
      const input = `${header.toString('base64url')}.${genuine.split('.')[1]}`
      return `${input}.${createSign('sha256').update(input).sign(privateKey).toString('base64url')}`
    },
    async close() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}
