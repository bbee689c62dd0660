import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'

import { createStorage, type Storage } from 'unstorage'
import fsDriver from 'unstorage/drivers/fs'
import memoryDriver from 'unstorage/drivers/memory'
import { afterEach, describe, expect, it, vi } from 'vitest'

import { documentStorage } from '../../src/documents/store.ts'
import type { Verifier, VerifierOptions } from '../../src/index.ts'
import { codeOf, encode, Issuer, makeKey, refusalOf, settle, tenant } from '../support/rotating-issuer.ts'

const day = 86_400
const [k1, k2, attackers] = [makeKey('k1'), makeKey('k2'), makeKey('k1')]
const metadataAddress = `https://login.microsoftonline.com/${tenant}/v2.0/.well-known/openid-configuration`
const keysAddress = `https://login.microsoftonline.com/${tenant}/discovery/v2.0/keys`

const keyOf = (address: string): string =>
  `entraguard:1:${createHash('sha256').update(address).digest('hex')}`

const folders: string[] = []

afterEach(() => {
  vi.useRealTimers()
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
})

function storageOnDisk(): Storage {
  const base = mkdtempSync(path.join(tmpdir(), 'entraguard-store-'))
  folders.push(base)
  return createStorage({ driver: fsDriver({ base }) })
}

const drivers: ReadonlyArray<readonly [string, () => Storage]> = [
  ['memory', () => createStorage({ driver: memoryDriver() })],
  ['fs', storageOnDisk],
]

/** Waits for the writes, which no request waits for. */
async function filled(storage: Storage, entries: number): Promise<void> {
  await expect.poll(() => storage.getKeys()).toHaveLength(entries)
}

const down = (): never => {
  throw Object.assign(new Error('connect redis://:p4ss@10.0.0.5:6379'), {
    code: 'ECONNREFUSED',
    address: '10.0.0.5',
    port: 6379,
  })
}
const refused = (): never => {
  throw new RangeError('redis://:p4ss@10.0.0.5:6379 said no')
}

describe('a store that fails', () => {
  it('is told with its code and address, and without the message, which may hold its password', async () => {
    const entra = new Issuer(k1)
    await entra.verifier({ store: { getItem: down, setItem: refused } }).prefetch()
    await expect
      .poll(() => entra.events)
      .toEqual(
        expect.arrayContaining([
          { type: 'store_failed', operation: 'get', reason: 'ECONNREFUSED 10.0.0.5:6379' },
          { type: 'store_failed', operation: 'set', reason: 'RangeError' },
        ]),
      )
    expect(JSON.stringify(entra.events)).not.toContain('p4ss')
  })
})

describe.each(drivers)('a shared store with the %s driver of unstorage', (_name, createShared) => {
  it('spares the second process every request', async () => {
    const entra = new Issuer(k1)
    const store = createShared()
    await entra.verifier({ store }).verify(entra.token(k1))
    await filled(store, 2)
    entra.advance(600)
    const second = entra.verifier({ store })
    await second.verify(entra.token(k1))
    expect(entra.requests).toHaveLength(2)
    expect(second.keys()).toMatchObject([{ kid: 'k1', age: 600 }])
    const sources = entra.events.flatMap((event) =>
      event.type === 'document_refreshed' ? [event.source] : [],
    )
    expect(sources).toEqual(['network', 'network', 'store', 'store'])
  })

  it('keeps each document under the hash of its exact address, and the address inside', async () => {
    const entra = new Issuer(k1)
    const store = createShared()
    await entra.verifier({ store }).prefetch()
    await filled(store, 2)
    for (const address of [metadataAddress, keysAddress]) {
      expect(await store.getItem(keyOf(address))).toMatchObject({ url: address, fetchedAt: entra.time })
    }
  })

  it('never gives a verifier with appId and one without each other’s keys', async () => {
    const appId = '66666666-6666-4666-8666-666666666666'
    const store = createShared()
    const [plain, ofApp] = [new Issuer(k1), new Issuer(k2)]
    const first = plain.verifier({ store })
    const second = ofApp.verifier({ store, appId })
    await first.verify(plain.token(k1))
    await second.verify(ofApp.token(k2))
    await filled(store, 4)
    for (const [issuer, changes, own, other] of [
      [plain, {}, k1, k2],
      [ofApp, { appId }, k2, k1],
    ] as const) {
      issuer.requests.length = 0
      const fresh = issuer.verifier({ store, ...changes })
      await fresh.verify(issuer.token(own))
      expect(issuer.requests).toEqual([])
      expect(await codeOf(fresh.verify(issuer.token(other)))).toBe('signing_key_not_found')
    }
  })

  it('is read again when keys are old, so that one process refreshes for all', async () => {
    const entra = new Issuer(k1)
    const store = createShared()
    const [first, second] = [entra.verifier({ store }), entra.verifier({ store })]
    await first.prefetch()
    await filled(store, 2)
    await second.prefetch()
    entra.advance(2 * 3600)
    const works: Array<Promise<unknown>> = []
    const waitUntil = (work: Promise<unknown>): void => void works.push(work)
    await first.verify(entra.token(k1), { waitUntil })
    while (works.length > 0) await works.pop()
    expect(entra.requests).toHaveLength(4)
    for (const key of await store.getKeys())
      await expect.poll(() => store.getItem(key)).toMatchObject({ fetchedAt: entra.time })
    await second.verify(entra.token(k1), { waitUntil })
    while (works.length > 0) await works.pop()
    expect(entra.requests).toHaveLength(4)
    expect(second.keys()).toMatchObject([{ age: 0 }])
  })

  it('spares an unknown kid the request that another process has just made', async () => {
    const entra = new Issuer(k1)
    const store = createShared()
    const [first, second] = [entra.verifier({ store }), entra.verifier({ store })]
    await first.prefetch()
    await filled(store, 2)
    await second.prefetch()
    entra.keys = [k1, k2]
    entra.advance(60)
    await first.verify(entra.token(k2))
    await settle()
    await expect.poll(() => store.getItem(keyOf(keysAddress))).toMatchObject({ fetchedAt: entra.time })
    entra.advance(10)
    await second.verify(entra.token(k2))
    expect(entra.keyRequests).toBe(2)
  })

  it('does not hold up a new key: an old entry is no news for an unknown kid', async () => {
    const entra = new Issuer(k1)
    const store = createShared()
    await entra.verifier({ store }).prefetch()
    await filled(store, 2)
    entra.keys = [k1, k2]
    entra.advance(3000)
    const fresh = entra.verifier({ store })
    await fresh.verify(entra.token(k2))
    expect(entra.keyRequests).toBe(2)
  })

  it('does not hold up a new key either when its entry is newer than what the process holds', async () => {
    const entra = new Issuer(k1)
    const store = createShared()
    const [first, second] = [entra.verifier({ store }), entra.verifier({ store })]
    await first.prefetch()
    await filled(store, 2)
    await second.prefetch()
    entra.advance(60)
    await refusalOf(first.verify(entra.forged('unknown')))
    await expect.poll(() => store.getItem(keyOf(keysAddress))).toMatchObject({ fetchedAt: entra.time })
    entra.keys = [k1, k2]
    entra.advance(60)
    await second.verify(entra.token(k2))
    expect(entra.keyRequests).toBe(3)
  })

  it('is emptied by forgetKeys, also of what was under way', async () => {
    const entra = new Issuer(k1)
    const store = createShared()
    const verifier = entra.verifier({ store })
    await verifier.prefetch()
    await filled(store, 2)
    entra.keys = [k2]
    entra.goOffline()
    expect((await refusalOf(verifier.forgetKeys())).status).toBe(503)
    // Another process that starts now finds nothing either.
    expect((await refusalOf(entra.verifier({ store }).verify(entra.token(k1)))).status).toBe(503)
    entra.goOnline()
    entra.advance(10)
    await verifier.verify(entra.token(k2))
    expect(await codeOf(verifier.verify(entra.token(k1)))).toBe('signing_key_not_found')
  })

  it('opens sealed entries with the same secret only', async () => {
    const entra = new Issuer(k1)
    const store = createShared()
    await entra.verifier({ store, storeSecret: 'one' }).prefetch()
    await filled(store, 2)
    await entra.verifier({ store, storeSecret: 'one' }).verify(entra.token(k1))
    expect(entra.requests).toHaveLength(2)
    await entra.verifier({ store, storeSecret: 'two' }).verify(entra.token(k1))
    expect(entra.requests).toHaveLength(4)
    expect(entra.events).toContainEqual({
      type: 'store_failed',
      operation: 'get',
      reason: 'the entry is not sealed with storeSecret',
    })
  })
})

/** A store in which an attacker has put this under the address of the keys. */
function attacked(entra: Issuer, value: unknown, changes: Partial<VerifierOptions> = {}): Verifier {
  const store = new Map<string, unknown>([[keyOf(keysAddress), value]])
  const shared = {
    getItem: (key: string) => store.get(key),
    setItem: (key: string, written: string) => void store.set(key, written),
  }
  return entra.verifier({ store: shared, ...changes })
}

describe('an entry that must not be used', () => {
  const keySet = JSON.stringify({ keys: [attackers.jwk] })

  const entry = (entra: Issuer, changes: object = {}): string =>
    JSON.stringify({ url: keysAddress, fetchedAt: entra.time, text: keySet, ...changes })

  it('would be used without storeSecret: whoever can write to the store can sign tokens', async () => {
    const entra = new Issuer(k1)
    const verifier = attacked(entra, entry(entra))
    const identity = await verifier.verify(entra.token(attackers))
    expect(identity.kind).toBe('user')
  })

  const seconds = 1000
  const cases: ReadonlyArray<readonly [string, (entra: Issuer) => unknown, string?]> = [
    ['no JSON', () => '{"url":'],
    ['null', () => 'null'],
    ['a number', () => 17],
    ['a list', (entra) => `[${entry(entra)}]`],
    ['bytes', () => Buffer.from('garbage')],
    ['without text', (entra) => entry(entra, { text: undefined })],
    ['with a text that is an object', (entra) => entry(entra, { text: { keys: [attackers.jwk] } })],
    ['with a text that is no key set', (entra) => entry(entra, { text: '<html></html>' })],
    ['with an empty key set', (entra) => entry(entra, { text: '{"keys":[]}' })],
    ['without an address', (entra) => entry(entra, { url: undefined })],
    ['of another address', (entra) => entry(entra, { url: `${keysAddress}?appid=x` })],
    ['of the address in capitals', (entra) => entry(entra, { url: keysAddress.toUpperCase() })],
    ['without a time', (entra) => entry(entra, { fetchedAt: undefined })],
    ['with a time that is text', (entra) => entry(entra, { fetchedAt: String(entra.time) })],
    ['with a negative time', (entra) => entry(entra, { fetchedAt: -1 })],
    ['with an endless time', (entra) => entry(entra).replace(/"fetchedAt":\d+/, '"fetchedAt":1e999')],
    ['from the future', (entra) => entry(entra, { fetchedAt: entra.time + 3600 * seconds })],
    ['older than retainFor', (entra) => entry(entra, { fetchedAt: entra.time - day * seconds })],
    ['of 1 MB and more', (entra) => entry(entra, { text: `${' '.repeat(1_048_577)}${keySet}` })],
    ['of many MB around a small text', (entra) => entry(entra, { more: 'x'.repeat(4_000_000) })],
    ['unsealed where there is a secret', (entra) => entry(entra), 'secret'],
    ['with an empty seal', (entra) => entry(entra, { seal: '' }), 'secret'],
    ['with a seal that is no text', (entra) => entry(entra, { seal: [1] }), 'secret'],
    ['with a wrong seal', (entra) => entry(entra, { seal: 'A'.repeat(43) }), 'secret'],
    ['with a seal that is no base64url', (entra) => entry(entra, { seal: 'ü' }), 'secret'],
  ]

  it.each(cases.map(([name, make, secret]) => ({ name, make, secret })))(
    'is ignored and costs one fetch: $name',
    async ({ make, secret: storeSecret }) => {
      const entra = new Issuer(k1)
      const verifier = attacked(entra, make(entra), storeSecret === undefined ? {} : { storeSecret })
      await verifier.verify(entra.token(k1))
      expect(await codeOf(verifier.verify(entra.token(attackers)))).toBe('signature_invalid')
      expect(entra.requests).toHaveLength(2)
    },
  )

  it.each(['url', 'fetchedAt', 'text'])(
    'is ignored when its %s was changed under the seal',
    async (member) => {
      const entra = new Issuer(k1)
      const store = createStorage()
      await entra.verifier({ store, storeSecret: 'secret' }).prefetch()
      await filled(store, 2)
      const sealed = await store.getItem<Record<string, unknown>>(keyOf(keysAddress))
      const changed = { url: `${keysAddress}#`, fetchedAt: entra.time + 1, text: keySet }
      await store.setItem(
        keyOf(keysAddress),
        JSON.stringify({ ...sealed, [member]: changed[member as 'url'] }),
      )
      const fresh = entra.verifier({ store, storeSecret: 'secret' })
      await fresh.verify(entra.token(k1))
      expect(entra.keyRequests).toBe(2)
    },
  )

  it('is ignored under a seal that was made for another address, whatever address is written into it', async () => {
    const appId = '66666666-6666-4666-8666-666666666666'
    const storeSecret = 'secret'
    const store = createStorage()
    const ofApp = new Issuer(k2)
    await ofApp.verifier({ store, storeSecret, appId }).prefetch()
    await filled(store, 2)
    const sealed = await store.getItem<Record<string, unknown>>(keyOf(`${keysAddress}?appid=${appId}`))
    await store.setItem(keyOf(keysAddress), JSON.stringify({ ...sealed, url: keysAddress }))
    const entra = new Issuer(k1)
    const verifier = entra.verifier({ store, storeSecret })
    expect(await codeOf(verifier.verify(entra.token(k2)))).toBe('signing_key_not_found')
    await verifier.verify(entra.token(k1))
  })

  it('is no reason to trust metadata of another tenant, another cloud or another host', async () => {
    for (const change of [
      { issuer: 'https://login.microsoftonline.com/77777777-7777-4777-8777-777777777777/v2.0' },
      { jwks_uri: 'https://attacker.example/keys' },
      { cloud_instance_name: 'microsoftonline.us' },
    ]) {
      const entra = new Issuer(k1)
      const document = (await entra.respond(metadataAddress).json()) as object
      const text = JSON.stringify({ ...document, ...change })
      const store = createStorage()
      const stored = JSON.stringify({ url: metadataAddress, fetchedAt: entra.time, text })
      await store.setItem(keyOf(metadataAddress), stored)
      await entra.verifier({ store }).verify(entra.token(k1))
      expect(entra.metadataRequests).toBe(1)
      expect(entra.events).toContainEqual({
        type: 'store_failed',
        operation: 'get',
        reason: 'the stored document was refused',
      })
    }
  })

  it('may be a few minutes ahead, as clocks are, and is young no longer for that', async () => {
    const entra = new Issuer(k1)
    const store = createStorage()
    await entra.verifier({ store }).prefetch()
    await filled(store, 2)
    entra.advance(-120)
    const behind = entra.verifier({ store })
    await behind.verify(entra.token(k1))
    expect(entra.requests).toHaveLength(2)
    expect(behind.keys()).toMatchObject([{ age: 0, lastSeen: entra.time }])
  })
})

describe('an entry', () => {
  const now = 1_800_000_000_000
  const right = { url: keysAddress, fetchedAt: now, text: 'text' }
  const max = 1_048_576

  interface Reading {
    readonly document: { readonly text: string; readonly fetchedAt: number } | undefined
    readonly told: readonly string[]
  }

  /** What is read of a store that gives this, and what is told of it. */
  async function read(value: unknown, secret?: string): Promise<Reading> {
    const told: string[] = []
    const storage = documentStorage(
      { getItem: () => (typeof value === 'function' ? value() : value), setItem: () => undefined },
      secret,
      (event) => event.type === 'store_failed' && told.push(event.reason),
    )
    return { document: await storage.read(keysAddress, now), told }
  }

  it.each([null, undefined, 0, false, [], {}, 7, 'null', '7', '[]', '{}'].map((value) => ({ value })))(
    'that is not there is told to nobody where a store gives %j',
    async ({ value }) => {
      const { document, told } = await read(value)
      expect(document).toBeUndefined()
      expect(told).toEqual([])
    },
  )

  it('may be text or what a driver made of it, with anything beside', async () => {
    const document = { text: 'text', fetchedAt: now }
    for (const value of [right, JSON.stringify(right), { ...right, more: 1 }])
      expect(await read(value)).toEqual({ document, told: [] })
  })

  it.each<[string, object, boolean]>([
    ['from the beginning of time', { fetchedAt: 0 }, true],
    ['from before it', { fetchedAt: -1 }, false],
    ['from no time', { fetchedAt: Number.NaN }, false],
    ['from the end of time', { fetchedAt: Number.NEGATIVE_INFINITY }, false],
    ['from a time that is text', { fetchedAt: String(now) }, false],
    ['from five minutes ahead', { fetchedAt: now + 300_000 }, true],
    ['from more than five minutes ahead', { fetchedAt: now + 300_001 }, false],
    ['with a text that is a number', { text: 7 }, false],
    ['with a text that is a list', { text: ['text'] }, false],
    ['with a text as long as may be', { text: 'x'.repeat(max) }, true],
    ['with a text that is longer', { text: 'x'.repeat(max + 1) }, false],
    ['of another address', { url: metadataAddress }, false],
  ])('%s', async (_what, changes, isUsed) => {
    const { document, told } = await read({ ...right, ...changes })
    expect(document !== undefined).toBe(isUsed)
    expect(told).toEqual([])
    expect(document?.fetchedAt ?? 0).toBeLessThanOrEqual(now)
  })

  it('as text may be twice as long as a document', async () => {
    const text = JSON.stringify(right)
    expect((await read(text.padEnd(2 * max))).document).toBeDefined()
    expect(await read(text.padEnd(2 * max + 1))).toEqual({ document: undefined, told: [] })
  })

  it('needs the very seal that was made for it', async () => {
    let written = ''
    const store = { getItem: () => null, setItem: (_key: string, value: string) => void (written = value) }
    await documentStorage(store, 'secret', () => {}).write(keysAddress, right)
    const sealed = JSON.parse(written) as { readonly seal: string }
    expect((await read(sealed, 'secret')).document).toBeDefined()
    const told = ['the entry is not sealed with storeSecret']
    // The last one has the same bytes where only half of each character counts.
    const other = String.fromCharCode(sealed.seal.charCodeAt(0) + 256)
    const seals = [
      undefined,
      null,
      7,
      {},
      [sealed.seal],
      '',
      'ä',
      'A'.repeat(43),
      `${other}${sealed.seal.slice(1)}`,
    ]
    for (const seal of seals)
      expect(await read({ ...sealed, seal }, 'secret')).toEqual({ document: undefined, told })
    expect(await read(sealed, 'another')).toEqual({ document: undefined, told })
  })

  it('is written without a seal where there is no secret', async () => {
    const written: string[] = []
    const store = { getItem: () => null, setItem: (_key: string, value: string) => written.push(value) }
    await documentStorage(store, undefined, () => {}).write(keysAddress, right)
    expect(written).toEqual([JSON.stringify(right)])
  })

  it('that a store cannot give, for a reason that is no error, is told', async () => {
    expect(await read(() => Promise.reject('redis://:p4ss@10.0.0.5'))).toEqual({
      document: undefined,
      told: ['unknown'],
    })
  })
})

describe('what a process has from the store', () => {
  it('counts as asked: an unknown kid right after another process has asked costs nothing', async () => {
    const entra = new Issuer(k1)
    const store = createStorage()
    await entra.verifier({ store }).prefetch()
    await filled(store, 2)
    entra.advance(10)
    const second = entra.verifier({ store })
    expect(await codeOf(second.verify(entra.forged('unknown')))).toBe('signing_key_not_found')
    expect(entra.requests).toHaveLength(2)
    entra.advance(20)
    expect(await codeOf(second.verify(entra.forged('unknown')))).toBe('signing_key_not_found')
    expect(entra.keyRequests).toBe(2)
  })

  it('is not written to the store by an answer that was under way when forgetKeys was called', async () => {
    const entra = new Issuer(k1)
    const store = createStorage()
    const verifier = entra.verifier({ store })
    await verifier.prefetch()
    await filled(store, 2)
    const gate = entra.holdAnswers()
    entra.advance(2 * 3600)
    const works: Array<Promise<unknown>> = []
    await verifier.verify(entra.token(k1), { waitUntil: (work) => void works.push(work) })
    await expect.poll(() => entra.requests).toHaveLength(4)
    entra.goOnline()
    entra.keys = [k2]
    await verifier.forgetKeys()
    const storedKeys = async () => (await store.getItem<{ text?: string }>(keyOf(keysAddress)))?.text
    await expect.poll(storedKeys).toContain('"k2"')
    gate.open()
    while (works.length > 0) await works.pop()
    await settle()
    expect(await storedKeys()).toContain('"k2"')
  })

  it('does not come back after forgetKeys, not even where the store could not be emptied', async () => {
    const entra = new Issuer(k1)
    const contents = new Map<string, string>()
    let isReadOnly = false
    const store = {
      getItem: (key: string) => contents.get(key),
      setItem: (key: string, value: string) => {
        if (isReadOnly) throw new Error('read-only')
        contents.set(key, value)
      },
    }
    const verifier = entra.verifier({ store })
    await verifier.prefetch()
    await expect.poll(() => contents.size).toBe(2)
    // Another process stores something newer than what this one holds.
    entra.advance(600)
    contents.clear()
    await entra.verifier({ store }).prefetch()
    await expect.poll(() => contents.size).toBe(2)
    isReadOnly = true
    entra.keys = [k2]
    await verifier.forgetKeys()
    expect(verifier.keys().map(({ kid }) => kid)).toEqual(['k2'])
    expect(await codeOf(verifier.verify(entra.token(k1)))).toBe('signing_key_not_found')
  })
})

describe('a store that fails', () => {
  const broken: ReadonlyArray<readonly [string, VerifierOptions['store']]> = [
    [
      'throws',
      {
        getItem: () => {
          throw new Error('store')
        },
        setItem: () => {
          throw new Error('store')
        },
      },
    ],
    [
      'rejects',
      {
        getItem: () => Promise.reject(new Error('store')),
        setItem: () => Promise.reject(new Error('store')),
      },
    ],
    ['returns garbage', { getItem: () => '\u0000garbage', setItem: () => 17 }],
    ['returns a function', { getItem: () => () => {}, setItem: () => undefined }],
    ['remembers nothing', { getItem: () => null, setItem: () => undefined }],
  ]

  it.each(broken)('and %s costs one fetch and no request', async (_name, store) => {
    const entra = new Issuer(k1)
    const verifier = entra.verifier({ ...(store !== undefined && { store }) })
    await Promise.all(Array.from({ length: 20 }, () => verifier.verify(entra.token(k1))))
    expect(entra.requests).toHaveLength(2)
    expect(entra.events.filter(({ type }) => type === 'refresh_failed')).toEqual([])
    await verifier.forgetKeys()
    await verifier.verify(entra.token(k1))
    expect(entra.requests).toHaveLength(4)
  })

  it('and hangs costs one fetch and no request, and its late failure ends no process', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const unhandled = vi.fn<(reason: unknown) => void>()
    process.on('unhandledRejection', unhandled)
    const calls: Array<(reason: Error) => void> = []
    const hang = (): Promise<never> =>
      new Promise((_resolve, reject) => {
        calls.push(reject)
      })
    const entra = new Issuer(k1)
    const verified = entra.verifier({ store: { getItem: hang, setItem: hang } }).verify(entra.token(k1))
    const told = (): string[] =>
      entra.events.flatMap((event) => (event.type === 'store_failed' ? [event.operation] : []))
    for (let second = 0; second < 1000 && told().length < 4; second++) {
      await settle()
      await vi.advanceTimersByTimeAsync(1000)
    }
    expect((await verified).kind).toBe('user')
    expect(entra.requests).toHaveLength(2)
    expect(told().toSorted()).toEqual(['get', 'get', 'set', 'set'])
    expect(vi.getTimerCount()).toBe(0)
    for (const fail of calls) fail(new Error('late'))
    await settle()
    process.off('unhandledRejection', unhandled)
    expect(calls).toHaveLength(4)
    expect(unhandled).not.toHaveBeenCalled()
  })
})

it('a stored document holds no token and no claim', async () => {
  const entra = new Issuer(k1)
  const store = createStorage()
  const token = entra.token(k1)
  await entra.verifier({ store }).verify(token)
  await filled(store, 2)
  const contents = JSON.stringify(await store.getItems(await store.getKeys()))
  for (const segment of token.split('.')) expect(contents).not.toContain(segment)
  expect(contents).not.toContain(encode({ typ: 'JWT' }).slice(0, 12))
})
