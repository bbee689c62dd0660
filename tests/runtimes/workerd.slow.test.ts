import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import { createEmulator, type Emulator } from '@entraguard/emulator'
import { Response as WorkerdResponse } from 'miniflare'
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'

import { buildPackages } from './build-packages.ts'
import { bundle } from './bundle.ts'
import { startWorkerd, type Workerd } from './workerd.ts'

let sample: string
let impatient: string
let entra: Emulator
let directory: string
/** What the identity provider waits for before it answers, and how often it was asked. */
let held = Promise.resolve()
let asked = 0
const running: Workerd[] = []

beforeAll(async () => {
  buildPackages()
  impatient = await bundle(path.join(import.meta.dirname, 'impatient-worker.ts'))
  sample = await bundle(path.join(import.meta.dirname, '../../apps/hono-edge/src/worker.ts'))
})

beforeEach(async () => {
  entra = await createEmulator()
  directory = await mkdtemp(path.join(tmpdir(), 'entraguard-'))
  held = Promise.resolve()
  asked = 0
})

afterEach(async () => {
  await Promise.all(running.splice(0).map((workerd) => workerd.close()))
  await rm(directory, { recursive: true })
})

/** The sample Worker in an isolate that has seen nothing yet. What it fetches from Microsoft, the emulator answers. */
async function coldIsolate({
  kv = false,
  flags = [] as string[],
  date = '2026-07-01',
  script = sample,
} = {}): Promise<Workerd> {
  const workerd = await startWorkerd(script, {
    compatibilityDate: date,
    compatibilityFlags: flags,
    bindings: {
      ENTRA_TENANTS: entra.directory.firstTenant.id,
      ENTRA_AUDIENCE: entra.directory.firstApp.clientId,
    },
    ...(kv ? { kvNamespaces: ['ENTRA_KEYS'], resourcePersistencePath: directory } : {}),
    outboundService: async ({ url }: { readonly url: string }) => {
      asked++
      await held
      const response = await entra.fetch(url)
      return new WorkerdResponse(await response.text(), { status: response.status })
    },
  })
  running.push(workerd)
  return workerd
}

/** From here on the identity provider answers nobody, until the function is called that this gives. */
function holdAnswers(): () => void {
  let release: (() => void) | undefined
  held = new Promise((resolve) => {
    release = resolve
  })
  return () => release?.()
}

/** The isolate is there, and somebody waits for an answer of the identity provider. */
async function untilAsked(): Promise<void> {
  await expect.poll(() => asked).toBe(1)
}

const token = (): Promise<string> => entra.issueUserToken({ version: '2.0' })

async function get({ url }: Workerd, signal?: AbortSignal): Promise<number> {
  const response = await fetch(`${url}/orders`, {
    headers: { authorization: `Bearer ${await token()}` },
    ...(signal === undefined ? {} : { signal }),
  })
  await response.text()
  return response.status
}

it('workerd never settles a promise of a request that is gone: what these tests are about', async () => {
  const worker = `let shared
    export default { async fetch({ url }) {
      shared ??= new Promise((resolve) => setTimeout(resolve, 3000, 'x'))
      return new Response(url.endsWith('/first') ? 'gone' : await shared)
    } }`
  const workerd = await startWorkerd(worker)
  running.push(workerd)
  expect((await fetch(`${workerd.url}/first`)).status).toBe(200)
  const second = fetch(`${workerd.url}/second`).then(({ status }) => status, String)
  expect(await Promise.race([second, sleep(6000, 'hangs')])).toBe('hangs')
})

describe.each([
  { flags: [] },
  { flags: ['nodejs_compat'] },
  { flags: ['enable_request_signal'] },
  // Without navigator, by which others recognise it.
  { flags: ['no_global_navigator'] },
  { date: '2024-11-01', flags: ['no_global_navigator'] },
  // Before navigator, before URL was that of the standard, before fetch knew the option cache.
  { date: '2022-03-20', flags: [] },
  { date: '2021-11-02', flags: [] },
])('in workerd of $date with $flags', ({ date, flags }) => {
  // Hono's env(), which the sample reads its bindings with, knows Workers by navigator.
  const script = (): string =>
    date === undefined && !flags.includes('no_global_navigator') ? sample : impatient

  it('a request that is aborted while keys load does not break the others', async () => {
    const workerd = await coldIsolate({ date, flags, script: script() })
    const answer = holdAnswers()
    const abort = new AbortController()
    const aborted = get(workerd, abort.signal).catch((error: unknown) => error)
    await untilAsked()
    const waiting = [get(workerd), get(workerd), get(workerd)]
    await sleep(100)
    abort.abort()
    expect(await aborted).toMatchObject({ name: 'AbortError' })
    answer()
    expect(await Promise.all(waiting)).toStrictEqual([200, 200, 200])
    expect(await get(workerd)).toBe(200)
    expect(workerd.logs).toStrictEqual([])
  })

  it('a request that ends while it loads keys does not leave the others hanging', async () => {
    const workerd = await coldIsolate({ date, flags, script: impatient })
    expect((await fetch(workerd.url)).status).toBe(401)
    const answer = holdAnswers()
    const headers = { authorization: `Bearer ${await token()}` }
    const ended = fetch(workerd.url, { headers: { ...headers, 'x-patience': '3000' } })
    await untilAsked()
    const waiting = [get(workerd), get(workerd), get(workerd)]
    expect((await ended).status).toBe(503)
    answer()
    expect(await Promise.all(waiting)).toStrictEqual([200, 200, 200])
    // Its request was cancelled with it: somebody else had to send it again.
    expect(asked).toBeGreaterThan(2)
    expect(workerd.logs).toStrictEqual([])
  })

  it('many first requests share the keys and nothing that belongs to one of them', async () => {
    const workerd = await coldIsolate({ date, flags, script: script() })
    const answer = holdAnswers()
    const statuses = Promise.all(Array.from({ length: 50 }, () => get(workerd)))
    await untilAsked()
    answer()
    expect(new Set(await statuses)).toStrictEqual(new Set([200]))
    expect(entra.requests).toHaveLength(2)
    expect(workerd.logs).toStrictEqual([])
  })
})

/** Keys are written after the answer. */
async function untilStored({ miniflare }: Workerd): Promise<void> {
  // miniflare's types need those of Workers, which would change the global ones of every test.
  const namespace = (await miniflare.getKVNamespace('ENTRA_KEYS')) as unknown as {
    list(): Promise<{ readonly keys: readonly unknown[] }>
  }
  await expect.poll(async () => (await namespace.list()).keys).toHaveLength(2)
}

describe('a cold isolate', () => {
  it('starts from Workers KV with no request to the identity provider', async () => {
    const first = await coldIsolate({ kv: true })
    expect(await get(first)).toBe(200)
    expect(entra.requests).toHaveLength(2)
    await untilStored(first)
    await first.close()
    running.length = 0

    entra.requests.length = 0
    entra.goOffline()
    const second = await coldIsolate({ kv: true })
    expect(await get(second)).toBe(200)
    expect(entra.requests).toHaveLength(0)
    expect(second.logs).toStrictEqual([])
  })

  it('starts from the Cache API too', async () => {
    const script = await bundle(path.join(import.meta.dirname, 'cache-worker.ts'))
    const workerd = await coldIsolate({ script })
    expect(await get(workerd)).toBe(200)
    expect(entra.requests).toHaveLength(2)
    await vi.waitFor(
      async () => {
        entra.requests.length = 0
        expect(await get(workerd)).toBe(200)
        expect(entra.requests).toHaveLength(0)
      },
      { timeout: 120_000, interval: 50 },
    )
    expect(workerd.logs).toStrictEqual([])
  })

  it('says how long the first verified request takes', async () => {
    const figures: Array<{ keys: string; requests: number; milliseconds: number; next: number }> = []
    for (const kv of [false, true, true]) {
      const isolate = await coldIsolate({ kv })
      entra.requests.length = 0
      await fetch(`${isolate.url}/health`)
      const times: number[] = []
      for (let n = 0; n < 2; n++) {
        const before = performance.now()
        expect(await get(isolate)).toBe(200)
        times.push(Math.round((performance.now() - before) * 10) / 10)
      }
      const [milliseconds = 0, next = 0] = times
      const keys = !kv ? 'no store' : figures.length === 1 ? 'KV, empty' : 'KV, filled'
      figures.push({ keys, requests: entra.requests.length, milliseconds, next })
      if (kv) await untilStored(isolate)
      await isolate.close()
      running.length = 0
    }
    console.table(figures)
    expect(figures.map(({ requests }) => requests)).toStrictEqual([2, 2, 0])
  })
})
