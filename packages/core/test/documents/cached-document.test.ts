import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import type { CacheWorld, DocumentSpec } from '../../src/documents/cache-world.ts'
import { CachedDocument } from '../../src/documents/cache.ts'
import { SharedRun } from '../../src/documents/shared-run.ts'
import type { DocumentStorage } from '../../src/documents/store.ts'
import type { VerifierEvent } from '../../src/index.ts'
import { codeOf, Gate, settle } from '../support/rotating-issuer.ts'

const address = 'https://login.microsoftonline.com/x/keys'
const times = { refreshAfter: 3600, retainFor: 86_400, minRefreshInterval: 30, timeout: 5 }
const start = 1_800_000_000_000

/** A document whose text is its value, with a clock and a network that the test moves. */
class World {
  time = start
  isDown = false
  /** Answers wait for it. */
  gate: Gate | undefined
  fetches = 0
  readonly events: VerifierEvent[] = []
  readonly written: string[] = []
  /** What the store gives, and a gate that reading it waits for. */
  stored: { text: string; fetchedAt: number } | undefined
  storeGate: Gate | undefined
  readonly document: CachedDocument<string>

  constructor(spec: Partial<DocumentSpec<string>> = {}, changes: Partial<CacheWorld> = {}) {
    this.document = new CachedDocument<string>(
      {
        document: 'keys',
        unavailable: 'keys_unavailable',
        address: () => address,
        read: (text) => text,
        changed: () => {},
        ...spec,
      },
      {
        fetch: async () => {
          const number = ++this.fetches
          await this.gate?.opened
          if (this.isDown) throw new TypeError('fetch failed')
          return new Response(`network ${number}`)
        },
        now: () => this.time,
        times,
        storage: undefined,
        emit: (event) => this.events.push(event),
        workerd: false,
        ...changes,
      },
    )
  }

  get types(): readonly string[] {
    return this.events.map((event) =>
      event.type === 'document_refreshed' ? `${event.type} ${event.source}` : event.type,
    )
  }

  /** Reads and writes a store in which the test puts what it likes. */
  storage(): DocumentStorage {
    return {
      read: async () => {
        const { stored } = this
        await this.storeGate?.opened
        return stored
      },
      write: async (_address, { text }) => void this.written.push(text),
      forget: async () => {},
    }
  }
}

/** One that reads the store of the world. */
function withStore(spec: Partial<DocumentSpec<string>> = {}, changes: Partial<CacheWorld> = {}): World {
  let world: World | undefined
  const storage: DocumentStorage = {
    read: (place, now) => world?.storage().read(place, now) ?? Promise.resolve(undefined),
    write: (place, document) => world?.storage().write(place, document) ?? Promise.resolve(),
    forget: () => Promise.resolve(),
  }
  world = new World(spec, { storage, ...changes })
  return world
}

describe('what was under way when the document was forgotten', () => {
  it('asks nobody any more, where it was still reading the store', async () => {
    const world = withStore()
    world.storeGate = new Gate()
    const waiting = world.document.get({})
    await settle()
    await world.document.forget({})
    world.storeGate.open()
    expect(await waiting).toBe('network 1')
    expect(world.fetches).toBe(1)
  })

  it('takes nothing from the store, tells nobody so, and lets the next request ask', async () => {
    const world = withStore()
    world.stored = { text: 'stored', fetchedAt: start }
    world.storeGate = new Gate()
    const waiting = world.document.get({})
    await settle()
    await world.document.forget({})
    world.storeGate.open()
    expect(await waiting).toBe('network 1')
    expect(world.types).toEqual(['document_refreshed network'])
  })

  it('is not asked for a second time when it fails, and its failure is nobody’s', async () => {
    const world = new World()
    world.gate = new Gate()
    world.isDown = true
    const waiting = codeOf(world.document.get({}))
    await settle()
    await world.document.forget({})
    world.gate.open()
    expect(await waiting).toBe('keys_unavailable')
    expect(world.fetches).toBe(1)
    expect(world.events).toEqual([])
    expect(world.document.status(world.time)).toMatchObject({ failures: 0, failure: undefined, backOff: 0 })
  })

  it('is not written into the store, where reading it led to being forgotten', async () => {
    const world: World = withStore({
      read: (text) => {
        if (text === 'network 1') void world.document.forget({})
        return text
      },
    })
    expect(await world.document.get({})).toBe('network 2')
    expect(world.types).toEqual(['document_refreshed network'])
    expect(world.written).toEqual(['network 2'])
  })
})

/** A world that holds a document of the network, and a store that has had something since. */
async function holding(age: number, entryAge: number): Promise<World> {
  const world = withStore()
  await world.document.get({})
  world.time += age * 1000
  world.stored = { text: 'stored', fetchedAt: world.time - entryAge * 1000 }
  return world
}

describe('the entry of a store', () => {
  it.each([
    [0, 'store'],
    [3239.999, 'store'],
    [3240, 'network'],
    [3600, 'network'],
  ])('that is %s s old refreshes an old document from the %s', async (entryAge, source) => {
    const world = await holding(4000, entryAge)
    expect(world.document.peek(world.time, {})).toBe('network 1')
    await settle()
    expect(world.document.held).toBe(source === 'store' ? 'stored' : 'network 2')
    expect(world.types).toEqual(['document_refreshed network', `document_refreshed ${source}`])
  })

  it.each([
    [29.999, 'store'],
    [30, 'network'],
  ])('that is %s s old brings news from the %s', async (entryAge, source) => {
    const world = await holding(60, entryAge)
    await world.document.refresh({})
    expect(world.types).toEqual(['document_refreshed network', `document_refreshed ${source}`])
  })

  it.each([
    [86_399.999, 'stored'],
    [86_400, 'network 1'],
  ])('that is %s s old is good for a first load: %s', async (entryAge, text) => {
    const world = withStore()
    world.stored = { text: 'stored', fetchedAt: start - entryAge * 1000 }
    expect(await world.document.get({})).toBe(text)
  })

  it('that is no newer than what is held ends no outage', async () => {
    const changes = { times: { ...times, minRefreshInterval: 86_400 } }
    for (const older of [0, 1]) {
      const world = withStore({}, changes)
      await world.document.get({})
      world.stored = { text: 'stored', fetchedAt: world.time - older }
      world.isDown = true
      world.time += 4_000_000
      world.document.peek(world.time, {})
      await settle()
      expect(await codeOf(world.document.refresh({}))).toBe('keys_unavailable')
      expect(world.document.held).toBe('network 1')
      expect(world.document.status(world.time).failures).toBe(2)
    }
  })

  it('counts again once the network has answered after the document was forgotten', async () => {
    const world = await holding(60, 0)
    await world.document.forget({})
    expect(await world.document.get({})).toBe('network 2')
    world.time += 4_000_000
    world.stored = { text: 'stored', fetchedAt: world.time }
    world.document.peek(world.time, {})
    await settle()
    expect(world.document.held).toBe('stored')
  })
})

describe('a refresh for what is missing', () => {
  it('is one request, however long that took', async () => {
    const world = new World()
    await world.document.get({})
    world.time += 60_000
    world.gate = new Gate()
    const refreshed = world.document.refresh({})
    await settle()
    world.time += 31_000
    world.gate.open()
    await refreshed
    expect(world.fetches).toBe(2)
  })

  it('ends after ten rounds when others start one after the other', async () => {
    let others = 0
    const world: World = new World(
      {},
      {
        emit: ({ type }) => {
          if (type !== 'document_refreshed' || ++others > 30) return
          void world.document.forget({})
          // Some of them wait ten rounds in vain, too.
          world.document.get({}).catch(() => {})
        },
      },
    )
    world.document.get({}).catch(() => {})
    await world.document.refresh({})
    const seen = world.fetches
    // The ten that it waited for, and the one that the last of them started.
    expect(seen).toBe(11)
    await settle()
    expect(world.fetches).toBe(31)
  })

  it('joins a request that is under way also where the clock of another reads earlier', async () => {
    const world = new World()
    await world.document.get({})
    world.isDown = true
    world.time += 60_000
    expect(await codeOf(world.document.refresh({}))).toBe('keys_unavailable')
    expect(await codeOf(world.document.refresh({}))).toBe('keys_unavailable')
    const { backOff } = world.document.status(world.time)
    expect(backOff).toBeGreaterThan(0)
    expect(backOff).toBeLessThanOrEqual(1.2)
    world.isDown = false
    world.gate = new Gate()
    world.time += 1200
    const first = world.document.refresh({})
    await settle()
    world.time -= 1000
    const second = world.document.refresh({})
    world.gate.open()
    await Promise.all([first, second])
    expect(world.fetches).toBe(4)
  })
})

describe('the time until which nothing happens by itself', () => {
  afterEach(() => {
    vi.restoreAllMocks()
  })

  it('ends when the document is to be refreshed', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(0.5)
    const world = new World()
    await world.document.get({})
    expect(world.document.settledUntil(start)).toBe(start + 3_600_000)
    expect(world.document.settledUntil(start + 4_000_000)).toBe(start + 3_600_000)
  })

  it('ends when the document is too old, if that is before', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(0.999)
    const world = new World({}, { times: { ...times, refreshAfter: 86_400 } })
    await world.document.get({})
    expect(world.document.settledUntil(start)).toBe(start + 86_400_000)
  })

  it('is over before there is a document, after it was forgotten, and for a clock that stands before it', async () => {
    const world = new World()
    expect(world.document.settledUntil(start)).toBe(0)
    await world.document.get({})
    expect(world.document.settledUntil(start - 1)).toBe(0)
    await world.document.forget({})
    expect(world.document.settledUntil(start)).toBe(0)
  })

  it('is to be asked for again after a document was read or forgotten, and after the clock went back', async () => {
    let changes = 0
    const world = new World({ changed: () => changes++ })
    const counts: number[] = []
    await world.document.get({})
    counts.push(changes)
    world.document.peek(start, {})
    counts.push(changes)
    world.document.peek(start - 1, {})
    counts.push(changes)
    await world.document.forget({})
    counts.push(changes)
    expect(counts).toEqual([1, 1, 2, 3])
  })
})

describe('a clock that went back', () => {
  it('lets a document live no longer than from then on, and be refreshed when it should be', async () => {
    const world = new World()
    await world.document.get({})
    world.time -= 1_000_000
    world.document.peek(world.time, {})
    const back = world.time
    expect(world.document.status(back).age).toBe(0)
    world.time = back + 3_239_000
    world.document.peek(world.time, {})
    await settle()
    expect(world.fetches).toBe(1)
    world.isDown = true
    world.time = back + 86_399_999
    expect(world.document.peek(world.time, {})).toBe('network 1')
    await settle()
    world.time = back + 86_400_000
    expect(world.document.peek(world.time, {})).toBeUndefined()
  })

  it('makes no refresh take less than no time, and one that ran is told as it was', async () => {
    const durations: number[] = []
    for (const passed of [250, 0, -250]) {
      const world = new World()
      world.gate = new Gate()
      const loaded = world.document.get({})
      await settle()
      world.time += passed
      world.gate.open()
      await loaded
      durations.push(
        ...world.events.flatMap((event) => ('durationMs' in event ? [Number(event.durationMs)] : [])),
      )
    }
    expect(durations).toEqual([250, 0, 0])
  })
})

describe('the status of a document', () => {
  it('of which there is none says so, by every clock, also where it would outlive everything', () => {
    for (const time of [0, start])
      expect(new World({ outlives: () => true }).document.status(time)).toMatchObject({
        isUsable: false,
        isFresh: false,
      })
  })

  it('is fresh until a refresh is overdue', async () => {
    const world = new World({}, { times: { ...times, refreshAfter: 1 } })
    await world.document.get({})
    expect(world.document.status(world.time + 1100).isFresh).toBe(true)
    expect(world.document.status(world.time + 1101).isFresh).toBe(false)
  })
})

describe('an address', () => {
  it('that cannot be had is a refusal with no address', async () => {
    const world = new World({
      address: () => {
        throw new Error('no address')
      },
    })
    await expect(world.document.get({})).rejects.toMatchObject({
      code: 'keys_unavailable',
      details: { address: '', reason: 'no address' },
    })
    expect(world.events).toEqual([])
  })

  it('that never comes is a request that is gone, and is told with no address', async () => {
    const world = new World({ address: () => new Promise(() => {}) })
    void world.document.get({})
    await settle()
    world.time += 12_000
    void world.document.get({})
    await settle()
    expect(world.events).toEqual([])
    world.time += 1
    void world.document.get({})
    await settle()
    expect(world.events).toMatchObject([
      { type: 'refresh_failed', address: '', reason: 'the request that was fetching is gone', failures: 1 },
    ])
  })
})

const never = (): Promise<never> => new Promise(() => {})

describe('a run', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  })

  afterEach(() => {
    vi.useRealTimers()
  })

  it.each([false, true])('is lost past its longest time, both ways; in workerd: %s', (workerd) => {
    let now = 100_000
    const run = new SharedRun(never, now, { now: () => now, longest: 5000, workerd })
    for (const [moved, isLost] of [
      [5000, false],
      [5001, true],
      [-5000, false],
      [-5001, true],
    ] as const) {
      now = 100_000 + moved
      // A sign of life, without which it is lost sooner there.
      vi.advanceTimersByTime(10)
      expect([moved, run.isLost(now)]).toEqual([moved, isLost])
    }
  })

  it.each([false, true])('without a sign of life is lost after a second in workerd alone: %s', (workerd) => {
    const run = new SharedRun(never, 100_000, { now: () => 100_000, longest: 5000, workerd })
    expect(run.isLost(101_000)).toBe(false)
    expect(run.isLost(101_001)).toBe(workerd)
    expect(run.isLost(99_000)).toBe(false)
    expect(run.isLost(98_999)).toBe(workerd)
  })
})
